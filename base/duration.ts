/**
 * Lengths of time as people write them: `250ms`, `1.5s`, `30min`, `2h`, `7d`. Inside the code a length of time is a number of milliseconds.
 */

export type DurationUnit = 'ms' | 's' | 'min' | 'h' | 'd';
/** A number and its unit; one space between them is allowed. */
export type Duration = `${number}${DurationUnit}` | `${number} ${DurationUnit}`;

const unitMs: Record<DurationUnit, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const pattern = /^(\d+(?:\.\d+)?) ?(ms|s|min|h|d)$/;

/** Milliseconds, or undefined when the text is no duration. */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  return match ? Number(match[1]) * unitMs[match[2] as DurationUnit] : undefined;
}

/** At most two units, the larger first: `1 h 5 min`, `12.3 s`, `250 ms`, `0.4 ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1) return `${trim(durationMs, durationMs < 0.1 ? 2 : 1)} ms`;
  if (durationMs < 1000) return `${trim(durationMs, durationMs < 10 ? 1 : 0)} ms`;
  if (durationMs < 60_000) return `${trim(Math.floor(durationMs / 100) / 10, 1)} s`;
  const seconds = Math.floor(durationMs / 1000);
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return pair(Math.floor(minutes / 1440), 'd', Math.floor((minutes % 1440) / 60), 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

function trim(value: number, digits: number): string {
  return String(Number(value.toFixed(digits)));
}
