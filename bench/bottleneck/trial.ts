/** One system of the study: run, loaded with twice as many users again and again until its limits break, and its bottleneck named. */
import { systemClock } from '@palier/base/clock';
import { Histogram } from '@palier/base/histogram';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type RunningSystem, runSystem } from '@palier/control/system';
import { bottleneckOf, type ProbeEvidence, rankCauses } from '@palier/load/bottleneck';
import { startGenerators } from '@palier/load/generator';
import { planLoad } from '@palier/load/plan';
import {
  type Bottleneck,
  type CheckedSystem,
  checkSystem,
  type Scenario,
  type System,
  type SystemSample,
} from '@palier/protocol';
import type { Planted } from './planted.ts';

const firstLevel = 2;
const maxLevel = 512;
const healthyLevel = 16;
const warmUpMs = 600;
const holdMs = 3000;

export interface Trial {
  readonly planted: Planted;
  readonly bottleneck: Bottleneck;
  readonly levels: readonly {
    readonly level: number;
    readonly outcome: ProbeEvidence['outcome'];
    readonly p95Ms: number;
    readonly perSecond: number;
  }[];
}

export async function runTrial(planted: Planted, file: string): Promise<Trial> {
  const { system, scenarios } = checkSystem(planted.system, file) as CheckedSystem;
  const scenario = scenarios['visits'] as Scenario;
  const running = await runSystem(system, {
    clock: systemClock(),
    timers: systemTimers(),
    random: seededRandom(1),
    env: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
    cpus: null,
    stop: new AbortController().signal,
    kill: new AbortController().signal,
    onEvent: () => {},
  });
  try {
    const probes: (ProbeEvidence & { readonly p95Ms: number; readonly perSecond: number })[] = [];
    for (let level = firstLevel; level <= (planted.right === null ? healthyLevel : maxLevel); level *= 2) {
      const one = await probe(running, system, scenario, level);
      probes.push(one);
      if (one.outcome === 'broken') break;
    }
    const knee = probes.at(-1) as ProbeEvidence;
    // The edge lies between the last two, so half of it above the one before them.
    const half = probes.at(-3) ?? (probes[0] as ProbeEvidence);
    // Of a healthy system the gate of `kept` is left open: the figures alone must accuse nobody.
    const seen = { ...knee, outcome: 'broken' } as const;
    const causes = rankCauses(half, seen, { service: scenario.service, services: system.services });
    const levels = probes.map(({ level, outcome, p95Ms, perSecond }) => ({ level, outcome, p95Ms, perSecond }));
    return { planted, bottleneck: bottleneckOf(causes, []), levels };
  } finally {
    await running.stop();
  }
}

async function probe(running: RunningSystem, system: System, scenario: Scenario, level: number) {
  const stages: Scenario['stages'] = [
    { kind: 'ramp', fromLevel: 0, toLevel: level, durationMs: 400 },
    { kind: 'hold', fromLevel: level, toLevel: level, durationMs: warmUpMs + holdMs },
  ];
  const samples: SystemSample[] = [];
  const unwatch = running.watch({ onSample: (sample) => samples.push(sample) });
  const target = running.urls[scenario.service] as string;
  const held = { ...scenario, stages, warmUpMs, requestTimeoutMs: 3000 };
  const load = startGenerators(planLoad(held, { folder: system.folder, target }), { timers: systemTimers() });
  const result = await load.result;
  unwatch();
  const total = result.windows.find(({ window }) => window.judged)?.total;
  const requests = total?.requests ?? 0;
  const errors = Object.values(total?.errors ?? {}).reduce((sum: number, count) => sum + (count ?? 0), 0);
  const p95Ms = total === undefined ? 0 : Histogram.from(total.response).quantile(0.95) / 1000;
  const isBroken = p95Ms > (scenario.limits.p95Ms ?? Infinity) || errors > requests / 100;
  const outcome: ProbeEvidence['outcome'] = isBroken ? 'broken' : 'kept';
  return { level, outcome, result, samples, p95Ms, perSecond: requests / (holdMs / 1000) };
}
