import { expect, test } from 'vitest';
import { runtimeShares } from './runtime.ts';
import { parseMetrics } from './text.ts';

const dated = (atMs: number, text: string) => ({ atMs, page: parseMetrics(text, 2000) });

test('loop and collector times of kit/meter give exact shares between two pages', () => {
  const text = (active: number, idle: number, minor: number, major: number): string =>
    `palier_event_loop_active_seconds_total ${active}\npalier_event_loop_idle_seconds_total ${idle}
palier_event_loop_utilisation_ratio 0.9\npalier_gc_seconds_total{kind="minor"} ${minor}\npalier_gc_seconds_total{kind="major"} ${major}\n`;
  const shares = runtimeShares(dated(0, text(1, 1, 0, 0.5)), dated(2000, text(1.5, 2.5, 0.1, 0.6)));
  expect(shares.loopUtilisation).toBeCloseTo(0.25);
  expect(shares.gcShare).toBeCloseTo(0.1);
});

test('the first page tells what the service itself says, and no share of the collector', () => {
  expect(runtimeShares(null, dated(0, 'palier_event_loop_utilisation_ratio 0.7\npalier_gc_seconds_total 1'))).toEqual({
    loopUtilisation: 0.7,
    gcShare: null,
    loopDelayMs: null,
  });
});

test("prom-client's sum of collections and OpenTelemetry's names are understood", () => {
  const gc = (seconds: number): string => `# TYPE nodejs_gc_duration_seconds histogram
nodejs_gc_duration_seconds_sum{kind="minor"} ${seconds}\nnodejs_gc_duration_seconds_count{kind="minor"} 3\n`;
  expect(runtimeShares(dated(0, gc(1)), dated(1000, gc(1.25)))).toMatchObject({ loopUtilisation: null, gcShare: 0.25 });
  const ratio = 'nodejs_eventloop_utilization_ratio 0.4\n';
  expect(runtimeShares(dated(0, ratio), dated(1000, ratio)).loopUtilisation).toBe(0.4);
});

test('the delay of the loop is told in milliseconds', () => {
  expect(runtimeShares(null, dated(0, 'palier_event_loop_delay_p99_seconds 0.25')).loopDelayMs).toBe(250);
});

test('counters that began anew, and pages that say nothing of it, give null', () => {
  const unknown = { loopUtilisation: null, gcShare: null, loopDelayMs: null };
  expect(runtimeShares(dated(0, 'palier_gc_seconds_total 5'), dated(1000, 'palier_gc_seconds_total 1'))).toEqual(
    unknown,
  );
  expect(runtimeShares(dated(0, 'a 1'), dated(1000, 'a 1'))).toEqual(unknown);
});
