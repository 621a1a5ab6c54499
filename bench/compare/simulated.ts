/**
 * Runs that never were: a seeded system whose speed wanders from second to second, with pauses and clumps of errors, loaded by simulated
 * users and judged as real runs are. What is planted is known, so what is said of it can be counted.
 */
import { seededRandom } from '@palier/base/random';
import { judgeRun, judgeScenario } from '@palier/load/judge';
import { phasesOf } from '@palier/load/plan';
import type { RunReport, Scenario } from '@palier/protocol';
import { simulatedConditions, simulateLoad, type SimulatedServer } from '@palier/testkit/simulated-load';

/** What both runs of a pair share. */
export interface World {
  readonly seed: number;
  /** Users, or arrivals a second of the open model. */
  readonly level: number;
  /** Of the open model; null: users, who think. */
  readonly maxConcurrent: number | null;
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
  /** 1.2: a fifth more processor time for each request. */
  readonly cpu: number;
  /** Of a hundred requests, uploads, which take three times as long; the rest are two parts lists to one part statistics. */
  readonly uploads: number;
  /** So many requests at once are all that the open model finds places for; null: as many as the world has. */
  readonly places: number | null;
}

export const nothingPlanted: Planted = { slower: 1, errors: 1, cpu: 1, uploads: 10, places: null };

export function worldOf(seed: number): World {
  const random = seededRandom(`world ${seed}`);
  const thinks = [
    { min: 1000, max: 3000 },
    { min: 200, max: 800 },
  ] as const;
  return {
    seed,
    level: random.int(60, 200),
    maxConcurrent: null,
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
    ...(world.maxConcurrent === null ? {} : { maxConcurrent: planted.places ?? world.maxConcurrent }),
    routes: {
      'GET /list': ((100 - planted.uploads) * 2) / 3,
      'GET /stats': (100 - planted.uploads) / 3,
      'POST /upload': planted.uploads,
    },
    server: serverOf(world, draw, planted),
    replicas: { service: 'api', count: 2, cpuMsPerRequest: 6 * planted.cpu, memoryBytes: () => 120 * 2 ** 20 },
  });
  return judgeRun({
    system: 'simulated',
    command: 'prove',
    startedAtEpochMs: run.result.startedAtEpochMs,
    durationMs: run.result.durationMs,
    timeScale: 1,
    conditions: simulatedConditions,
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
  const seconds = Math.ceil((world.holdMs + world.level * rampMsPerLevel) / 1000) + 60;
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

const rampMsPerLevel = 50;

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

function scenarioOf({ level, maxConcurrent, holdMs, thinkMs, medianMs }: World): Scenario {
  return {
    name: 'normal',
    description: 'Simulated users.',
    model: maxConcurrent === null ? 'closed' : 'open',
    arrivals: maxConcurrent === null ? null : { spacing: 'poisson', maxConcurrent, recorded: null },
    service: 'api',
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: level, durationMs: level * rampMsPerLevel },
      { kind: 'hold', fromLevel: level, toLevel: level, durationMs: holdMs },
    ],
    thinkMs,
    start: [],
    tasks: [],
    data: {},
    draw: {},
    // Of an open model: what is refused for want of places is a lower bound beside a limit that is broken, and invalid without one.
    limits: { p95Ms: maxConcurrent === null ? 1000 : medianMs },
    judge: 'holds',
    warmUpMs: 5000,
    requestTimeoutMs: 30_000,
    seed: 1,
  };
}
