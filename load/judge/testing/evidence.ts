/**
 * Evidence of simulated runs: a hold at 200 users with limits that a healthy system keeps, changed as each test wants.
 */
import type { LimitsFile, Phase, RunReport, Scenario } from '@palier/protocol';
import { simulatedConditions, type SimulatedLoadOptions, simulateLoad } from '@palier/testkit/simulated-load';
import { phasesOf, windowsOf } from '../../plan/index.ts';
import type { ScenarioEvidence } from '../evidence.ts';
import { judgeRun, judgeScenario } from '../judge.ts';

export interface SimulatedEvidence extends Partial<Omit<SimulatedLoadOptions, 'phases'>> {
  readonly users?: number;
  readonly holdMs?: number;
  /** Instead of one hold. */
  readonly stages?: Scenario['stages'];
  readonly limits?: LimitsFile;
  readonly timeScale?: number;
  readonly systemWatched?: boolean;
  readonly clockShiftMs?: number;
}

export const defaultLimits: LimitsFile = { p95Ms: 200, errorPercent: 0.1, cpuPercent: 80, memoryPercent: 80 };

const mebibyte = 1024 * 1024;

export function simulateEvidence(wanted: SimulatedEvidence = {}): ScenarioEvidence {
  const { users = 200, holdMs = 60_000, limits = defaultLimits, timeScale = 1, judge = 'holds' } = wanted;
  const scenario: Scenario = {
    name: 'normal',
    description: 'Users look, search and sometimes upload.',
    model: 'closed',
    service: 'api',
    stages: wanted.stages ?? [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: users * 100 },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: holdMs },
    ],
    arrivals: null,
    thinkMs: wanted.thinkMs ?? { min: 1000, max: 3000 },
    start: [],
    tasks: [],
    data: {},
    draw: {},
    limits,
    judge,
    warmUpMs: 5000,
    requestTimeoutMs: 30_000,
    seed: 1,
  };
  const phases: Phase[] = phasesOf(scenario, timeScale);
  const run = simulateLoad({
    seed: 1,
    routes: { 'GET /list': 60, 'GET /stats': 30, 'POST /upload': 10 },
    server: ({ random }) => ({ tookMs: 10 - 20 * Math.log(1 - random.next()) }),
    replicas: { service: 'api', count: 3, cpuMsPerRequest: 6, memoryBytes: () => 120 * mebibyte },
    ...wanted,
    thinkMs: scenario.thinkMs,
    judge,
    phases,
    windows: wanted.windows ?? windowsOf(phases, judge),
  });
  return {
    scenario,
    phases,
    ...run,
    events: [],
    services: [{ name: 'api', allotment: { cpuCores: 0.5, memoryBytes: 256 * mebibyte } }],
    timeScale,
    systemWatched: wanted.systemWatched ?? true,
    clockShiftMs: wanted.clockShiftMs ?? 0,
  };
}

/** A whole run of one simulated scenario. */
export function simulateReport(wanted: SimulatedEvidence = {}): RunReport {
  const evidence = simulateEvidence(wanted);
  return judgeRun({
    system: 'simulated',
    command: 'prove',
    startedAtEpochMs: evidence.result.startedAtEpochMs,
    durationMs: evidence.result.durationMs,
    timeScale: evidence.timeScale,
    conditions: simulatedConditions,
    scenarios: [judgeScenario(evidence)],
  });
}
