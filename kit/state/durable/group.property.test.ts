import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confirmedBy, divided, divideMissing, type Follower, nextQuestion } from './group.ts';

const write = fc.record({ replicas: fc.integer({ min: 1, max: 5 }), deadlineMs: fc.nat(1000) });
const writes = fc.array(write, { maxLength: 20 });

test('a question is for the fewest replicas that anybody still waits for, and never waits for ever or beyond a slice', () => {
  fc.assert(
    fc.property(writes, fc.nat(1000), fc.integer({ min: 1, max: 500 }), (open, nowMs, sliceMs) => {
      const question = nextQuestion(open, nowMs, sliceMs);
      const waiting = open.filter(({ deadlineMs }) => deadlineMs > nowMs);
      const fewest = waiting.map(({ replicas }) => replicas).toSorted((a, b) => a - b)[0];
      expect(question?.replicas).toBe(fewest);
      const last = Math.max(...waiting.map(({ deadlineMs }) => deadlineMs));
      expect(question?.timeoutMs ?? 1).toBeGreaterThanOrEqual(1);
      expect(question?.timeoutMs ?? 0).toBeLessThanOrEqual(Math.max(0, Math.min(sliceMs, last - nowMs)));
    }),
  );
});

test('an answer lets go exactly those who asked for no more copies than there are', () => {
  fc.assert(
    fc.property(writes, fc.nat(6), (open, copies) => {
      const { kept, left } = divided(open, copies);
      expect(kept.every(({ replicas }) => replicas <= copies) && left.every(({ replicas }) => replicas > copies)).toBe(
        true,
      );
      expect(new Set([...kept, ...left])).toEqual(new Set(open));
      expect(kept.length + left.length).toBe(open.length);
    }),
  );
});

/** Replicas with what each confirmed when `WAIT` counted, and by how much each is farther when the primary is asked for all of them. */
const replicas = fc.uniqueArray(
  fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), at: fc.nat(20), on: fc.nat(5) }),
  { selector: ({ name }) => name },
);
const names = fc.uniqueArray(fc.constantFrom<string>('a', 'b', 'c', 'd', 'e'));

test('whom an answer of WAIT counted is named, and nobody who may not have it', () => {
  fc.assert(
    fc.property(replicas, fc.nat(20), names, (all, written, seenNames) => {
      const counted = all.filter(({ at }) => at >= written);
      const after: Follower[] = all.map(({ name, at, on }) => ({ name, offset: at + on }));
      const seen = seenNames.map((name) => ({ name, offset: 0 }));
      const named = confirmedBy(seen, counted.length, after);
      expect(after.every(({ name, offset }) => !named.has(name) || offset >= written)).toBe(true);
      const isWhole = seenNames.every((name) => all.some((one) => one.name === name));
      const isNobody = !isWhole || counted.length === 0;
      expect(isNobody ? named.size === 0 : named.size >= counted.length).toBe(true);
    }),
  );
});

test('who is missing is awaited unless all agree that he cannot be promoted', () => {
  fc.assert(
    fc.property(names, names, fc.option(names, { nil: undefined }), (known, confirmed, eligible) => {
      const may = eligible === undefined ? undefined : new Set(eligible);
      const { awaited, away } = divideMissing(new Set(known), new Set(confirmed), may);
      expect([...awaited, ...away].toSorted()).toEqual(known.filter((name) => !confirmed.includes(name)).toSorted());
      expect(away.some((name) => eligible === undefined || eligible.includes(name))).toBe(false);
      expect(awaited.every((name) => eligible?.includes(name) ?? true)).toBe(true);
    }),
  );
});
