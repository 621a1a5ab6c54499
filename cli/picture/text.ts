/**
 * Figures and small drawings as text: curves, bars, clock times. Pure; colour is added by the caller.
 */
import type { Phase } from '@palier/protocol';
import { formatDuration } from '@palier/base/duration';

const levels = '▁▂▃▄▅▆▇█';

/** A curve of `width` characters; several values in one character show their largest. Zero is the lowest step. */
export function curve(values: readonly number[], width: number): string {
  if (values.length === 0 || width < 1) return '';
  const columns = Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * values.length) / width);
    return Math.max(...values.slice(from, Math.max(from + 1, Math.floor(((column + 1) * values.length) / width))));
  });
  const top = Math.max(...columns);
  return columns
    .map((value) => (top <= 0 ? levels[0] : levels[Math.min(7, Math.round((Math.max(0, value) / top) * 7))]))
    .join('');
}

/** `████░░░░░░` for a share of 0…1; more than 1 is a full bar. */
export function bar(share: number, width: number): string {
  const full = Math.round(Math.max(0, Math.min(1, share)) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** `1:05`, `1:02:05`. */
export function clockTime(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  const pad = (n: number): string => String(n).padStart(2, '0');
  const minutes = Math.floor(seconds / 60);
  return minutes < 60
    ? `${minutes}:${pad(seconds % 60)}`
    : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(seconds % 60)}`;
}

/** `12.3 ms`, `231 ms`, `1.2 s`. */
export function latency(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `12,345`. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `ramp to 200`, `hold 45 s`. */
export function phaseTitle(phase: Phase): string {
  if (phase.kind === 'hold') return `hold ${formatDuration(phase.endMs - phase.startMs)}`;
  return phase.toLevel === 0 ? 'ramp down' : `ramp to ${whole(phase.toLevel)}`;
}
