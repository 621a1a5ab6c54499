/** Our generator as a user gets it: a scenario with arrivals, `planLoad`, `startGenerators`, `judgeScenario`; its figures are the report's. */
import { mergeHistograms } from '@palier/base/histogram';
import { systemTimers } from '@palier/base/timers';
import { startGenerators } from '@palier/load/generator';
import { judgeScenario } from '@palier/load/judge';
import { phasesOf, planLoad, withRecording } from '@palier/load/plan';
import type { LoadSecond, Quantiles, Scenario } from '@palier/protocol';
import { processCpuMs, waitedForCoreMs } from '../process/cpu.ts';
import type { Figures } from './figures.ts';
import { type Known, maxConcurrent } from './known.ts';

export interface Played {
  readonly response: Figures;
  readonly service: Figures;
  readonly errors: number;
  /** How late it sent, p99. */
  readonly lagP99Ms: number;
  /** As the system counts it. */
  readonly cpuMs: number;
  /** How long it was ready to run and had no core. */
  readonly waitedMs: number;
}

const pollMs = 100;

export async function play(known: Known, url: string, core: number | null): Promise<Played> {
  const moments = new TextEncoder().encode(JSON.stringify(known.dueMs));
  const source = { folder: '/', files: { size: () => moments.length, read: () => moments } };
  const unread = scenarioOf(known);
  const seconds: LoadSecond[] = [];
  const load = startGenerators(planLoad(unread, { ...source, target: url }), {
    timers: systemTimers(),
    cpus: core === null ? null : [core],
    // The usual priority, as the peers have.
    priority: false,
    onSecond: (second) => void seconds.push(second),
  });
  const [pid] = load.pids;
  let [cpuMs, waitedMs] = [0, 0];
  const poll = setInterval(() => {
    if (pid === undefined) return;
    cpuMs = processCpuMs(pid) ?? cpuMs;
    waitedMs = waitedForCoreMs(pid) ?? waitedMs;
  }, pollMs);
  try {
    const result = await load.result;
    const scenario = withRecording(unread, source);
    const run = { scenario, phases: phasesOf(scenario), result, seconds, samples: [], events: [], services: [] };
    const report = judgeScenario({ ...run, timeScale: 1, systemWatched: false, clockShiftMs: 0 });
    const { overall, generator } = report;
    return {
      response: figures(overall.responseMs),
      service: figures(overall.serviceMs),
      errors: Object.values(overall.errors).reduce((sum, count) => sum + count, 0),
      lagP99Ms: mergeHistograms([generator.lag]).quantile(0.99) / 1000,
      cpuMs,
      waitedMs,
    };
  } finally {
    clearInterval(poll);
    load.stop();
  }
}

function figures({ p50, p90, p95, p99, max }: Quantiles): Figures {
  return { p50, p90, p95, p99, max };
}

function scenarioOf({ name }: Known): Scenario {
  return {
    name,
    description: '',
    model: 'open',
    service: 'known',
    stages: [],
    arrivals: { spacing: 'even', maxConcurrent, recorded: 'due.json' },
    thinkMs: { min: 0, max: 0 },
    start: [],
    tasks: [{ name: 'get', weight: 100, steps: [{ request: 'GET /' }] }],
    data: {},
    draw: {},
    limits: { p95Ms: 10_000, errorPercent: 100 },
    judge: 'holds',
    warmUpMs: 0,
    requestTimeoutMs: 20_000,
    seed: 1,
  };
}
