/**
 * Figures as a reader wants them: three significant digits, the unit, and never more than one way to write it.
 */
import { formatDuration } from '@palier/base/duration';
import type { CriterionResult } from '@palier/protocol';

export type Unit = CriterionResult['unit'];

/** `231 ms`, `0.03 %`, `412 a second`, `0.86`. */
export function withUnit(value: number, unit: Unit): string {
  const words = {
    ms: ' ms',
    percent: ' %',
    'per-second': ' a second',
    ratio: '',
    number: '',
    bytes: ' bytes',
  } as const;
  return `${figure(value)}${words[unit]}`;
}

/** Three significant digits, all digits of larger whole numbers: `0.0312`, `4.17`, `231`, `12 300`. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'without end' : 'none';
  const size = Math.abs(value);
  if (size < 1e-6) return '0';
  if (size >= 100) return grouped(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** A count: `1495`, `12 300`. */
export function grouped(count: number): string {
  if (Math.abs(count) < 10_000) return String(count);
  return String(count).replace(/\B(?=(\d{3})+$)/g, '\u00a0');
}

/** `about 15 s`, rounded up to what one would plan. */
export function aboutHowLong(durationMs: number): string {
  if (durationMs > 7 * 86_400_000) return 'more than a week';
  const stepMs = durationMs < 30_000 ? 1000 : durationMs < 120_000 ? 5000 : durationMs < 7_200_000 ? 60_000 : 3_600_000;
  return `about ${formatDuration(Math.max(1, Math.ceil(durationMs / stepMs)) * stepMs)}`;
}

/** `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words[words.length - 1]}`;
}

/** The first letter large, except where it is a symbol (`p95`). */
export function capitalised(text: string): string {
  if (/^p\d/.test(text)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}
