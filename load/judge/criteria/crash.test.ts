import type { CriterionResult, LimitsFile, SystemEvent } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import type { ScenarioEvidence } from '../evidence.ts';
import { judgeScenario } from '../judge.ts';
import { simulateEvidence } from '../testing/evidence.ts';

const limits: LimitsFile = { errorPercent: 1, crashes: 1 };

/** `atMs`: of each crash, since the load began. */
function evidenceOf(atMs: readonly number[], change: Partial<ScenarioEvidence> = {}): ScenarioEvidence {
  const evidence = simulateEvidence({ limits });
  const events = atMs.map((at): SystemEvent => {
    const message = 'api-1 died with SIGSEGV.';
    const atMsOfEvent = evidence.result.startedAtEpochMs + at;
    return { atMs: atMsOfEvent, kind: 'replica-crashed', service: 'api', replica: 'api-1', message };
  });
  return { ...evidence, events, ...change };
}

function crashesOf(evidence: ScenarioEvidence): CriterionResult | undefined {
  return judgeScenario(evidence).criteria.find(({ title }) => title === 'number of crashes');
}

describe('the limit on crashes', () => {
  it('is kept when no replica died, and is not there unless it was set', () => {
    expect(judgeScenario(evidenceOf([])).verdict).toBe('pass');
    expect(crashesOf(evidenceOf([]))).toMatchObject({ outcome: 'kept', value: 0 });
    expect(crashesOf(simulateEvidence({ limits: { errorPercent: 1 } }))).toBeUndefined();
  });

  it('is broken by a replica that died while the users were still coming, before anything is judged', () => {
    const evidence = evidenceOf([1000]);
    expect(evidence.phases[0]?.judged).toBeNull();
    expect(crashesOf(evidence)).toMatchObject({ outcome: 'broken', value: 1 });
    expect(judgeScenario(evidence)).toMatchObject({ verdict: 'fail' });
    expect(judgeScenario(evidence).reasons[0]).toContain('the first: api-1 died with SIGSEGV.');
  });

  it('allows as many as it says less one', () => {
    const two = { ...evidenceOf([1000]).scenario, limits: { ...limits, crashes: 2 } };
    expect(crashesOf(evidenceOf([1000], { scenario: two }))?.outcome).toBe('kept');
    expect(crashesOf(evidenceOf([1000, 2000], { scenario: two }))?.outcome).toBe('broken');
  });

  it('is not judged where nobody watched the system', () => {
    expect(crashesOf(evidenceOf([], { systemWatched: false, samples: [] }))?.outcome).toBe('unseen');
    expect(judgeScenario(evidenceOf([], { systemWatched: false, samples: [] })).verdict).toBe('inconclusive');
    expect(crashesOf(evidenceOf([], { samples: [] }))?.outcome).toBe('unseen');
  });
});
