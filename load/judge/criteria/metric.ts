/**
 * Limits on anything that a service shows on its metrics page.
 *
 * All label sets that contain the labels of the limit are added up. A counter that appears during the run began at 0; one that never
 * appears is unseen, never 0: a misspelt name would otherwise keep every limit.
 */
import type { MetricLimitFile, ServiceSample } from '@palier/protocol';
import { type JudgedWindow, serviceSamples } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { batchMeansInterval } from '../statistics/batch.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';
import { missing } from './missing.ts';
import { matchesSelector, parseSelector } from './selector.ts';

interface Reading {
  readonly atMs: number;
  readonly value: number;
}

export function judgeMetric(
  limit: Limit,
  file: MetricLimitFile,
  service: string,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const counter = file.as === 'rate' || file.as === 'ratio';
  const series = windows.map((window) => readings(serviceSamples(window.samples, service), file.metric, counter));
  const seen = series.reduce((sum, list) => sum + list.length, 0);
  if (seen === 0) return unseen(notSeen(windows, service, file.metric));
  if (file.as === 'rate') return judgeRate(limit, series, windows, options);
  if (file.as === 'ratio') {
    const of = file.of ?? '';
    const base = windows.map((window) => readings(serviceSamples(window.samples, service), of, true));
    if (base.every((list) => list.length === 0)) return unseen(notSeen(windows, service, of));
    return judgeRatio(limit, series, base, windows, options);
  }
  const values = series.flat().map(({ value }) => value);
  if (file.as === 'mean') return judgeMean(limit, values, windows, options);
  const value = file.as === 'highest' ? Math.max(...values) : Math.min(...values);
  return enough(limit, { value, interval: null, samples: values.length }, windows, options);
}

function judgeRate(
  limit: Limit,
  series: readonly (readonly Reading[])[],
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const steps = series.flatMap(growth);
  const spanMs = steps.reduce((sum, step) => sum + step.spanMs, 0);
  if (spanMs === 0) return unseen('its page was read less than twice in a judged window');
  const value = (1000 * steps.reduce((sum, step) => sum + step.by, 0)) / spanMs;
  const interval = batchMeansInterval(
    steps.map((step) => (1000 * step.by) / step.spanMs),
    options.confidence,
  );
  return enough(limit, { value, interval: aboveZero(interval), samples: steps.length }, windows, options);
}

/** The ratio of two growths. Its interval: batch means of the numerator minus the ratio's share of the denominator (Fieller's linear form). */
function judgeRatio(
  limit: Limit,
  series: readonly (readonly Reading[])[],
  base: readonly (readonly Reading[])[],
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const parts = series.flatMap(growth);
  const wholes = new Map(base.flatMap(growth).map((step) => [step.atMs, step.by]));
  const pairs = parts.map((step) => ({ part: step.by, whole: wholes.get(step.atMs) ?? 0 }));
  const part = pairs.reduce((sum, pair) => sum + pair.part, 0);
  const whole = pairs.reduce((sum, pair) => sum + pair.whole, 0);
  if (whole === 0) {
    return { outcome: 'unproved', value: 0, interval: null, samples: 0, note: 'what it is a ratio of did not grow' };
  }
  const value = part / whole;
  const meanWhole = whole / pairs.length;
  const interval = batchMeansInterval(
    pairs.map((pair) => value + (pair.part - value * pair.whole) / meanWhole),
    options.confidence,
  );
  return enough(limit, { value, interval: aboveZero(interval), samples: pairs.length }, windows, options);
}

function judgeMean(
  limit: Limit,
  values: readonly number[],
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  const interval = batchMeansInterval(values, options.confidence);
  return enough(limit, { value, interval, samples: values.length }, windows, options);
}

function enough(
  limit: Limit,
  seen: Pick<Finding, 'interval' | 'samples'> & { readonly value: number },
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const outcome = compare(limit, seen.value, seen.interval);
  const few = seen.samples < options.minSampledSeconds;
  if (outcome === 'kept' && few) {
    return {
      ...seen,
      outcome: 'unproved',
      note: missing(seen.samples, options.minSampledSeconds, windows, 'readings'),
    };
  }
  if (outcome !== 'unproved' || seen.interval === null) return { ...seen, outcome, note: '' };
  const gap = Math.abs(limit.limit - seen.value);
  const factor = gap === 0 ? Number.POSITIVE_INFINITY : ((seen.interval.high - seen.interval.low) / 2 / gap) ** 2;
  return {
    ...seen,
    outcome,
    note: missing(seen.samples, Math.ceil(seen.samples * Math.max(1.2, factor)), windows, 'readings'),
  };
}

/** The values of the metric over time. With `fromZero`, a page without it counts as 0 until it first appears, if it ever does. */
function readings(samples: readonly ServiceSample[], metric: string, fromZero: boolean): readonly Reading[] {
  const selector = parseSelector(metric);
  const matching = new Map<string, boolean>();
  const list = samples.map((sample) => {
    let value: number | null = null;
    for (const [name, one] of Object.entries(sample.metrics)) {
      let matches = matching.get(name);
      if (matches === undefined) matching.set(name, (matches = matchesSelector(name, selector)));
      if (matches && Number.isFinite(one)) value = (value ?? 0) + one;
    }
    return { atMs: sample.atMs, value, page: Object.keys(sample.metrics).length > 0 };
  });
  const first = list.findIndex(({ value }) => value !== null);
  return list
    .map(({ atMs, value, page }, i) => ({ atMs, value: value ?? (fromZero && first > i && page ? 0 : null) }))
    .filter((one): one is Reading => one.value !== null);
}

function growth(
  list: readonly Reading[],
): readonly { readonly atMs: number; readonly spanMs: number; readonly by: number }[] {
  return list.slice(1).map((reading, i) => {
    const before = list[i] as Reading;
    return { atMs: reading.atMs, spanMs: reading.atMs - before.atMs, by: Math.max(0, reading.value - before.value) };
  });
}

function notSeen(windows: readonly JudgedWindow[], service: string, metric: string): string {
  const selector = parseSelector(metric);
  const { name } = selector;
  const samples = windows.flatMap((window) => serviceSamples(window.samples, service));
  const unusable = samples.flatMap(({ notNumbers }) => notNumbers ?? []).find((key) => matchesSelector(key, selector));
  if (unusable !== undefined)
    return `${unusable} stands on the metrics page of ${service}, but its value is not a number`;
  const names = new Set(samples.flatMap((sample) => Object.keys(sample.metrics)));
  if (names.size === 0) return `the metrics page of ${service} was never read`;
  const others = [...names].filter((key) => parseSelector(key).name === name);
  if (others.length > 0) return `${service} shows ${name}, but never with these labels (it has ${others[0]})`;
  return `${metric} never stood on the metrics page of ${service}`;
}

const aboveZero = (interval: { low: number; high: number } | null): { low: number; high: number } | null =>
  interval && { low: Math.max(0, interval.low), high: interval.high };
