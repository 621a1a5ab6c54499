/**
 * The share of a second's requests that took longer than a time, as far as its p50, p95 and p99 tell: between them the share falls as a
 * power of the time, and what is faster than the p50 mirrors what is slower. It is used only to see how much slow requests come together.
 */
import type { SeriesPoint } from '@palier/protocol';

/** 0…1. `spread` is p95 ÷ p50 of the whole run, for seconds that had too few requests for a p95 of their own. */
export function shareAbove(point: SeriesPoint, ms: number, spread: number): number {
  const p50 = Math.max(least, point.p50Ms ?? 0);
  if (ms < p50) return 1 - shareAbove(point, (p50 * p50) / Math.max(least, ms), spread);
  const p95 = Math.max(p50 * narrowest, point.p95Ms ?? p50 * spread);
  const p99 = point.p99Ms === null ? null : Math.max(p95 * narrowest, point.p99Ms);
  if (ms < p95 || p99 === null) return between(ms, { ms: p50, share: 0.5 }, { ms: p95, share: 0.05 });
  return between(ms, { ms: p95, share: 0.05 }, { ms: p99, share: 0.01 });
}

interface Mark {
  readonly ms: number;
  readonly share: number;
}

/** A microsecond, below which nothing is told apart. */
const least = 0.001;
/** Quantiles that fell into one bucket of the histogram are this far apart at most. */
const narrowest = 1.004;

/** A straight line of the logarithms, beyond the second mark too. */
function between(ms: number, from: Mark, to: Mark): number {
  const slope = Math.log(to.share / from.share) / Math.log(to.ms / from.ms);
  return from.share * (Math.max(ms, least) / from.ms) ** slope;
}
