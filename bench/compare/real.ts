/**
 * Runs that were: a small real service under our own generator, started anew for each run as a team does between two versions of a program.
 * The answer to whether noise is news cannot come from noise that we thought up ourselves.
 */
import { fileURLToPath } from 'node:url';
import { systemTimers } from '@palier/base/timers';
import { startGenerators } from '@palier/load/generator';
import { judgeRun, judgeScenario } from '@palier/load/judge';
import { phasesOf, planLoad } from '@palier/load/plan';
import type { ComparedFigure, LoadSecond, RunReport, Scenario } from '@palier/protocol';
import { startChild } from '../process/child.ts';
import { freePorts, untilListening } from '../process/port.ts';
import { type Counted, countPairs, type PairOfRuns } from './counted.ts';

const users = 40;
const warmUpMs = 3000;

/** Both lists in the order in which they ran; slower runs stand between like ones, so that a drift of the machine favours neither. */
interface RealRuns {
  readonly alike: readonly RunReport[];
  readonly slower: readonly RunReport[];
}

/** `alike` runs of one server, and `slower` ones of a server whose times are a fifth longer, each judged for so long. */
export async function realRuns(wanted: { alike: number; slower: number; judgedMs: number }): Promise<RealRuns> {
  const alike: RunReport[] = [];
  const slower: RunReport[] = [];
  const between = Math.max(1, Math.floor(wanted.alike / Math.max(1, wanted.slower)));
  for (let i = 0; i < wanted.alike; i++) {
    alike.push(await runReal(1, wanted.judgedMs, i));
    if (slower.length < wanted.slower && (i + 1) % between === 0) {
      slower.push(await runReal(1.2, wanted.judgedMs, 1000 + i));
    }
    process.stderr.write(`\r${alike.length + slower.length} of ${wanted.alike + wanted.slower} real runs`);
  }
  process.stderr.write('\n');
  return { alike, slower };
}

/** Every run with each later one: what a drift of the machine over minutes does is in it. */
export function realCounts({ alike, slower }: RealRuns): { readonly alike: Counted; readonly slower: Counted } {
  const pairs = alike.flatMap((before, i): readonly PairOfRuns[] =>
    alike.slice(i + 1).map((after, j) => ({ name: `real runs ${i + 1} and ${i + j + 2}`, before, after })),
  );
  const planted = slower.flatMap((after, j) =>
    alike.map((before, i): PairOfRuns => ({ name: `real runs ${i + 1} and slower ${j + 1}`, before, after })),
  );
  const slowerSeen = ({ scope, figure, outcome }: ComparedFigure): boolean =>
    scope === 'total' && (figure === 'p50' || figure === 'p95') && outcome === 'worse';
  return {
    alike: countPairs('real, nothing planted', pairs, () => true),
    slower: countPairs('real, a fifth slower', planted, slowerSeen),
  };
}

async function runReal(slower: number, judgedMs: number, seed: number): Promise<RunReport> {
  const [port = 0] = await freePorts(1);
  const main = fileURLToPath(new URL('./real-main.ts', import.meta.url));
  const child = await startChild('real service', null, [process.execPath, main, String(port), String(slower)]);
  try {
    await untilListening(port, () => (child.ended() ? `It did not start: ${child.output()}` : null));
    const scenario = scenarioOf(judgedMs, seed);
    const seconds: LoadSecond[] = [];
    const load = startGenerators(planLoad(scenario, { folder: '.', target: `http://127.0.0.1:${port}` }), {
      timers: systemTimers(),
      cpus: null,
      onSecond: (second) => void seconds.push(second),
    });
    const result = await load.result;
    const phases = phasesOf(scenario);
    const run = { scenario, phases, result, seconds, samples: [], events: [], services: [] };
    return judgeRun({
      system: 'real',
      command: 'load',
      startedAtEpochMs: result.startedAtEpochMs,
      durationMs: result.durationMs,
      timeScale: 1,
      conditions,
      scenarios: [judgeScenario({ ...run, timeScale: 1, systemWatched: false, clockShiftMs: 0 })],
    });
  } finally {
    await child.stop();
  }
}

function scenarioOf(judgedMs: number, seed: number): Scenario {
  const task = (name: string, weight: number, request: string) => ({ name, weight, steps: [{ request }] });
  return {
    name: 'visits',
    description: '',
    model: 'closed',
    arrivals: null,
    service: 'api',
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: 500 },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: warmUpMs + judgedMs },
    ],
    thinkMs: { min: 50, max: 250 },
    start: [],
    tasks: [task('list', 60, 'GET /list'), task('stats', 30, 'GET /stats'), task('upload', 10, 'POST /upload')],
    data: {},
    draw: {},
    limits: { p95Ms: 1000, errorPercent: 1 },
    judge: 'holds',
    warmUpMs,
    requestTimeoutMs: 5000,
    seed,
  };
}

const conditions: RunReport['conditions'] = {
  palierVersion: 'bench',
  nodeVersion: process.version,
  platform: process.platform,
  cpuModel: 'this one',
  cores: 2,
  memoryBytes: 1,
  pinning: [],
  allotments: [],
  target: 'bench/compare/real-main.ts',
};
