import { Histogram, type HistogramSnapshot } from '@palier/base/histogram';
import {
  type GeneratorHealth,
  type LoadResult,
  type LoadSecond,
  loadErrorClasses,
  type RouteResult,
  type WindowResult,
} from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergeLoadResults, mergeLoadSeconds } from './merge.ts';
import { SecondMerger } from './seconds.ts';

const count = fc.nat(1000);
const histogram: fc.Arbitrary<HistogramSnapshot> = fc.array(fc.nat(2 ** 31), { maxLength: 5 }).map((values) => {
  const filled = new Histogram();
  for (const value of values) filled.record(value);
  return filled.snapshot();
});
const errors = fc.dictionary(fc.constantFrom(...loadErrorClasses), fc.integer({ min: 1, max: 9 }), {
  noNullPrototype: true,
});
const health: fc.Arbitrary<GeneratorHealth> = fc.record({
  lag: histogram,
  loopUtilisation: fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
  gcShare: fc.integer({ min: 0, max: 8 }).map((n) => n / 8),
  cpuCores: fc.nat(16),
  longestStallMs: count,
});
const route: fc.Arbitrary<RouteResult> = fc.record({
  requests: count,
  ended: count,
  endedWell: count,
  errors,
  examples: fc.dictionary(fc.constantFrom(...loadErrorClasses), fc.constantFrom('a', 'b'), { noNullPrototype: true }),
  response: histogram,
  service: histogram,
  sentBytes: count,
  receivedBytes: count,
  slowest: fc.option(fc.record({ responseMs: fc.nat(2), traceId: fc.option(fc.constantFrom('a', 'b')) })),
});
const window: fc.Arbitrary<WindowResult> = fc.record({
  window: fc.constant({ name: 'all', startMs: 0, endMs: 1000, judged: true }),
  total: route,
  routes: fc.dictionary(fc.constantFrom('GET /', 'GET /a'), route, { noNullPrototype: true }),
  generator: health,
  userMs: count,
  waitMs: count,
  thinkMs: count,
  sendsDue: count,
  sendsMade: count,
  exhausted: count,
  retried: count,
  failedStarts: count,
  arrivals: count,
  refusedArrivals: count,
  droppedMessages: count,
});
const result: fc.Arbitrary<LoadResult> = fc.record({
  startedAtEpochMs: count,
  durationMs: count,
  windows: fc.tuple(window, window),
  endedEarly: fc.constant(null),
});
const second: fc.Arbitrary<LoadSecond> = fc.record({
  atMs: fc.constant(1000),
  users: count,
  arrivals: count,
  refusedArrivals: count,
  inFlight: count,
  requests: count,
  errors,
  response: histogram,
  service: histogram,
  generator: health,
});

describe.each([
  ['mergeLoadResults', result, mergeLoadResults as (parts: readonly unknown[]) => unknown],
  ['mergeLoadSeconds', second, mergeLoadSeconds as (parts: readonly unknown[]) => unknown],
])('%s', (_, part: fc.Arbitrary<unknown>, merge) => {
  it('does not care in which order or in which groups', () => {
    fc.assert(
      fc.property(part, part, part, (a, b, c) => {
        const all = merge([a, b, c]);
        expect(merge([c, a, b])).toEqual(all);
        expect(merge([merge([a, b]), c])).toEqual(all);
      }),
    );
  });

  it('changes nothing of one', () => {
    fc.assert(
      fc.property(part, (one) => {
        expect(merge([one])).toEqual(one);
      }),
    );
  });
});

describe('mergeLoadResults', () => {
  it('loses no request, error, byte or recorded time', () => {
    fc.assert(
      fc.property(fc.array(result, { minLength: 1, maxLength: 4 }), (parts) => {
        const merged = mergeLoadResults(parts).windows[0] as WindowResult;
        const sum = (of: (window: WindowResult) => number): number =>
          parts.reduce((total, { windows }) => total + of(windows[0] as WindowResult), 0);
        expect(merged.total.requests).toBe(sum(({ total }) => total.requests));
        expect(merged.total.ended).toBe(sum(({ total }) => total.ended));
        expect(merged.total.endedWell).toBe(sum(({ total }) => total.endedWell));
        expect(merged.routes['GET /']?.ended ?? 0).toBe(sum(({ routes }) => routes['GET /']?.ended ?? 0));
        expect(merged.total.response.count).toBe(sum(({ total }) => total.response.count));
        expect(merged.total.response.sum).toBe(sum(({ total }) => total.response.sum));
        expect(merged.routes['GET /']?.requests ?? 0).toBe(sum(({ routes }) => routes['GET /']?.requests ?? 0));
        for (const kind of loadErrorClasses) {
          expect(merged.total.errors[kind] ?? 0).toBe(sum(({ total }) => total.errors[kind] ?? 0));
        }
        for (const key of [
          'userMs',
          'waitMs',
          'thinkMs',
          'sendsDue',
          'sendsMade',
          'exhausted',
          'retried',
          'failedStarts',
          'arrivals',
          'refusedArrivals',
        ] as const) {
          expect(merged[key]).toBe(sum((one) => one[key]));
        }
      }),
    );
  });

  it('lets the worst generator speak for all', () => {
    fc.assert(
      fc.property(result, result, (a, b) => {
        const of = ({ windows }: LoadResult): GeneratorHealth => (windows[0] as WindowResult).generator;
        const merged = of(mergeLoadResults([a, b]));
        for (const key of ['loopUtilisation', 'gcShare', 'longestStallMs'] as const) {
          expect(merged[key]).toBe(Math.max(of(a)[key], of(b)[key]));
        }
      }),
    );
  });
});

describe('SecondMerger', () => {
  it('tells each second once, in order, when everybody has told it or is done', () => {
    const order = fc.array(fc.nat(2), { maxLength: 60 });
    fc.assert(
      fc.property(order, second, (turns, like) => {
        const told: LoadSecond[] = [];
        const merger = new SecondMerger(3, (one) => told.push(one));
        const reached = [0, 0, 0];
        for (const generator of turns) {
          reached[generator]! += 1;
          merger.add(generator, { ...like, atMs: reached[generator]! * 1000, requests: 1 });
          expect(told.length).toBe(Math.min(...reached));
        }
        for (const generator of [0, 1, 2]) merger.done(generator);
        expect(told.map(({ atMs }) => atMs)).toEqual(
          Array.from({ length: Math.max(...reached) }, (_, i) => (i + 1) * 1000),
        );
        expect(told.reduce((sum, { requests }) => sum + requests, 0)).toBe(turns.length);
      }),
    );
  });
});
