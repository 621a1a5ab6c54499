/**
 * How much longer it would take, in words.
 */
import type { JudgedWindow } from '../evidence.ts';
import { aboutHowLong, grouped } from '../words.ts';

/** Beyond this one should not wait but look for the cause. */
const maxFactor = 1000;

/** `it needs 2995 requests, 1495 more (about 15 s longer)`. */
export function missing(n: number, needed: number, windows: readonly JudgedWindow[], kind = 'requests'): string {
  if (!Number.isFinite(needed) || needed > Math.max(n, 1) * maxFactor) {
    return `the figure is so near the limit that no reasonable time would tell`;
  }
  const durationMs = windows.reduce((sum, window) => sum + window.durationMs, 0);
  const more = Math.max(1, needed - n);
  const longer = n === 0 ? '' : ` (${aboutHowLong((durationMs * more) / n)} longer at this rate)`;
  return `it needs about ${grouped(needed)} ${kind}, ${grouped(more)} more${longer}`;
}
