/**
 * How much may be admitted: the generic cell rate algorithm (ITU-T I.371, "virtual scheduling"), in whole microseconds.
 *
 * One number decides: the theoretical arrival time (`tatUs`), the moment at which all that was admitted will have drained. In any window of
 * length t no more is admitted than burst + rate × t, whoever asks and in whatever order; what was refunded (`ledger.ts`) does not count. Whole numbers
 * below 2^52, so that Lua's doubles, Redis' answers and ours agree to the last digit. A rate that is no whole number of microseconds is
 * rounded to the slower side.
 */

/** A limit as the arithmetic sees it. */
export interface Terms {
  /** The time in which one permission comes back. */
  readonly intervalUs: number;
  /** The time in which all of a burst comes back: burst × interval. */
  readonly capacityUs: number;
  /**
   * How far beyond its capacity the arrival time may lie: the longest wait that is ever reserved. What lies further was written when the
   * engine's clock was ahead, and is taken back to it, so that a clock set back locks nobody out for longer than a full bucket does.
   */
  readonly horizonUs: number;
}

export interface Ask {
  readonly cost: number;
  /** Further permissions that may be taken on stock when they are free at once. */
  readonly extra: number;
  /** How long the asker would wait. */
  readonly maxWaitUs: number;
}

export interface Answer {
  readonly admitted: boolean;
  /** After the taking; when refused, as it is. */
  readonly tatUs: number;
  /** Admitted: how long to wait before acting. Refused: how long until this ask would be admitted at once. */
  readonly waitUs: number;
  /** What was taken: `cost`, and what of `extra` there was. 0 when refused. */
  readonly units: number;
}

/** `tatUs` undefined: nothing is kept, the bucket is full. `cost` must not be above the burst. */
export function take(tatUs: number | undefined, nowUs: number, terms: Terms, ask: Ask): Answer {
  const { intervalUs, capacityUs } = terms;
  const current = arrival(tatUs, nowUs, terms);
  const next = current + ask.cost * intervalUs;
  const waitUs = Math.max(0, next - capacityUs - nowUs);
  if (waitUs > ask.maxWaitUs) return { admitted: false, tatUs: current, waitUs, units: 0 };
  const extra = waitUs > 0 ? 0 : Math.min(ask.extra, Math.floor((nowUs + capacityUs - next) / intervalUs));
  return { admitted: true, tatUs: next + extra * intervalUs, waitUs, units: ask.cost + extra };
}

/** The arrival time when it is to lie at least so far ahead: more was taken than we know. Never earlier than it was. */
export function hold(tatUs: number | undefined, nowUs: number, terms: Terms, aheadUs: number): number {
  const held = nowUs + Math.min(aheadUs, terms.capacityUs + terms.horizonUs);
  return Math.max(arrival(tatUs, nowUs, terms), held);
}

/** How many permissions are free at once. */
export function remaining(tatUs: number, nowUs: number, { intervalUs, capacityUs }: Terms): number {
  return Math.max(0, Math.floor((capacityUs - Math.max(0, tatUs - nowUs)) / intervalUs));
}

function arrival(tatUs: number | undefined, nowUs: number, { capacityUs, horizonUs }: Terms): number {
  return Math.min(Math.max(tatUs ?? nowUs, nowUs), nowUs + capacityUs + horizonUs);
}
