/** What the server's own log says that a client should have seen. Pure. */
import type { ServedRequest } from '@palier/testkit/servers';
import { type Figures, figuresOf } from './figures.ts';

/** What a client waits beyond the server's log: on a connection that stands, and for the first request on a new one. */
export interface Wire {
  readonly keptMs: number;
  readonly newMs: number;
}

/** Of the requests that came, from their arrival to their answer: the time that a server can be blamed for in what it was asked. */
export function servedTruth(log: readonly ServedRequest[], { keptMs, newMs }: Wire): Figures {
  return figuresOf(
    answered(log).map(({ arrivedMs, answeredMs, opened }) => answeredMs - arrivedMs + (opened ? newMs : keptMs)),
  );
}

/**
 * From the moment that each was due to its answer: what users who come at their own time wait. The n-th to arrive is the n-th due. The log's
 * clock is the plan's as of the request that was the least late. What a new
 * connection costs lies before its arrival. Null when another number came than was due.
 */
export function dueTruth(log: readonly ServedRequest[], dueMs: readonly number[], { keptMs }: Wire): Figures | null {
  if (log.length !== dueMs.length) return null;
  const byArrival = log.toSorted((a, b) => a.arrivedMs - b.arrivedMs);
  const lateMs = byArrival.map(({ arrivedMs }, i) => arrivedMs - (dueMs[i] as number));
  const shiftMs = lateMs.reduce((least, late) => Math.min(least, late), Number.POSITIVE_INFINITY);
  const waits = byArrival.flatMap(({ answeredMs, outcome }, i) =>
    outcome === 'answered' ? [answeredMs - (dueMs[i] as number) - shiftMs + keptMs] : [],
  );
  return figuresOf(waits);
}

function answered(log: readonly ServedRequest[]): readonly ServedRequest[] {
  return log.filter(({ outcome }) => outcome === 'answered');
}
