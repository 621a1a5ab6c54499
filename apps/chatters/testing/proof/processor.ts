/** How busy the processor is, all cores and all programs. */
import { cpus } from 'node:os';

export interface ProcessorReading {
  /** Milliseconds of all cores since the machine began, busy ones and all. */
  readonly busyMs: number;
  readonly allMs: number;
  busyCoresSince(before: ProcessorReading): number;
}

export function readProcessor(): ProcessorReading {
  const cores = cpus().map(({ times }) => times);
  const allMs = cores.reduce((sum, times) => sum + Object.values(times).reduce((a, b) => a + b, 0), 0);
  const busyMs = allMs - cores.reduce((sum, { idle }) => sum + idle, 0);
  return {
    busyMs,
    allMs,
    busyCoresSince: (before) => ((busyMs - before.busyMs) / (allMs - before.allMs)) * cores.length,
  };
}
