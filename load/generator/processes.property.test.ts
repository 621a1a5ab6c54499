import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generatorLimits } from './options.ts';
import { generatorCount, plannedRequestsPerSecond } from './processes.ts';

type Load = Parameters<typeof generatorCount>[0];
const step = { request: 'GET /' };

function load(level: number, change: Partial<Load> = {}): Load {
  return {
    stages: [{ kind: 'hold', fromLevel: level, toLevel: level, durationMs: 1000 }],
    arrivals: null,
    thinkMs: { min: 1000, max: 3000 },
    tasks: [{ name: 'look', weight: 100, steps: [step] }],
    ...change,
  };
}
const open = (level: number, maxConcurrent: number): Load =>
  load(level, { arrivals: { spacing: 'poisson', maxConcurrent, recorded: null }, thinkMs: { min: 0, max: 0 } });

const level = fc.integer({ min: 0, max: 500_000 });
const cores = fc.integer({ min: 1, max: 96 });
const loads = fc.oneof(
  level.map((users) => load(users)),
  fc.tuple(level, fc.integer({ min: 1, max: 100_000 })).map(([rate, most]) => open(rate, most)),
);
const atOnce = ({ arrivals, stages }: Load): number => arrivals?.maxConcurrent ?? (stages[0]?.toLevel as number);

describe('generatorCount()', () => {
  test('is a whole number, at least 1, never more than play at once or than there may be', () => {
    fc.assert(
      fc.property(loads, cores, fc.option(fc.integer({ min: 1, max: 64 }), { nil: undefined }), (one, of, asked) => {
        const { count } = generatorCount(one, { asked, cores: of });
        expect(Number.isInteger(count)).toBe(true);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(Math.max(1, Math.min(atOnce(one), generatorLimits.maxProcesses)));
      }),
    );
  });

  test('takes no more than the cores unless it is told to, and never more than it is told', () => {
    fc.assert(
      fc.property(loads, cores, fc.integer({ min: 1, max: 64 }), (one, of, asked) => {
        expect(generatorCount(one, { cores: of }).count).toBeLessThanOrEqual(of);
        expect(generatorCount(one, { asked, cores: of }).count).toBeLessThanOrEqual(asked);
      }),
    );
  });

  test('does not fall when the load or the cores grow', () => {
    fc.assert(
      fc.property(level, level, cores, cores, fc.boolean(), (a, b, c, d, isOpen) => {
        const at = (one: number, of: number): number =>
          generatorCount(isOpen ? open(one, 1000) : load(one), { cores: of }).count;
        expect(at(Math.min(a, b), Math.min(c, d))).toBeLessThanOrEqual(at(Math.max(a, b), Math.max(c, d)));
      }),
    );
  });

  test('leaves no process more than it can send, or says that cores are too few', () => {
    fc.assert(
      fc.property(loads, cores, (one, of) => {
        const { count, remark } = generatorCount(one, { cores: of });
        const each = (plannedRequestsPerSecond(one) ?? 0) / count;
        const enough =
          each <= generatorLimits.requestsPerProcess && atOnce(one) / count <= generatorLimits.usersPerProcess;
        expect(enough || remark !== null || count === Math.min(atOnce(one), generatorLimits.maxProcesses)).toBe(true);
      }),
    );
  });

  test('says whenever it gives another number than was asked for', () => {
    fc.assert(
      fc.property(loads, cores, fc.integer({ min: 1, max: 64 }), (one, of, asked) => {
        const { count, remark } = generatorCount(one, { asked, cores: of });
        expect(remark === null).toBe(count === asked && asked <= of);
      }),
    );
  });

  test.each([
    ['200 arrivals/s', open(200, 1000), 8, 1],
    ['50 000 arrivals/s', open(50_000, 5000), 8, 3],
    ['50 000 arrivals/s of which two may be under way', open(50_000, 2), 8, 2],
    ['50 000 arrivals/s on two cores', open(50_000, 5000), 2, 2],
    ['1000 users who think', load(1000), 8, 1],
    ['30 000 users who think', load(30_000), 8, 3],
    ['1000 users who do not think: only the answers tell', load(1000, { thinkMs: { min: 0, max: 0 } }), 8, 1],
  ])('%s', (_, one, of, wanted) => {
    expect(generatorCount(one, { cores: of }).count).toBe(wanted);
  });
});

describe('plannedRequestsPerSecond()', () => {
  test('counts the steps of each task by its weight', () => {
    const tasks = [
      { name: 'one', weight: 75, steps: [step] },
      { name: 'five', weight: 25, steps: Array.from({ length: 5 }, () => step) },
    ];
    expect(plannedRequestsPerSecond({ ...open(100, 10), tasks })).toBe(200);
    expect(plannedRequestsPerSecond({ ...load(100), tasks })).toBe(100);
  });
});
