/** The choice of the primary against Sentinels that tell old and new epochs, miss answers and give failovers up. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nodeName, sameNode } from '../redis/cluster/slots.ts';
import {
  afterRole,
  afterSelection,
  afterWords,
  type Choice,
  eligibleOf,
  isHeld,
  maxHeldMs,
  newestOf,
  noChoice,
  type Word,
} from './choice.ts';

const nodes = ['a', 'b', 'c'].map((host) => ({ host, port: 1 }));
const node = fc.constantFrom(...nodes);
const names = fc.uniqueArray(fc.constantFrom(...nodes.map(nodeName)));
const word: fc.Arbitrary<Word> = fc.record({
  primary: node,
  epoch: fc.nat(4),
  promoting: fc.boolean(),
  eligible: names,
});
const words = fc.array(word, { maxLength: 3 });
const step = fc.record({
  afterMs: fc.nat(1500),
  what: fc.oneof(
    fc.record({ kind: fc.constant('words' as const), words }),
    fc.record({ kind: fc.constant('selection' as const), selected: node, of: node }),
    fc.record({ kind: fc.constant('role' as const), node }),
  ),
});
const steps = fc.array(step, { minLength: 1, maxLength: 30 });

type What = (typeof step extends fc.Arbitrary<infer One> ? One : never)['what'];

function next(choice: Choice, what: What, nowMs: number): Choice {
  if (what.kind === 'words') return afterWords(choice, what.words, nowMs);
  if (what.kind === 'selection') return afterSelection(choice, what.selected, what.of, nowMs);
  return afterRole(choice, what.node);
}

/** Each step with the choice before and after it. */
function play(all: readonly { readonly afterMs: number; readonly what: What }[]) {
  let [choice, nowMs] = [noChoice, 0];
  return all.map(({ afterMs, what }) => {
    nowMs += afterMs;
    const before = choice;
    choice = next(before, what, nowMs);
    return { before, what, after: choice, nowMs };
  });
}

test('the newest epoch is believed whatever the others say, and never an older one again', () => {
  fc.assert(
    fc.property(steps, (all) => {
      for (const { before, what, after } of play(all)) {
        expect(after.epoch).toBeGreaterThanOrEqual(before.epoch);
        const newest = what.kind === 'words' ? newestOf(what.words) : undefined;
        if (newest === undefined || newest.epoch <= before.epoch) continue;
        expect(after.primary).toEqual(newest.primary);
        expect(after.epoch).toBe(Math.max(...(what.kind === 'words' ? what.words : []).map(({ epoch }) => epoch)));
      }
    }),
  );
});

test('calls go nowhere but where a Sentinel sees the primary, or to whom one selected and who says himself that he is primary', () => {
  fc.assert(
    fc.property(steps, (all) => {
      for (const { before, what, after } of play(all)) {
        if (after.primary === before.primary) continue;
        const told = what.kind === 'words' && what.words.some(({ primary }) => primary === after.primary);
        const selected = before.promotion?.selected;
        const said = what.kind === 'role' && selected !== undefined && sameNode(what.node, selected);
        expect(told || said).toBe(true);
      }
    }),
  );
});

test('calls are held only between a selection and its end, and never longer than a second at once', () => {
  fc.assert(
    fc.property(steps, (all) => {
      for (const { after, nowMs } of play(all)) {
        const { promotion } = after;
        expect(isHeld(after, nowMs) && promotion?.done !== false).toBe(false);
        expect(isHeld(after, (promotion?.sinceMs ?? 0) + maxHeldMs)).toBe(false);
      }
    }),
  );
});

const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
const of = (primary: typeof a, epoch: number, promoting = false): Word => ({ primary, epoch, promoting, eligible: [] });

test('handed over: held from the selection, on the new one by its own word, and there when the Sentinels tell it at last', () => {
  let choice = afterWords(noChoice, [of(a, 1), of(a, 1), of(a, 1)], 0);
  choice = afterSelection(choice, b, a, 1000);
  expect([choice.primary, isHeld(choice, 1010)]).toEqual([a, true]);
  choice = afterWords(choice, [of(a, 1, true), of(a, 1)], 1050);
  expect([choice.primary, isHeld(choice, 1060)]).toEqual([a, true]);
  choice = afterRole(choice, b);
  expect([choice.primary, isHeld(choice, 1100)]).toEqual([b, false]);
  // Its word is missing once; the others know nothing of it yet.
  choice = afterWords(choice, [of(a, 1), of(a, 1)], 1500);
  expect(choice.primary).toBe(b);
  choice = afterWords(choice, [of(b, 2), of(a, 1)], 2100);
  expect(choice).toEqual({ primary: b, epoch: 2, promotion: undefined });
});

test('a failover that was given up before it was done lets the calls go; one that nobody knows of later is not believed for ever', () => {
  const selected = afterSelection(afterWords(noChoice, [of(a, 1)], 0), b, a, 1000);
  const givenUp = afterWords(selected, [of(a, 1)], 1400);
  expect(givenUp).toEqual({ primary: a, epoch: 1, promotion: undefined });
  const done = afterRole(selected, b);
  expect(afterWords(done, [of(a, 1)], 3900).primary).toBe(b);
  expect(afterWords(done, [of(a, 1)], 4100).primary).toBe(a);
});

test('a selection in the place of another primary, a role of another node, and a role without a selection change nothing', () => {
  const choice = afterWords(noChoice, [of(a, 1)], 0);
  expect(afterSelection(choice, b, c, 10)).toBe(choice);
  expect(afterSelection(choice, a, a, 10)).toBe(choice);
  expect(afterRole(choice, b)).toBe(choice);
  const selected = afterSelection(choice, b, a, 10);
  expect(afterRole(selected, c)).toBe(selected);
});

test('who may be promoted is told by more than half of the Sentinels, and whom one of them would take may be', () => {
  fc.assert(
    fc.property(words, fc.integer({ min: 1, max: 5 }), (some, sentinels) => {
      const eligible = eligibleOf(some, sentinels);
      expect(eligible === undefined).toBe(some.length * 2 <= sentinels);
      for (const { eligible: own } of some) for (const name of own) expect(eligible?.has(name) ?? true).toBe(true);
      for (const name of eligible ?? []) expect(some.some((one) => one.eligible.includes(name))).toBe(true);
    }),
  );
});
