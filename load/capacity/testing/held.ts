/** What one hold of simulated users showed: 20 of them on three replicas, changed as each test wants. */
import type { LimitsFile, Phase, Scenario } from '@palier/protocol';
import { simulateLoad, type SimulatedServer } from '@palier/testkit/simulated-load';
import type { ScenarioEvidence } from '../../judge/index.ts';

const mebibyte = 1024 * 1024;
const limits: LimitsFile = { p95Ms: 200, errorPercent: 0.1, cpuPercent: 80, memoryPercent: 80 };
const level = 20;
const judged = { startMs: 2000, endMs: 12_000 };

export const heldScenario: Scenario = {
  name: 'held',
  description: 'Users look.',
  model: 'closed',
  service: 'api',
  stages: [
    { kind: 'ramp', fromLevel: 0, toLevel: level, durationMs: 1000 },
    { kind: 'hold', fromLevel: level, toLevel: level, durationMs: 11_000 },
  ],
  arrivals: null,
  thinkMs: { min: 100, max: 300 },
  start: [],
  tasks: [],
  data: {},
  draw: {},
  limits,
  judge: 'holds',
  warmUpMs: 1000,
  requestTimeoutMs: 30_000,
  seed: 1,
};

export function heldEvidence(tookMs = 20): ScenarioEvidence {
  const phases: Phase[] = [
    { name: 'ramp to 20', kind: 'ramp', fromLevel: 0, toLevel: level, startMs: 0, endMs: 1000, judged: null },
    { name: 'hold 11 s', kind: 'hold', fromLevel: level, toLevel: level, startMs: 1000, endMs: 12_000, judged },
  ];
  const server: SimulatedServer = ({ random }) => ({ tookMs: tookMs * (1 + random.next()) });
  const run = simulateLoad({
    seed: 1,
    routes: { 'GET /list': 100 },
    server,
    replicas: { service: 'api', count: 3, cpuMsPerRequest: 2, memoryBytes: () => 120 * mebibyte },
    thinkMs: heldScenario.thinkMs,
    judge: 'holds',
    phases,
  });
  return {
    scenario: heldScenario,
    phases,
    ...run,
    events: [],
    services: [{ name: 'api', allotment: { cpuCores: 0.5, memoryBytes: 256 * mebibyte } }],
    timeScale: 1,
    systemWatched: true,
    clockShiftMs: 0,
  };
}
