/** What a rule is given of one service, and the words that all of them use. */
import type { Cause } from '@palier/protocol';
import type { ProbeFigures, ServiceFigures } from '../figures.ts';
import type { Hops } from '../hops.ts';

export interface Suspect {
  readonly half: ProbeFigures;
  readonly knee: ProbeFigures;
  readonly before: ServiceFigures;
  readonly after: ServiceFigures;
  readonly hops: Hops;
}

/** A cause before it is ranked. */
export type Suspicion = Cause;

/** Share of the growth of the time that arose in this service. */
export function blameOf({ hops, after }: Suspect): number {
  return hops.blame.get(after.name) ?? 1;
}

export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return 'unknown';
  return `${share > 0 && share < 0.01 ? (100 * share).toFixed(1) : (100 * share).toFixed(0)} %`;
}

export function figure(value: number | null | undefined): string {
  if (value === null || value === undefined) return 'unknown';
  return Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `97 % at the knee, 51 % at half load`. */
export function grew(
  write: (value: number | null | undefined) => string,
  after: number | null,
  before: number | null,
): string {
  return `${write(after)} at the knee, ${write(before)} at half load`;
}
