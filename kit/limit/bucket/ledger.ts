/**
 * What a bucket keeps: its arrival time, and the takings that it came from, so that one of them can be given back exactly.
 *
 * A taking that is struck out leaves the arrival time that there would be without it: `cur = max(cur, at) + time` over those that stand, in their
 * order. What it gives back is what it still weighs: all of it while the bucket was never at rest without it, nothing once it would have come
 * back by itself. The sum of no window grows by it, in whatever order things come: the recursion bounds what lies between any two moments by
 * burst + rate × t of those that stand, and a struck one only makes it smaller.
 *
 * A bucket at rest forgets, and so do those beyond `maxActs`: they are one sum, of which a taking gives back what is sure: its time less the time
 * until the last of them.
 */
import type { Terms } from './gcra.ts';

export interface Ledger {
  readonly tatUs: number;
  /** The arrival time after all that is not listed (or when the bucket was at rest), and the last moment that is in it. */
  readonly baseUs: number;
  readonly edgeUs: number;
  /** When each may act, and the time that it takes; pairs, flat. */
  readonly acts: readonly number[];
}

/** What a taking is given back by: the permissions that it took, and when it might act. */
export interface TakenFact {
  readonly units: number;
  readonly atUs: number;
}

/** Takings that are listed: those of one moment are one. A kilobyte for a bucket that is never at rest; others have few. */
export const maxActs = 64;

/** After further takings, which led to `tatUs`. */
export function entered(
  ledger: Ledger | undefined,
  nowUs: number,
  { capacityUs, horizonUs }: Terms,
  tatUs: number,
  acts: readonly number[],
): Ledger {
  const mostUs = nowUs + capacityUs + horizonUs;
  let baseUs = nowUs;
  let edgeUs = nowUs;
  let list: number[] = [];
  // A clock was set back: what was before cannot be told apart.
  if (ledger !== undefined && ledger.tatUs > mostUs) [baseUs, edgeUs] = [mostUs, ledger.tatUs];
  else if (ledger !== undefined && ledger.tatUs > nowUs) {
    ({ baseUs, edgeUs } = ledger);
    list = [...ledger.acts];
  }
  for (let n = 0; n < acts.length; n += 2) {
    const [atUs, timeUs] = acts.slice(n, n + 2) as [number, number];
    if (list.at(-2) === atUs) list.push(atUs, timeUs + (list.splice(-2)[1] as number));
    else list.push(atUs, timeUs);
    if (list.length <= 2 * maxActs) continue;
    const [firstUs, firstTimeUs] = list.splice(0, 2) as [number, number];
    baseUs = Math.max(baseUs, firstUs) + firstTimeUs;
    edgeUs = Math.max(edgeUs, firstUs);
  }
  return { tatUs, baseUs, edgeUs, acts: list };
}

/** Without that taking. */
export function struck(ledger: Ledger, nowUs: number, terms: Terms, taken: TakenFact): Ledger {
  const { intervalUs, capacityUs, horizonUs } = terms;
  const acts = [...ledger.acts];
  let { baseUs } = ledger;
  let leftUs = taken.units * intervalUs;
  for (let n = acts.length - 2; n >= 0 && leftUs > 0; n -= 2) {
    if (acts[n] !== taken.atUs) continue;
    const backUs = Math.min(leftUs, acts[n + 1] as number);
    leftUs -= backUs;
    acts[n + 1] = (acts[n + 1] as number) - backUs;
    if (acts[n + 1] === 0) acts.splice(n, 2);
  }
  if (leftUs > 0) baseUs -= Math.max(0, leftUs - Math.max(0, ledger.edgeUs - taken.atUs));
  let tatUs = baseUs;
  for (let n = 0; n < acts.length; n += 2) tatUs = Math.max(tatUs, acts[n] as number) + (acts[n + 1] as number);
  tatUs = Math.min(tatUs, ledger.tatUs, nowUs + capacityUs + horizonUs);
  return { tatUs, baseUs, edgeUs: ledger.edgeUs, acts };
}

/** As Redis keeps it, too: `struct.pack` of big-endian doubles, the arrival time first. */
export function bytesOf({ tatUs, baseUs, edgeUs, acts }: Ledger): Buffer {
  const bytes = Buffer.allocUnsafe(24 + 8 * acts.length);
  let at = 0;
  for (const number of [tatUs, baseUs, edgeUs, ...acts]) at = bytes.writeDoubleBE(number, at);
  return bytes;
}

export function ledgerOf(bytes: Buffer): Ledger {
  const acts: number[] = [];
  for (let at = 24; at < bytes.length; at += 8) acts.push(bytes.readDoubleBE(at));
  const [tatUs, baseUs, edgeUs] = [0, 8, 16].map((at) => bytes.readDoubleBE(at)) as [number, number, number];
  return { tatUs, baseUs, edgeUs, acts };
}
