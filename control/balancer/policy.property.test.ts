import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Candidate, leastOutstanding, roundRobin } from './policy.ts';

const candidate: fc.Arbitrary<Candidate> = fc.record({
  outstanding: fc.nat(6),
  limit: fc.integer({ min: 1, max: 6 }),
  weight: fc.constantFrom(0.25, 0.5, 1, 2),
});
const candidates = fc.array(candidate, { maxLength: 8 });
const free = (one: Candidate): boolean => one.outstanding < one.limit;

describe('balancing policies', () => {
  it.each([
    ['least-outstanding', leastOutstanding],
    ['round-robin', roundRobin],
  ])('%s chooses one that has room, and none only when none has', (_, policy) => {
    fc.assert(
      fc.property(candidates, fc.nat(1000), (list, turn) => {
        const chosen = list[policy(list, turn)];
        expect(chosen === undefined ? !list.some(free) : free(chosen)).toBe(true);
      }),
    );
  });

  it('least-outstanding leaves none that would be less loaded', () => {
    fc.assert(
      fc.property(candidates, fc.nat(1000), (list, turn) => {
        const chosen = list[leastOutstanding(list, turn)];
        fc.pre(chosen !== undefined);
        const load = (one: Candidate): number => (one.outstanding + 1) / one.weight;
        for (const one of list.filter(free)) expect(load(one)).toBeGreaterThanOrEqual(load(chosen));
      }),
    );
  });

  it.each([
    ['least-outstanding', leastOutstanding],
    ['round-robin', roundRobin],
  ])('%s gives equals one each in as many turns', (_, policy) => {
    fc.assert(
      fc.property(candidate.filter(free), fc.integer({ min: 1, max: 8 }), fc.nat(1000), (one, count, turn) => {
        const list = Array.from({ length: count }, () => one);
        const seen = new Set(list.map((_, k) => policy(list, turn + k)));
        expect(seen.size).toBe(count);
      }),
    );
  });

  it('least-outstanding keeps equal replicas within one request of each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 60 }), (count, requests) => {
        const list = Array.from({ length: count }, () => ({ outstanding: 0, limit: 100, weight: 1 }));
        for (let turn = 0; turn < requests; turn++)
          (list[leastOutstanding(list, turn)] as { outstanding: number }).outstanding++;
        const loads = list.map((one) => one.outstanding);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
