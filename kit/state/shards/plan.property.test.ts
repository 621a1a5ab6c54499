import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LoadedShard, imbalance, planMoves } from './plan.ts';

const load = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 50, noNaN: true }));
const shards: fc.Arbitrary<readonly LoadedShard[]> = fc
  .array(fc.array(load, { maxLength: 40 }), { minLength: 1, maxLength: 10 })
  .map((lists) => {
    let slot = 0;
    return lists.map((loads, i) => ({ id: `n${i}`, slots: new Map(loads.map((one) => [slot++, one])) }));
  });
const goal = fc.double({ min: 1.01, max: 2, noNaN: true });

function carriedOut(before: readonly LoadedShard[], moves: ReturnType<typeof planMoves>['moves']): LoadedShard[] {
  const after = before.map(({ id, slots }) => ({ id, slots: new Map(slots) }));
  for (const { slot, from, to } of moves) {
    const [source, target] = [from, to].map((id) => after.find((shard) => shard.id === id)?.slots);
    const moved = source?.get(slot);
    if (moved === undefined || target === undefined) throw new Error(`${from} has no slot ${slot}`);
    source?.delete(slot);
    target.set(slot, moved);
  }
  return after;
}

const slotsOf = (shards: readonly LoadedShard[]): number[] =>
  shards.flatMap(({ slots }) => Array.from(slots.keys())).sort((a, b) => a - b);
const sum = ({ slots }: LoadedShard): number => [...slots.values()].reduce((all, one) => all + one, 0);

test('every slot has exactly one owner after a plan, and each moves once at most', () => {
  fc.assert(
    fc.property(shards, goal, (before, most) => {
      const { moves } = planMoves(before, { goal: most });
      expect(new Set(moves.map(({ slot }) => slot)).size).toBe(moves.length);
      const after = carriedOut(before, moves);
      expect(slotsOf(after)).toEqual(slotsOf(before));
      // Who had slots keeps one: a primary without any would be made a replica.
      const emptied = after.filter(({ slots }, i) => slots.size === 0 && before[i]?.slots.size !== 0);
      expect(emptied).toEqual([]);
    }),
  );
});

test('no shard has more than before beyond the goal, and the busiest never has more', () => {
  fc.assert(
    fc.property(shards, goal, (before, most) => {
      const plan = planMoves(before, { goal: most });
      const after = carriedOut(before, plan.moves);
      const mean = before.reduce((all, one) => all + sum(one), 0) / before.length;
      for (const [i, shard] of after.entries()) {
        expect(sum(shard)).toBeLessThanOrEqual(Math.max(sum(before[i] as LoadedShard), most * mean) + 1e-6);
        expect(sum(shard)).toBeCloseTo(plan.loads.get(shard.id) ?? Number.NaN, 6);
      }
      expect(plan.after).toBeLessThanOrEqual(plan.before + 1e-9);
      expect(plan.after).toBeCloseTo(imbalance(after.map(sum)), 6);
    }),
  );
});

test('a plan of what a plan has made is empty', () => {
  fc.assert(
    fc.property(shards, goal, (before, most) => {
      const { moves } = planMoves(before, { goal: most });
      expect(planMoves(carriedOut(before, moves), { goal: most }).moves).toEqual([]);
    }),
  );
});

test('the goal is met where slots are small enough, with empty shards beside full ones', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 400, maxLength: 600 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 4 }),
      (loads, full, empty) => {
        const before = Array.from({ length: full + empty }, (_, i) => ({
          id: `n${i}`,
          slots: new Map(loads.entries().filter(([slot]) => i < full && slot % full === i)),
        }));
        const plan = planMoves(before, { goal: 1.1 });
        expect(plan.after).toBeLessThanOrEqual(1.1 + 1e-9);
        expect(plan.indivisible).toEqual([]);
      },
    ),
  );
});

test('a slot that alone is over a share is told and has the others moved away from it', () => {
  const plan = planMoves(
    [
      {
        id: 'a',
        slots: new Map([
          [1, 90],
          [2, 5],
          [3, 5],
        ]),
      },
      { id: 'b', slots: new Map([[4, 10]]) },
    ],
    { goal: 1.1 },
  );
  expect(plan.indivisible).toEqual([1]);
  expect(plan.moves.map(({ slot }) => slot).sort()).toEqual([2, 3]);
  expect(plan.after).toBeLessThan(plan.before);
});

test('the hottest slot that fits goes first: few moves', () => {
  const slots = new Map([
    [1, 40],
    [2, 30],
    [3, 20],
    [4, 10],
    ...Array.from({ length: 50 }, (_, i): [number, number] => [10 + i, 0]),
  ]);
  const plan = planMoves(
    [
      { id: 'a', slots },
      { id: 'b', slots: new Map([[100, 0]]) },
    ],
    { goal: 1.1 },
  );
  expect(plan.moves).toEqual([
    { slot: 1, from: 'a', to: 'b' },
    { slot: 4, from: 'a', to: 'b' },
  ]);
});
