/**
 * One system of the study: run, its limit found roughly, then loaded at half of it and beyond it, and its bottleneck named from these two.
 */
import { setTimeout as sleep } from 'node:timers/promises';
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

const firstLevel = 16;
/** The balancer ends idle connections to a replica after 4 s. */
const restMs = 4500;
const maxLevel = 512;
const rough: Holding = { settleMs: 400, holdMs: 1000 };
/** Samples come once a second: three means. */
const measured: Holding = { settleMs: 700, holdMs: 3000 };

interface Holding {
  readonly settleMs: number;
  readonly holdMs: number;
}

interface Played extends ProbeEvidence {
  readonly p95Ms: number;
  readonly perSecond: number;
}

export interface Trial {
  readonly planted: Planted;
  readonly bottleneck: Bottleneck;
  /** Of the first replica of the front service: means of what was told. */
  readonly seen: { readonly half: Readonly<Record<string, number>>; readonly knee: Readonly<Record<string, number>> };
  readonly levels: readonly Pick<Played, 'level' | 'outcome' | 'p95Ms' | 'perSecond'>[];
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
    const play = (level: number, holding: Holding): Promise<Played> => probe(running, system, scenario, level, holding);
    const { healthyLevel } = planted;
    const found = healthyLevel ?? (await beyondTheLimit(play));
    // What the look beyond the limit has left, idle connections and queues, is gone by then.
    if (healthyLevel === null) await sleep(restMs);
    // The edge lies between the knee and half of it, so this is half of the edge or less.
    const half = await play(Math.max(1, found / (healthyLevel === null ? 4 : 2)), measured);
    let knee = await play(found, measured);
    // A short look may have been wrong.
    const most = healthyLevel ?? maxLevel;
    while (knee.outcome === 'kept' && knee.level < most) knee = await play(2 * knee.level, measured);
    // Of a healthy system the gate of `kept` is left open: the figures alone must accuse nobody.
    const seen = { ...knee, outcome: 'broken' } as const;
    const causes = rankCauses(half, seen, { service: scenario.service, services: system.services });
    const levels = [half, knee].map(({ level, outcome, p95Ms, perSecond }) => ({ level, outcome, p95Ms, perSecond }));
    return {
      planted,
      bottleneck: bottleneckOf(causes, []),
      seen: { half: meansOf(half.samples), knee: meansOf(knee.samples) },
      levels,
    };
  } finally {
    await running.stop();
  }
}

function meansOf(samples: readonly SystemSample[]): Readonly<Record<string, number>> {
  const entries = samples.flatMap(({ replicas }) =>
    Object.entries(replicas.find(({ replica }) => replica.startsWith('front-1')) ?? {}),
  );
  const figures = entries.filter((entry): entry is [string, number] => typeof entry[1] === 'number');
  return Object.fromEntries(
    [...Map.groupBy(figures, ([name]) => name)].map(([name, all]) => [
      name,
      all.reduce((sum, [, value]) => sum + value, 0) / all.length,
    ]),
  );
}

/** At most twice the limit. */
async function beyondTheLimit(play: (level: number, holding: Holding) => Promise<Played>): Promise<number> {
  const breaks = async (level: number): Promise<boolean> => (await play(level, rough)).outcome === 'broken';
  let level = firstLevel;
  if (await breaks(level)) {
    if (await breaks(level / 4)) level /= 4;
  } else {
    do level *= 4;
    while (level < maxLevel && !(await breaks(level)));
  }
  return (await breaks(level / 2)) ? level / 2 : Math.min(level, maxLevel);
}

async function probe(
  running: RunningSystem,
  system: System,
  scenario: Scenario,
  level: number,
  { settleMs, holdMs }: Holding,
): Promise<Played> {
  const stages: Scenario['stages'] = [
    { kind: 'ramp', fromLevel: 0, toLevel: level, durationMs: 300 },
    { kind: 'hold', fromLevel: level, toLevel: level, durationMs: settleMs + holdMs },
  ];
  const samples: SystemSample[] = [];
  const unwatch = running.watch({ onSample: (sample) => samples.push(sample) });
  const target = running.urls[scenario.service] as string;
  const held = { ...scenario, stages, warmUpMs: settleMs, requestTimeoutMs: 3000 };
  const load = startGenerators(planLoad(held, { folder: system.folder, target }), { timers: systemTimers() });
  const result = await load.result;
  unwatch();
  const total = result.windows.find(({ window }) => window.judged)?.total;
  const requests = total?.requests ?? 0;
  const errors = Object.values(total?.errors ?? {}).reduce((sum: number, count) => sum + (count ?? 0), 0);
  const p95Ms = total === undefined ? 0 : Histogram.from(total.response).quantile(0.95) / 1000;
  const isBroken = p95Ms > (scenario.limits.p95Ms ?? Infinity) || errors > requests / 100 || requests === 0;
  const outcome: ProbeEvidence['outcome'] = isBroken ? 'broken' : 'kept';
  return { level, outcome, result, samples, p95Ms, perSecond: (total?.ended ?? 0) / (holdMs / 1000) };
}
