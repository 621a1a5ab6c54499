import fc from 'fast-check';
import { expect, test } from 'vitest';
import { overBudget } from './budget.ts';

const count = fc.integer({ min: 1, max: 500 });

test('pools are refused exactly when they are more than the server takes, and the size that is advised is the largest that fits', () => {
  fc.assert(
    fc.property(count, count, fc.integer({ min: 0, max: 50 }), count, (connections, replicas, reserve, most) => {
      const together = connections * replicas + reserve;
      const refusal = overBudget({ connections, replicas, reserve, most });
      expect(refusal === undefined).toBe(together <= most);
      const advised = /connections to at most (\d+)/.exec(refusal?.hint ?? '')?.[1];
      if (advised === undefined) return;
      expect(overBudget({ connections: Number(advised), replicas, reserve, most })).toBeUndefined();
      expect(overBudget({ connections: Number(advised) + 1, replicas, reserve, most })).toBeDefined();
    }),
  );
});

test('a server that is too small for one connection of each replica is not told a pool of none', () => {
  expect(overBudget({ connections: 1, replicas: 90, reserve: 20, most: 100 })?.hint).toBe(
    'Set max_connections of the server to at least 110.',
  );
});
