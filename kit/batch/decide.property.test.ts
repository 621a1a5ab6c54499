import { PalierError } from '@palier/base/error';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Failed,
  type Next,
  nextOf,
  patienceWrites,
  remedyFor,
  type Standing,
  statementsUntilSure,
  worthRows,
} from './decide.ts';

type Limits = Parameters<typeof nextOf>[1];
const limits: fc.Arbitrary<Limits> = fc.record({
  maxRows: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 2000 })),
  maxBytes: fc.integer({ min: 1, max: 5000 }),
  inFlight: fc.integer({ min: 1, max: 4 }),
  overtakeMs: fc.integer({ min: 0, max: 100 }),
  lingerMs: fc.integer({ min: 0, max: 100 }),
});
const facts = {
  rows: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 5000 })),
  bytes: fc.integer({ min: 0, max: 10_000 }),
  oldestMs: fc.oneof(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: 880, max: 1000 })),
  flights: fc.integer({ min: 0, max: 4 }),
  flyingRows: fc.integer({ min: 1, max: 100 }),
  writeMs: fc.oneof(fc.constant(0), fc.double({ min: 0.1, max: 30, noNaN: true })),
  returned: fc.integer({ min: 0, max: 2 }),
  pausedUntilMs: fc.integer({ min: 0, max: 1200 }),
  hurried: fc.boolean(),
  rowsPerMs: fc.float({ min: 0, max: 100, noNaN: true }),
};
const some = {
  rows: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 5000 })),
  flights: fc.constant(0),
};
const nowMs = 1000;

/** A standing of which `holds` is not true; null: none was found. */
function counterexample(
  holds: (s: Standing, l: Limits, next: Next) => boolean,
  given: Partial<typeof facts> = {},
): unknown {
  const standing = fc.record({ ...facts, ...given });
  return fc.check(
    fc.property(standing, limits, (s, l) => holds(s, l, nextOf(s, l, nowMs))),
    { numRuns: 1000 },
  ).counterexample;
}

test('nothing is sent without rows, in a pause, or with as many writes under way as may be', () => {
  expect(
    counterexample((s, l, next) => {
      const barred = (s.rows === 0 && s.returned === 0) || s.pausedUntilMs > nowMs || s.flights >= l.inFlight;
      return !barred || next.kind === 'wait';
    }),
  ).toBeNull();
});

test('what waits with nothing under way is sent in this moment, unless rows linger or the database is left alone, and then by a stated time', () => {
  expect(
    counterexample((s, l, next) => {
      if (next.kind === 'send') return true;
      const latestMs = Math.max(s.pausedUntilMs, s.oldestMs + l.lingerMs);
      const stated = next.untilMs !== null && next.untilMs > nowMs && next.untilMs <= latestMs;
      return stated && (l.lingerMs > 0 || s.pausedUntilMs > nowMs);
    }, some),
  ).toBeNull();
});

test('rows linger only when as many again are expected, nobody hurries, and there are not enough for a write of their own', () => {
  expect(
    counterexample(
      (s, l, next) =>
        next.kind === 'send' ||
        (!s.hurried &&
          s.rows < Math.min(l.maxRows, worthRows) &&
          s.rowsPerMs * (s.oldestMs + l.lingerMs - nowMs) >= s.rows),
      { ...some, returned: fc.constant(0), pausedUntilMs: fc.constant(0) },
    ),
  ).toBeNull();
});

const beside = { flights: fc.integer({ min: 1, max: 4 }) };

test('beside writes under way only one of enough rows is sent, one that failed, one of more rows than they have, or one whose rows have waited for four usual writes or overtakeMs', () => {
  expect(
    counterexample((s, l, next) => {
      const full = s.rows >= Math.min(l.maxRows, worthRows) || s.bytes >= l.maxBytes;
      const larger = s.rows > s.flyingRows;
      const usualMs = s.writeMs === 0 ? l.overtakeMs : patienceWrites * s.writeMs;
      const waited = nowMs - s.oldestMs >= usualMs - 1e-6 || nowMs - s.oldestMs >= l.overtakeMs;
      return next.kind === 'wait' || full || s.returned > 0 || larger || waited;
    }, beside),
  ).toBeNull();
});

test('many rows are shared by the writes that may be under way: none larger than it may be, none small beside another, and none left over', () => {
  expect(
    counterexample(
      (s, l, next) => {
        if (next.kind === 'wait') return true;
        const free = l.inFlight - s.flights;
        const all = s.rows <= free * next.maxRows || next.maxRows === l.maxRows;
        const even = next.maxRows <= Math.max(worthRows, Math.ceil(s.rows / free));
        return all && even && next.maxRows <= l.maxRows && next.maxRows >= Math.min(l.maxRows, worthRows);
      },
      { flights: fc.integer({ min: 0, max: 3 }) },
    ),
  ).toBeNull();
});

test('beside writes under way rows wait by no more than overtakeMs, and by a stated time, while one more write may begin', () => {
  expect(
    counterexample(
      (s, l, next) =>
        s.flights >= l.inFlight ||
        next.kind === 'send' ||
        (next.untilMs !== null && next.untilMs > nowMs && next.untilMs <= s.oldestMs + l.overtakeMs),
      { ...beside, rows: fc.integer({ min: 1, max: 9 }), bytes: fc.constant(0), pausedUntilMs: fc.constant(0) },
    ),
  ).toBeNull();
});

test('at the time that is named something is sent, if nothing else changes, or one more time is named', () => {
  expect(
    counterexample((s, l, first) => {
      if (first.kind === 'send' || first.untilMs === null) return true;
      const second = nextOf(s, l, first.untilMs);
      if (second.kind === 'send' || second.untilMs === null) return true;
      return second.untilMs > first.untilMs && nextOf(s, l, second.untilMs).kind === 'send';
    }),
  ).toBeNull();
});

const error = (code: string, retry: 'never' | 'later' | 'now') =>
  new PalierError(code, { message: '', hint: '', retry }, {});
const failed: fc.Arbitrary<Failed> = fc.record({
  error: fc.oneof(
    fc.constant(new Error('no error of the catalogue')),
    fc
      .tuple(
        fc.constantFrom(
          'PALIER_SQL_VALUE',
          'PALIER_SQL_STATEMENT',
          'PALIER_STATE_LATE',
          'PALIER_STATE_LOST',
          'PALIER_STATE_CLOSED',
        ),
        fc.constantFrom<'never' | 'later' | 'now'>('never', 'later', 'now'),
      )
      .map(([code, retry]) => error(code, retry)),
  ),
  rows: fc.integer({ min: 1, max: 2000 }),
  statementsRefused: fc.integer({ min: 0, max: 5 }),
});

test('only what never can succeed is refused, and only alone, or when it is the table; all else is tried again', () => {
  const holds = (f: Failed): boolean => {
    const remedy = remedyFor(f);
    const { code, retry } = f.error instanceof PalierError ? f.error : { code: '', retry: 'never' };
    const isTable = code === 'PALIER_SQL_STATEMENT' && f.statementsRefused >= statementsUntilSure;
    switch (remedy.kind) {
      case 'end':
        return code === 'PALIER_STATE_CLOSED';
      case 'refuse':
        return retry === 'never' && (f.rows === 1 || isTable);
      case 'halve':
        return f.rows > 1 && remedy.pause === (retry !== 'never');
      case 'again':
        return retry !== 'never';
    }
  };
  expect(fc.check(fc.property(failed, holds), { numRuns: 1000 }).counterexample).toBeNull();
});
