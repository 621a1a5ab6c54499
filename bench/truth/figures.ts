/** The quantiles that are compared, and how far one is off another. Pure. */

export const quantileNames = ['p50', 'p90', 'p95', 'p99'] as const;
export type QuantileName = (typeof quantileNames)[number];

/** Milliseconds; null: not told. */
export type Figures = Readonly<Record<QuantileName | 'max', number | null>>;

/** The share below each. */
export const shares: Readonly<Record<QuantileName, number>> = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 };

/** A quantile is compared only where so many values lie beyond it: with fewer, one request more or less moves it. */
const leastBeyond = 10;

/** Nearest rank. */
export function figuresOf(valuesMs: readonly number[]): Figures {
  const sorted = valuesMs.toSorted((a, b) => a - b);
  const at = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? null };
}

/** All later by so much. */
export function laterBy(ms: number, figures: Figures): Figures {
  const later = (value: number | null): number | null => (value === null ? null : value + ms);
  const { p50, p90, p95, p99, max } = figures;
  return { p50: later(p50), p90: later(p90), p95: later(p95), p99: later(p99), max: later(max) };
}

/** By what share `told` is off `truth`; null when either is not there. */
export function offBy(told: number | null, truth: number | null): number | null {
  return told === null || truth === null || truth === 0 ? null : told / truth - 1;
}

export function isEnough(name: QuantileName, count: number): boolean {
  return count * (1 - shares[name]) >= leastBeyond;
}
