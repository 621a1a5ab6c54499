import fc from 'fast-check';
import { expect, test } from 'vitest';
import { useOf } from './copies.ts';

test('a copy is fresh for less than freshMs, stale for less than staleMs, and then nothing', () => {
  const age = fc.integer({ min: 0, max: 1000 });
  fc.assert(
    fc.property(age, fc.nat(500), fc.nat(1000), fc.nat(1e6), (ageMs, freshMs, staleMs, askedMs) => {
      const use = useOf({ askedMs }, askedMs + ageMs, { freshMs, staleMs });
      expect(use).toBe(ageMs < freshMs ? 'fresh' : ageMs < staleMs ? 'stale' : 'none');
      expect(useOf(undefined, askedMs, { freshMs, staleMs })).toBe('none');
    }),
  );
});
