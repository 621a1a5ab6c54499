/** One run as a user gets it: a scenario, `planLoad`, `startGenerators`, `judgeScenario`; and what the server's own log says. */
import { mergeHistograms } from '@palier/base/histogram';
import { systemTimers } from '@palier/base/timers';
import { type LoadHandle, startGenerators } from '@palier/load/generator';
import { judgeScenario } from '@palier/load/judge';
import { phasesOf, planLoad } from '@palier/load/plan';
import type { LoadSecond, Scenario, ScenarioReport } from '@palier/protocol';
import { type Behaviour, startKnownAnswerServer } from '@palier/testkit/servers';
import { machineCpu } from '../process/cpu.ts';
import { startTrivialServer } from '../process/trivial-server.ts';
import { stayOn } from './starve.ts';

export interface Outing {
  /** `quickest`: nginx where there is one; it sends no log. */
  readonly server: Behaviour | 'quickest';
  readonly serverCore: number | null;
  readonly cores: readonly number[] | null;
  readonly users: number;
  readonly thinkMs: { readonly min: number; readonly max: number };
  readonly p95Ms: number;
  readonly seed: number;
  /** Done to the generator at once, with what its process may inherit; and a second after the load began. Each returns its end. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly atStart?: (generator: number, server: number) => Promise<() => Promise<void> | void>;
  readonly later?: (generator: number) => void;
}

export interface Outcome {
  readonly verdict: ScenarioReport['verdict'];
  readonly bound: ScenarioReport['bound'];
  /** Checks of the measurement that failed; being short is none of the generator's faults. */
  readonly failed: readonly string[];
  readonly sentences: readonly string[];
  /** Ours less the server's own, p99, milliseconds; null without a log. */
  readonly harmMs: number | null;
  readonly lagP99Ms: number;
  /** Cores that the whole machine used, by its own count, beyond one run's: tells noise. */
  readonly machineCores: number;
  readonly stolenCores: number;
}

const rampMs = 500;
const holdMs = 5000;
const warmUpMs = 1000;

export async function play(outing: Outing): Promise<Outcome> {
  const server = await serve(outing);
  try {
    return await playAt(server, outing);
  } finally {
    await server.stop();
  }
}

interface Server {
  readonly url: string;
  readonly pid: number;
  /** How long each request took by its own log; null without one. */
  readonly truth: () => Promise<readonly number[] | null>;
  readonly stop: () => Promise<void>;
}

async function serve({ server, serverCore }: Outing): Promise<Server> {
  if (server === 'quickest') {
    const { pid, ports, stop } = await startTrivialServer(serverCore, 1);
    return { url: `http://127.0.0.1:${ports[0]}`, pid, truth: async () => null, stop };
  }
  const known = await startKnownAnswerServer(server);
  if (serverCore !== null) stayOn(serverCore, known.process.pid);
  const truth = async (): Promise<readonly number[]> =>
    (await known.truth()).map(({ arrivedMs, answeredMs }) => answeredMs - arrivedMs);
  return {
    url: known.url,
    pid: known.process.pid,
    truth: server.kind === 'fast' ? async () => null : truth,
    stop: () => known.stop(),
  };
}

async function playAt(server: Server, outing: Outing): Promise<Outcome> {
  const scenario = scenarioOf(outing);
  const plan = planLoad(scenario, { folder: '.', target: server.url });
  const seconds: LoadSecond[] = [];
  const onSecond = (second: LoadSecond): void => {
    if (seconds.push(second) === 1) outing.later?.(load.pids[0] as number);
  };
  const before = machineCpu();
  const beganMs = performance.now();
  const load = start(outing, () => startGenerators(plan, { timers: systemTimers(), cpus: outing.cores, onSecond }));
  const end = await outing.atStart?.(load.pids[0] as number, server.pid);
  try {
    const result = await load.result;
    const after = machineCpu();
    const spanMs = performance.now() - beganMs;
    const phases = phasesOf(scenario);
    const run = { scenario, phases, result, seconds, samples: [], events: [], services: [] };
    const report = judgeScenario({ ...run, timeScale: 1, systemWatched: false, clockShiftMs: 0 });
    const failed = report.validity.filter(({ ok, title }) => !ok && title !== 'Long enough');
    return {
      verdict: report.verdict,
      bound: report.bound,
      failed: failed.map(({ title }) => title),
      sentences: failed.map(({ sentence }) => sentence),
      harmMs: harm(report, await server.truth()),
      lagP99Ms: mergeHistograms([report.generator.lag]).quantile(0.99) / 1000,
      machineCores: ((after?.busyMs ?? 0) - (before?.busyMs ?? 0)) / spanMs,
      stolenCores: ((after?.stealMs ?? 0) - (before?.stealMs ?? 0)) / spanMs,
    };
  } finally {
    load.stop();
    await end?.();
  }
}

function start({ environment = {} }: Outing, run: () => LoadHandle): LoadHandle {
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    return run();
  } finally {
    for (const name of Object.keys(environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

function harm({ overall }: ScenarioReport, truth: readonly number[] | null): number | null {
  if (truth === null) return null;
  const sorted = truth.toSorted((a, b) => a - b);
  const own = sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)] ?? 0;
  return mergeHistograms([overall.response]).quantile(0.99) / 1000 - own;
}

function scenarioOf({ users, thinkMs, p95Ms, seed }: Outing): Scenario {
  const step = { request: 'GET /' };
  return {
    name: 'starved',
    description: '',
    model: 'closed',
    arrivals: null,
    service: 'api',
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: rampMs },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: holdMs },
    ],
    thinkMs,
    start: [],
    tasks: [{ name: 'get', weight: 100, steps: [step] }],
    data: {},
    draw: {},
    limits: { p95Ms, errorPercent: 1 },
    judge: 'holds',
    warmUpMs,
    requestTimeoutMs: 5000,
    seed,
  };
}
