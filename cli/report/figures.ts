/**
 * Figures as the report writes them.
 */
import { formatDuration } from '@palier/base/duration';
import type { CriterionResult } from '@palier/protocol';

/** Three significant digits; whole numbers above 100; a thin gap from 10 000 on. */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size < 1e-6) return '0';
  if (size < 100) return String(Number(value.toPrecision(3)));
  const whole = String(Math.round(value));
  return size < 10_000 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, '\u00a0');
}

export const milliseconds = (value: number): string =>
  value >= 10_000 ? formatDuration(value) : `${figure(value)} ms`;

export const percent = (value: number): string => `${figure(value)} %`;

export function withUnit(value: number, unit: CriterionResult['unit']): string {
  if (unit === 'ms') return milliseconds(value);
  if (unit === 'percent') return percent(value);
  if (unit === 'bytes') return `${figure(value)} bytes`;
  return unit === 'per-second' ? `${figure(value)}/s` : figure(value);
}

/** `2:05`, or `1:02:05`: where in the run. */
export function moment(atMs: number): string {
  const seconds = Math.max(0, Math.round(atMs / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
