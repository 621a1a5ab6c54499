/**
 * Meters of what only the process itself can know: how busy its event loop is, what garbage collection costs, how full its heap is.
 * Palier's sampler reads `palier_event_loop_utilisation_ratio` and `palier_gc_seconds_total` where a service offers them.
 *
 * The counters can be read by any number of readers. The gauges "over the last interval" look back at least `windowMs`.
 */
import {
  constants,
  type EventLoopUtilization,
  monitorEventLoopDelay,
  PerformanceObserver,
  performance,
} from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '@palier/base/clock';
import type { Meters } from './meters.ts';
import { checkedProcessMeterOptions, type ProcessMeterOptions } from './options.ts';

/** Ends the watching. The meters stay and keep their last values. */
export interface ProcessMeters {
  close(): void;
}

const gcKinds: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MINOR]: 'minor',
  [constants.NODE_PERFORMANCE_GC_MAJOR]: 'major',
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: 'incremental',
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: 'weak_callbacks',
};

/** Adds the meters of this process. Throws PALIER_METER_OPTION, PALIER_METER_TWICE. */
export function meterProcess(meters: Meters, clock: Clock, options: ProcessMeterOptions = {}): ProcessMeters {
  const { windowMs, resolutionMs } = checkedProcessMeterOptions(options);
  meterSystem(meters, clock);
  const stopGc = meterGc(meters);
  const stopLoop = meterLoop(meters, clock, windowMs, resolutionMs);
  return {
    close() {
      stopGc();
      stopLoop();
    },
  };
}

/** What the operating system and the heap say, under the names that Prometheus' client libraries share. */
function meterSystem(meters: Meters, clock: Clock): void {
  const startedAtSeconds = clock.epochMs() / 1000 - process.uptime();
  const { read } = meters;
  read('counter', 'process_cpu_seconds_total', 'CPU time of the process, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  });
  read('gauge', 'process_start_time_seconds', 'Start of the process, seconds since 1970.', () => startedAtSeconds);
  read('gauge', 'process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss());
  read('gauge', 'palier_heap_used_bytes', 'JavaScript heap in use.', () => getHeapStatistics().used_heap_size);
  read(
    'gauge',
    'palier_heap_limit_bytes',
    'Where the heap may not grow beyond.',
    () => getHeapStatistics().heap_size_limit,
  );
}

function meterGc(meters: Meters): () => void {
  const seconds = meters.counter('palier_gc_seconds_total', 'Time spent in garbage collection, by kind.', ['kind']);
  const runs = meters.counter('palier_gc_runs_total', 'Garbage collections, by kind.', ['kind']);
  // Every kind from the start: a counter that appears late makes its first rise invisible to rate().
  const handles = new Map(
    Object.entries(gcKinds).map(([code, kind]) => [Number(code), { seconds: seconds.of(kind), runs: runs.of(kind) }]),
  );
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const handle = handles.get((entry as { detail?: { kind?: number } }).detail?.kind ?? -1);
      handle?.seconds.add(entry.duration / 1000);
      handle?.runs.add();
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  return () => observer.disconnect();
}

function meterLoop(meters: Meters, clock: Clock, windowMs: number, resolutionMs: number): () => void {
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  delay.enable();
  let mark: EventLoopUtilization = performance.eventLoopUtilization();
  let markMs = clock.monotonicMs();
  const last = { ratio: 0, p99Seconds: 0, maxSeconds: 0 };

  const look = (): typeof last => {
    const nowMs = clock.monotonicMs();
    if (nowMs - markMs < windowMs) return last;
    const now = performance.eventLoopUtilization();
    last.ratio = performance.eventLoopUtilization(now, mark).utilization;
    // The histogram counts from timer to timer, the resolution included; the delay is what came on top of it.
    last.p99Seconds = delay.count === 0 ? 0 : Math.max(0, delay.percentile(99) / 1e9 - resolutionMs / 1e3);
    last.maxSeconds = delay.count === 0 ? 0 : Math.max(0, delay.max / 1e9 - resolutionMs / 1e3);
    delay.reset();
    mark = now;
    markMs = nowMs;
    return last;
  };

  const { read } = meters;
  const total = (): EventLoopUtilization => performance.eventLoopUtilization();
  read(
    'counter',
    'palier_event_loop_active_seconds_total',
    'Time the event loop was busy.',
    () => total().active / 1e3,
  );
  read('counter', 'palier_event_loop_idle_seconds_total', 'Time the event loop waited.', () => total().idle / 1e3);
  const ratioHelp = 'Share of the last interval in which the event loop was busy.';
  read('gauge', 'palier_event_loop_utilisation_ratio', ratioHelp, () => look().ratio);
  const delayHelp = 'of the delay of the event loop in the last interval.';
  read('gauge', 'palier_event_loop_delay_p99_seconds', `99th percentile ${delayHelp}`, () => look().p99Seconds);
  read('gauge', 'palier_event_loop_delay_max_seconds', `Maximum ${delayHelp}`, () => look().maxSeconds);
  return () => delay.disable();
}
