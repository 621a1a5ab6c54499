/**
 * Reports of simulated runs, for the tests of this room.
 */
import type { RunReport, Scenario } from '@palier/protocol';
import { simulatedConditions, simulateLoad, type SimulatedServer } from '@palier/testkit/simulated-load';
import { judgeRun, judgeScenario } from '../../judge/index.ts';
import { phasesOf } from '../../plan/index.ts';

export interface WantedRun {
  readonly seed: number;
  readonly users?: number;
  readonly holdMs?: number;
  readonly server?: SimulatedServer;
  readonly cpuMsPerRequest?: number;
  /** Of a hundred requests. */
  readonly uploads?: number;
}

/** Exponential times of 30 ms in the mean; `times` longer, with this share of errors. */
export function plainServer(times = 1, errorShare = 0): SimulatedServer {
  return ({ random }) => {
    const tookMs = times * (5 - 30 * Math.log(1 - random.next()));
    return random.next() < errorShare ? { tookMs, error: '5xx' } : { tookMs };
  };
}

export function runOf({ seed, users = 100, holdMs = 60_000, server = plainServer(), ...rest }: WantedRun): RunReport {
  const scenario: Scenario = {
    name: 'normal',
    description: '',
    model: 'closed',
    arrivals: null,
    service: 'api',
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: 2000 },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: holdMs },
    ],
    thinkMs: { min: 500, max: 1500 },
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
  const phases = phasesOf(scenario);
  const run = simulateLoad({
    seed,
    phases,
    thinkMs: scenario.thinkMs,
    routes: { 'GET /list': 100 - (rest.uploads ?? 30), 'POST /upload': rest.uploads ?? 30 },
    server,
    replicas: {
      service: 'api',
      count: 2,
      cpuMsPerRequest: rest.cpuMsPerRequest ?? 6,
      memoryBytes: () => 120 * 2 ** 20,
    },
  });
  const evidence = { scenario, phases, ...run, events: [], timeScale: 1, systemWatched: true, clockShiftMs: 0 };
  return judgeRun({
    system: 'simulated',
    command: 'prove',
    startedAtEpochMs: run.result.startedAtEpochMs + seed,
    durationMs: run.result.durationMs,
    timeScale: 1,
    conditions: simulatedConditions,
    scenarios: [
      judgeScenario({
        ...evidence,
        services: [{ name: 'api', allotment: { cpuCores: 1, memoryBytes: 256 * 2 ** 20 } }],
      }),
    ],
  });
}
