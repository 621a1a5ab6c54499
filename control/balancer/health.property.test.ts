import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HealthFact, initialHealth, nextHealth, type ReplicaHealth } from './health.ts';

const passed: HealthFact = { kind: 'passed' };
const failed: HealthFact = { kind: 'failed', reason: 'status 500' };
const unreachable: HealthFact = { kind: 'unreachable', reason: 'connect' };
const facts = fc.array(fc.constantFrom(passed, failed, unreachable), { maxLength: 30 });
const thresholds = fc.record({
  healthyAfter: fc.integer({ min: 1, max: 4 }),
  unhealthyAfter: fc.integer({ min: 1, max: 4 }),
});

describe('health of a replica', () => {
  it('is healthy exactly after so many passed checks in a row, until so many failed ones in a row, or one refused connection', () => {
    fc.assert(
      fc.property(facts, thresholds, (list, limits) => {
        let state: ReplicaHealth = initialHealth;
        for (const [k, fact] of list.entries()) {
          const before = state;
          state = nextHealth(state, fact, limits);
          const run = runLength(list.slice(0, k + 1), fact.kind === 'passed');
          const gone = fact.kind === 'unreachable' && before.status === 'healthy';
          const down = gone || (fact.kind !== 'passed' && run >= limits.unhealthyAfter);
          const up = fact.kind === 'passed' && run >= limits.healthyAfter;
          expect(state.status).toBe(down ? 'unhealthy' : up ? 'healthy' : before.status);
        }
      }),
    );
  });

  it('keeps the reason of the last change', () => {
    const limits = { healthyAfter: 1, unhealthyAfter: 2 };
    const up = nextHealth(initialHealth, passed, limits);
    const shaken = nextHealth(up, failed, limits);
    expect([shaken.status, shaken.reason]).toEqual(['healthy', 'a check passed']);
    const down = nextHealth(shaken, { kind: 'failed', reason: 'no answer in 2 s' }, limits);
    expect([down.status, down.reason]).toEqual(['unhealthy', 'no answer in 2 s']);
  });
});

function runLength(list: readonly HealthFact[], passing: boolean): number {
  let run = 0;
  while (run < list.length && ((list.at(-1 - run) as HealthFact).kind === 'passed') === passing) run++;
  return run;
}
