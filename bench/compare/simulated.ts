/**
 * Runs that never were: a seeded system whose speed wanders from second to second, with pauses and clumps of errors, loaded by simulated
 * users and judged as real runs are. What is planted is known, so what is said of it can be counted.
 */
import { seededRandom } from '@palier/base/random';
import { judgeRun, judgeScenario } from '@palier/load/judge';
import { phasesOf } from '@palier/load/plan';
import type { RunReport, Scenario } from '@palier/protocol';
import { simulateLoad, type SimulatedServer } from '@palier/testkit/simulated-load';

/** What both runs of a pair share. */
export interface World {
  readonly seed: number;
  readonly users: number;
  readonly holdMs: number;
  readonly thinkMs: { readonly min: number; readonly max: number };
  /** How much of a second's speed stays in the next, 0…1. */
  readonly memory: number;
  /** Standard deviation of the logarithm of the speed. */
  readonly sway: number;
  readonly medianMs: number;
  /** Mean time between two pauses in which nothing is answered. */
  readonly pauseEveryMs: number;
  readonly errorShare: number;
}

/** What is different in the second run. */
export interface Planted {
  /** 1.1: everything takes a tenth longer. */
  readonly slower: number;
  /** 10: ten times as many errors. */
  readonly errors: number;
}

export const nothingPlanted: Planted = { slower: 1, errors: 1 };

export function worldOf(seed: number): World {
  const random = seededRandom(`world ${seed}`);
  const thinks = [
    { min: 1000, max: 3000 },
    { min: 200, max: 800 },
  ] as const;
  return {
    seed,
    users: random.int(60, 200),
    holdMs: random.int(30, 90) * 1000,
    thinkMs: random.pick(thinks),
    memory: 0.9 * random.next(),
    sway: 0.05 + 0.15 * random.next(),
    medianMs: random.int(8, 60),
    pauseEveryMs: random.int(3, 15) * 1000,
    errorShare: random.pick([0, 0.0005, 0.002]),
  };
}

/** One run of the world; `draw` tells runs of the same world apart. */
export function runOf(world: World, draw: string, planted: Planted): RunReport {
  const scenario = scenarioOf(world);
  const phases = phasesOf(scenario);
  const run = simulateLoad({
    seed: seededRandom(`${world.seed} ${draw}`).int(1, 2 ** 31),
    phases,
    thinkMs: world.thinkMs,
    routes: { 'GET /list': 60, 'GET /stats': 30, 'POST /upload': 10 },
    server: serverOf(world, draw, planted),
    replicas: { service: 'api', count: 2, cpuMsPerRequest: 6, memoryBytes: () => 120 * 2 ** 20 },
  });
  return judgeRun({
    system: 'simulated',
    command: 'prove',
    startedAtEpochMs: run.result.startedAtEpochMs,
    durationMs: run.result.durationMs,
    timeScale: 1,
    conditions,
    scenarios: [
      judgeScenario({
        scenario,
        phases,
        ...run,
        events: [],
        services: [{ name: 'api', allotment: { cpuCores: 1, memoryBytes: 256 * 2 ** 20 } }],
        timeScale: 1,
        systemWatched: true,
        clockShiftMs: 0,
      }),
    ],
  });
}

/** Log-normal times around a speed that wanders (autoregressive, of first order), pauses, errors that come in clumps of a second. */
function serverOf(world: World, draw: string, planted: Planted): SimulatedServer {
  const random = seededRandom(`weather ${world.seed} ${draw}`);
  const seconds = Math.ceil((world.holdMs + world.users * rampMsPerUser) / 1000) + 60;
  const fresh = world.sway * Math.sqrt(1 - world.memory ** 2);
  let now = world.sway * normal(random.next, random.next);
  const speeds = Array.from({ length: seconds }, () => {
    const speed = Math.exp(now);
    now = world.memory * now + fresh * normal(random.next, random.next);
    return speed;
  });
  const bad = speeds.map(() => random.next() < 0.2);
  const pauses = pausesOf(world, seconds * 1000, random.next);
  return ({ route, atMs, random: own }) => {
    const second = Math.min(seconds - 1, Math.floor(atMs / 1000));
    const weight = route === 'POST /upload' ? 3 : 1;
    const tookMs =
      world.medianMs *
      weight *
      planted.slower *
      (speeds[second] as number) *
      Math.exp(0.5 * normal(own.next, own.next));
    const pause = pauses.find(({ fromMs, toMs }) => atMs < toMs && atMs + tookMs > fromMs);
    const held = pause === undefined ? tookMs : Math.max(tookMs, pause.toMs - atMs);
    // A fifth of the seconds has four in five of the errors.
    const failing = world.errorShare * planted.errors * (bad[second] === true ? 4 : 0.25);
    return own.next() < failing ? { tookMs: held, error: '5xx' } : { tookMs: held };
  };
}

const rampMsPerUser = 50;

function pausesOf(world: World, endMs: number, next: () => number): readonly { fromMs: number; toMs: number }[] {
  const pauses: { fromMs: number; toMs: number }[] = [];
  for (let atMs = 0; atMs < endMs; ) {
    atMs -= world.pauseEveryMs * Math.log(1 - next());
    pauses.push({ fromMs: atMs, toMs: atMs + 40 + 80 * next() });
  }
  return pauses;
}

/** Box and Muller. */
function normal(one: () => number, other: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - one())) * Math.cos(2 * Math.PI * other());
}

function scenarioOf({ users, holdMs, thinkMs }: World): Scenario {
  return {
    name: 'normal',
    description: 'Simulated users.',
    model: 'closed',
    arrivals: null,
    service: 'api',
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: users * rampMsPerUser },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: holdMs },
    ],
    thinkMs,
    start: [],
    tasks: [],
    data: {},
    draw: {},
    limits: { p95Ms: 1000 },
    judge: 'holds',
    warmUpMs: 5000,
    requestTimeoutMs: 30_000,
    seed: 1,
  };
}

const conditions: RunReport['conditions'] = {
  palierVersion: '0.1.0',
  nodeVersion: '24.0.0',
  platform: 'linux x64',
  cpuModel: 'simulated',
  cores: 2,
  memoryBytes: 4 * 2 ** 30,
  pinning: [],
  allotments: [],
  target: 'a function',
};
