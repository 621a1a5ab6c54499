/**
 * What a metrics page tells of the runtime behind it: how busy its event loop was, and its share of time in garbage collection. Pure.
 *
 * Names, the first that is there counts: those of kit/meter; of prom-client; of OpenTelemetry's Node runtime instrumentation.
 */
import type { MetricsPage } from './text.ts';

/** A page and when it arrived, monotonic. */
export interface DatedPage {
  readonly atMs: number;
  readonly page: MetricsPage;
}

export interface RuntimeShares {
  readonly loopUtilisation: number | null;
  readonly gcShare: number | null;
  /** How late its timers were, 99th percentile of the last interval. */
  readonly loopDelayMs: number | null;
}

const loopTimes = [
  ['palier_event_loop_active_seconds_total', 'palier_event_loop_idle_seconds_total'],
  [
    'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="active"}',
    'nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="idle"}',
  ],
] as const;
const loopRatios = [
  'palier_event_loop_utilisation_ratio',
  'nodejs_eventloop_utilization',
  'nodejs_eventloop_utilization_ratio',
] as const;
const loopDelaySeconds = [
  'palier_event_loop_delay_p99_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_eventloop_delay_p99_seconds',
] as const;
const gcSeconds = [
  'palier_gc_seconds_total',
  'nodejs_gc_duration_seconds_sum',
  'v8js_gc_duration_seconds_sum',
] as const;

/** `before` is the page before of the same process, or null. */
export function runtimeShares(before: DatedPage | null, after: DatedPage): RuntimeShares {
  return {
    loopUtilisation: loopUtilisation(before, after),
    gcShare: gcShare(before, after),
    loopDelayMs: loopDelayMs(after),
  };
}

/** From the times of the loop, which cover exactly what lies between the two pages; otherwise what the service says itself. */
function loopUtilisation(before: DatedPage | null, { page }: DatedPage): number | null {
  for (const [active, idle] of before === null ? [] : loopTimes) {
    const busy = difference(before?.page, page, active);
    const waited = difference(before?.page, page, idle);
    if (busy !== undefined && waited !== undefined && busy + waited > 0) return busy / (busy + waited);
  }
  for (const name of loopRatios) {
    const ratio = page.series.get(name)?.value;
    if (ratio !== undefined) return share(ratio);
  }
  return null;
}

function loopDelayMs({ page }: DatedPage): number | null {
  for (const name of loopDelaySeconds) {
    const seconds = page.series.get(name)?.value;
    if (seconds !== undefined) return seconds * 1000;
  }
  return null;
}

function gcShare(before: DatedPage | null, after: DatedPage): number | null {
  if (before === null || after.atMs <= before.atMs) return null;
  for (const name of gcSeconds) {
    const from = total(before.page, name);
    const to = total(after.page, name);
    if (to !== undefined && to >= (from ?? 0)) return share((to - (from ?? 0)) / ((after.atMs - before.atMs) / 1000));
  }
  return null;
}

/** Undefined when one of them does not tell, or the counter began anew. */
function difference(before: MetricsPage | undefined, after: MetricsPage, key: string): number | undefined {
  const from = before?.series.get(key)?.value;
  const to = after.series.get(key)?.value;
  return from === undefined || to === undefined || to < from ? undefined : to - from;
}

/** Over all label sets of a name; undefined when there is none. */
function total(page: MetricsPage, name: string): number | undefined {
  let sum: number | undefined;
  const withLabels = `${name}{`;
  for (const { key, value } of page.series.values()) {
    if (key === name || key.startsWith(withLabels)) sum = (sum ?? 0) + value;
  }
  return sum;
}

function share(value: number): number {
  return Math.min(1, Math.max(0, value));
}
