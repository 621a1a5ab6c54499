import type { CriterionResult } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { judgeScenario } from '../judge.ts';
import { simulateEvidence, type SimulatedEvidence } from '../testing/evidence.ts';

const mebibyte = 1024 * 1024;
const limits = { cpuPercent: 80, memoryPercent: { api: 80 } };
const base = { service: 'api', count: 2, cpuMsPerRequest: 2, memoryBytes: () => 100 * mebibyte };

function judged(wanted: SimulatedEvidence): readonly CriterionResult[] {
  return judgeScenario(simulateEvidence({ users: 100, limits, replicas: base, ...wanted })).criteria;
}

describe('limits on CPU and memory', () => {
  it('are percentages of the allotment of the replica that does worst', () => {
    // 0.5 cores each; 50 requests a second over two replicas of 2 ms and 0.01 cores at rest: 12 %.
    const [cpu, memory] = judged({});
    expect(cpu).toMatchObject({ title: 'CPU of api', outcome: 'kept' });
    expect(cpu?.value).toBeGreaterThan(11);
    expect(cpu?.value).toBeLessThan(13);
    expect(cpu?.sentence).toMatch(/; api-\d, the busiest of 2\.$/);
    expect(memory?.value).toBeGreaterThan(39);
    expect(memory?.value).toBeLessThan(40.7);
  });

  it('are broken by a replica that is out of processor', () => {
    const [cpu] = judged({ replicas: { ...base, idleCores: () => 0.45 } });
    expect(cpu?.outcome).toBe('broken');
  });

  it('are broken by one high moment of memory, and not by one of CPU', () => {
    const [cpu, memory] = judged({
      replicas: {
        ...base,
        idleCores: (_, atMs) => (atMs === 30_000 ? 0.5 : 0),
        memoryBytes: (atMs) => (atMs === 30_000 ? 230 : 100) * mebibyte,
      },
    });
    expect(cpu?.outcome).toBe('kept');
    expect(memory?.outcome).toBe('broken');
  });

  it('are not proved from ten seconds', () => {
    const [cpu, memory] = judged({
      holdMs: 20_000,
      stages: [{ kind: 'hold', fromLevel: 0, toLevel: 0, durationMs: 1 }],
    });
    expect([cpu?.outcome, memory?.outcome]).toEqual(['unseen', 'unseen']);
    const few = judged({ holdMs: 17_000 });
    expect(few.map(({ outcome }) => outcome)).toEqual(['unproved', 'unproved']);
    expect(few[0]?.sentence).toMatch(/it needs about 15 sampled seconds, 3 more \(about 3 s longer/);
  });

  it('do not judge a replica that came in the last moment', () => {
    const crash = { replica: 1, atMs: 66_000, backAtMs: 67_000 };
    const [cpu] = judged({ replicas: { ...base, crash, idleCores: (_, atMs) => (atMs > 67_000 ? 0.5 : 0) } });
    expect(cpu?.outcome).toBe('kept');
    expect(cpu?.sentence).toMatch(/; api-[12], the busiest of 3\.$/);
  });

  it('are unseen where no sample tells', () => {
    const evidence = simulateEvidence({ limits });
    const blind = evidence.samples.map((sample) => ({
      atMs: sample.atMs,
      services: [],
      replicas: sample.replicas.map((replica) => Object.assign({}, replica, { cpuCores: null, rssBytes: null })),
    }));
    const report = judgeScenario({ ...evidence, samples: blind });
    expect(report.verdict).toBe('invalid');
    expect(report.reasons[0]).toBe('CPU of api was not seen: no sample told the CPU time of api.');
  });
});
