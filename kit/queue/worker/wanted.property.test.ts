/** How much a worker asks for. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rate, wanted } from './wanted.ts';

const appetites = fc.record({
  concurrency: fc.integer({ min: 1, max: 100 }),
  running: fc.integer({ min: 0, max: 100 }),
  stocked: fc.integer({ min: 0, max: 600 }),
  perMs: fc.double({ min: 0, max: 100, noNaN: true }),
  stock: fc.integer({ min: 0, max: 500 }),
  stockMs: fc.integer({ min: 0, max: 100 }),
});

describe('wanted', () => {
  test('with a free place and nothing in stock it asks, and never for more than places and stock', () => {
    fc.assert(
      fc.property(appetites, (appetite) => {
        const { concurrency, running, stocked, stock } = appetite;
        const want = wanted(appetite);
        expect(want).toBeGreaterThanOrEqual(0);
        expect(want === 0 || want + running + stocked <= concurrency + stock).toBe(true);
        expect(want > 0 || running + stocked >= concurrency).toBe(true);
      }),
    );
  });

  test('slow jobs are not kept in stock: others could take them', () => {
    const slow = { concurrency: 10, running: 10, stocked: 0, perMs: 0.01, stock: 500, stockMs: 50 };
    expect(wanted(slow)).toBe(0);
    expect(wanted({ ...slow, running: 7 })).toBe(3);
    expect(wanted({ ...slow, perMs: 20 })).toBe(500);
    expect(wanted({ ...slow, perMs: 20, stocked: 300 })).toBe(0);
  });
});

test('a rate follows what was seen, and forgets', () => {
  const rate = new Rate(0);
  for (let i = 0; i < 200; i++) rate.ended();
  expect(rate.perMs(20)).toBe(5);
  expect(rate.perMs(21)).toBe(5);
  expect(rate.perMs(120)).toBe(2.5);
});
