/**
 * The run as plain lines, for a pipe or a log: one every few seconds, one for each new phase, one for each event worth reading.
 */
import type { SystemEvent } from '@palier/protocol';
import { levelInLastSecond, type Picture } from './state.ts';
import { clockTime, latency, phaseTitle, whole } from './text.ts';

/** A line at every so many seconds of load; long runs get fewer. */
export function lineEverySeconds(totalMs: number): number {
  return totalMs <= 180_000 ? 5 : totalMs <= 1_200_000 ? 15 : 60;
}

/**
 * ` 0:25 of 1:15  ramp to 200  200 users  98 requests/s  p95 12 ms  0 errors`; in an open model, instead of the users,
 * `118 of 120 arrivals/s  41 of 1,000 in use  0 refused`.
 */
export function progressLine(picture: Picture): string {
  const totalMs = picture.phases.at(-1)?.endMs ?? 0;
  const phase = picture.phases.find((one) => picture.atMs > one.startMs && picture.atMs <= one.endMs);
  const last = picture.curve.at(-1);
  const parts = [
    `${clockTime(picture.atMs).padStart(5)} of ${clockTime(totalMs)}`,
    (phase === undefined ? 'finishing' : phaseTitle(phase)).padEnd(12),
    ...levelParts(picture),
    `${whole(last?.requests ?? 0)} requests/s`,
    `p95 ${last?.p95Ms == null ? '–' : latency(last.p95Ms)}`,
    `${whole(picture.errors)} errors`,
  ];
  return parts.join('  ');
}

function levelParts({ scenario, curve, phases, atMs, refused }: Picture): string[] {
  const { users, began } = curve.at(-1) ?? { users: 0, began: 0 };
  const arrivals = scenario?.arrivals ?? null;
  if (arrivals === null) return [`${whole(users)} users`];
  return [
    `${whole(began)} of ${whole(levelInLastSecond(phases, atMs))} arrivals/s`,
    `${whole(users)} of ${whole(arrivals.maxConcurrent)} in use`,
    `${whole(refused)} refused`,
  ];
}

/** `api-2 ended with exit code 1; it starts again in 0.5 s.`, then its last output. */
export function eventText(event: SystemEvent): string[] {
  return [event.message, ...(event.output ?? []).slice(-10).map((line) => `    | ${line}`)];
}
