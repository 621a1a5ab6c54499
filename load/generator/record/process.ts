/** What this process knows of itself. */
import { PerformanceObserver, performance } from 'node:perf_hooks';
import type { HealthSource } from './health.ts';

/** Observes garbage collection from now on. */
export function processHealth(): HealthSource {
  let gcMs = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) gcMs += entry.duration;
  });
  observer.observe({ entryTypes: ['gc'] });
  return {
    loopMs: () => {
      const { idle, active } = performance.eventLoopUtilization();
      return { idle, active };
    },
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    gcMs: () => gcMs,
  };
}
