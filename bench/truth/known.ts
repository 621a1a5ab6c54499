/**
 * The servers, what is asked of each, and what arithmetic says that a request due at each moment takes. Pure.
 *
 * One second of answers holds hundreds of requests, so that a p99 stands on at least ten; no quantile lies at the step between two modes.
 */
import { seededRandom } from '@palier/base/random';
import { type Behaviour, queueOf } from '@palier/testkit/servers';

export interface Known {
  readonly name: string;
  readonly sentence: string;
  readonly behaviour: Behaviour;
  readonly perSecond: number;
  readonly durationMs: number;
  /** When requests are due, since the first. */
  readonly dueMs: readonly number[];
  /** How long each of them takes, without the wire; a closed connection counts as an answer here. */
  readonly takesMs: readonly number[];
  /** Whether a client that waits for answers sees something else than one that sends when requests are due. */
  readonly queues: boolean;
}

/** Of the clients that keep a fixed number: at 100 ms, 20 make the 200 requests a second that are asked for. */
export const connections = 20;
/** Of those that send at a rate: what stands in the queue while the server stands still. */
export const maxConcurrent = 1200;
export const queueMeanMs = 7;
const queueSeed = 2;

/** Those that are asked in a hurry. */
export const quickServers: readonly string[] = ['constant', 'stall', 'queue'];

/** All of them; `quick`: for a shorter time. */
export function knownServers(quick: boolean): readonly Known[] {
  const durationMs = quick ? 4000 : 8000;
  const constant = { perSecond: 200, durationMs, queues: false };
  const stallMs = quick ? 2000 : 5000;
  const servers = [
    { name: 'constant', sentence: 'each answer takes 100 ms', behaviour: { kind: 'constant', ms: 100 }, ...constant },
    {
      name: 'stall',
      sentence: `each answer takes 50 ms, but once the server stands still for ${stallMs / 1000} s`,
      behaviour: { kind: 'stall', ms: 50, afterMs: 2000, stallMs },
      perSecond: 200,
      // Less than half of the requests fall into the stall: the p50 is not at the step.
      durationMs: stallMs + (quick ? 3000 : 8000),
      queues: true,
    },
    {
      name: 'two-modes',
      sentence: 'one answer of 14 takes 200 ms, the others 40 ms',
      behaviour: { kind: 'two-modes', fastMs: 40, slowMs: 200, slowEvery: 14 },
      ...constant,
    },
    {
      name: 'queue',
      sentence: `one at a time, ${queueMeanMs} ms in the mean, at a utilisation of 0.7 (M/M/1)`,
      behaviour: { kind: 'queue', meanMs: queueMeanMs, seed: queueSeed },
      perSecond: 100,
      durationMs: quick ? 6000 : 14_000,
      queues: true,
    },
    {
      name: 'closing',
      sentence: 'each answer takes 80 ms; at every tenth the connection ends in the middle of it',
      behaviour: { kind: 'closing', every: 10, how: 'within', ms: 80 },
      ...constant,
    },
    {
      name: 'trickle',
      sentence: 'the body comes in ten parts, 90 ms from the first to the last',
      behaviour: { kind: 'trickle', parts: 10, gapMs: 10 },
      ...constant,
    },
  ] as const;
  return servers.map((server) => {
    const { behaviour } = server;
    const dueMs = behaviour.kind === 'queue' ? poisson(server) : even(server);
    return Object.assign(server, { dueMs, takesMs: takes(behaviour, dueMs) });
  });
}

function even({ perSecond, durationMs }: Pick<Known, 'perSecond' | 'durationMs'>): number[] {
  return Array.from({ length: (perSecond * durationMs) / 1000 }, (_, i) => (1000 * i) / perSecond);
}

/** As many as are due on average: a recording that a rate can be told of. */
function poisson({ perSecond, durationMs }: Pick<Known, 'perSecond' | 'durationMs'>): number[] {
  const random = seededRandom('arrivals');
  let now = 0;
  return Array.from({ length: (perSecond * durationMs) / 1000 }, (_, i) => {
    now -= i === 0 ? 0 : (Math.log(1 - random.next()) * 1000) / perSecond;
    return now;
  });
}

function takes(behaviour: Behaviour, dueMs: readonly number[]): number[] {
  switch (behaviour.kind) {
    case 'constant':
      return dueMs.map(() => behaviour.ms);
    case 'closing':
      return dueMs.map(() => behaviour.ms ?? 0);
    case 'two-modes':
      return dueMs.map((_, i) => ((i + 1) % behaviour.slowEvery === 0 ? behaviour.slowMs : behaviour.fastMs));
    case 'trickle':
      return dueMs.map(() => (behaviour.parts - 1) * behaviour.gapMs);
    case 'stall': {
      const endMs = behaviour.afterMs + behaviour.stallMs;
      return dueMs.map((due) => {
        const answer = due + behaviour.ms;
        return (answer >= behaviour.afterMs && answer < endMs ? endMs : answer) - due;
      });
    }
    case 'queue': {
      const serve = queueOf(behaviour);
      return dueMs.map((due) => serve(due) - due);
    }
    default:
      throw new Error(`What ${behaviour.kind} takes is not known.`);
  }
}
