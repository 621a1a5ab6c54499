import type { Clock } from '@palier/base/clock';
import { afterEach, expect, test } from 'vitest';
import { createMeters, meterProcess, type ProcessMeters } from './index.ts';

let running: ProcessMeters | undefined;
afterEach(() => running?.close());

function handClock(): Clock & { ms: number } {
  const clock = { ms: 0, epochMs: () => 1_700_000_000_000, monotonicMs: () => clock.ms };
  return clock;
}

function value(text: string, name: string): number {
  const line = text.split('\n').find((line) => line.startsWith(`${name} `));
  expect(line).toBeDefined();
  return Number(line?.split(' ').at(-1));
}

test('The process tells its CPU, memory, heap, event loop and every kind of garbage collection from the first reading', () => {
  const meters = createMeters();
  running = meterProcess(meters, handClock());
  const text = meters.text();
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'palier_heap_used_bytes']) {
    expect(value(text, name)).toBeGreaterThan(0);
  }
  expect(value(text, 'palier_event_loop_active_seconds_total')).toBeGreaterThanOrEqual(0);
  for (const kind of ['minor', 'major', 'incremental', 'weak_callbacks']) {
    expect(text).toContain(`palier_gc_seconds_total{kind="${kind}"} `);
  }
});

test('The utilisation of the event loop looks back at least the window and is a share', () => {
  const meters = createMeters();
  const clock = handClock();
  running = meterProcess(meters, clock, { windowMs: 500 });
  clock.ms = 499;
  expect(value(meters.text(), 'palier_event_loop_utilisation_ratio')).toBe(0);
  clock.ms = 500;
  const ratio = value(meters.text(), 'palier_event_loop_utilisation_ratio');
  expect(ratio).toBeGreaterThanOrEqual(0);
  expect(ratio).toBeLessThanOrEqual(1);
});
