import { Histogram } from '@palier/base/histogram';
import type { GeneratorPlan, PlannedArrivals, Stage } from '@palier/protocol';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, it } from 'vitest';
import { mergeLoadResults } from './merge.ts';
import { planOf, stepOf } from './testing/plan.ts';
import { play } from './testing/play.ts';
import { ok, status } from './testing/server.ts';

const even = (maxConcurrent: number): PlannedArrivals => ({ spacing: 'even', maxConcurrent, recordedMs: null });
const hold = (rate: number, durationMs: number): Stage[] => [
  { kind: 'ramp', fromLevel: 0, toLevel: rate, durationMs: 0 },
  { kind: 'hold', fromLevel: rate, toLevel: rate, durationMs },
];
const openPlan = (rate: number, ms: number, most: number, change: Partial<GeneratorPlan> = {}): GeneratorPlan =>
  planOf({ arrivals: even(most), stages: hold(rate, ms), ...change });

describe('a run of an open model', () => {
  it('begins a task at each arrival, however long the earlier ones take', () => {
    const { all, server, seconds } = play(openPlan(10, 2000, 50), { answer: () => ok(1500), connectMs: 1 });
    expect(server.asked.slice(0, 4).map(({ atMs }) => atMs)).toEqual([1, 101, 201, 301]);
    expect(all).toMatchObject({ arrivals: 20, refusedArrivals: 0, sendsDue: 20, sendsMade: 20 });
    expect(all.total).toMatchObject({ requests: 20, errors: {} });
    expect(seconds.slice(0, 2).map(({ arrivals, users }) => [arrivals, users])).toEqual([
      [10, 10],
      [10, 15],
    ]);
  });

  it('refuses an arrival that finds as many tasks under way as may be, and counts it where it was due', () => {
    // Each place is taken for 100 ms: 5 places begin at most 50 tasks a second, of 100 that arrive.
    const windows = [
      { name: 'first', startMs: 0, endMs: 2000, judged: false },
      { name: 'second', startMs: 2000, endMs: 10_000, judged: true },
    ];
    const { result, server, seconds } = play(openPlan(100, 10_000, 5, { windows }), { answer: () => ok(100) });
    expect(result.windows.map(({ arrivals }) => arrivals)).toEqual([200, 800]);
    expect(result.windows.map(({ refusedArrivals }) => refusedArrivals)).toEqual([100, 400]);
    expect(server.asked).toHaveLength(500);
    const taken = seconds.map(({ arrivals, refusedArrivals }) => arrivals - refusedArrivals);
    expect(taken.slice(0, 10)).toEqual(Array(10).fill(50));
    expect(Math.max(...seconds.map(({ inFlight }) => inFlight))).toBe(5);
  });

  it('lets who has been free longest play next, on the connection that it has', () => {
    const { server } = play(openPlan(10, 2000, 50), { answer: () => ok(250), connectMs: 0 });
    expect(new Set(server.dialled).size).toBe(3);
    const order = server.asked.map(({ connection }) => connection);
    expect(order.slice(0, 9)).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });

  it('logs a new user in before its first task, and nobody twice', () => {
    const start = [stepOf({ path: '/login' })];
    const tasks = [{ name: 'look', weight: 100, steps: [stepOf({ path: '/look' })] }];
    const { server, all } = play(openPlan(10, 2000, 50, { start, tasks }), { answer: () => ok(60) });
    const paths = server.asked.map(({ path }) => path);
    expect(paths.filter((path) => path === '/login')).toHaveLength(new Set(server.dialled).size);
    expect(paths.filter((path) => path === '/look')).toHaveLength(20);
    expect(all.arrivals).toBe(20);
  });

  it('sends somebody new after a failed start, when the next task arrives', () => {
    const start = [stepOf({ path: '/login' })];
    const { server, all } = play(openPlan(10, 1000, 1, { start }), { answer: () => status(503, 10) });
    expect(server.asked.map(({ path }) => path)).toEqual(Array(10).fill('/login'));
    expect(new Set(server.dialled).size).toBe(10);
    expect(all).toMatchObject({ failedStarts: 10, refusedArrivals: 0 });
  });

  it("holds Little's law: the tasks at once are what was waited for", () => {
    const steps = [stepOf({ path: '/a' }), stepOf({ path: '/b' })];
    const tasks = [{ name: 'two', weight: 100, steps }];
    const { all } = play(openPlan(50, 10_000, 100, { tasks }), { answer: () => ok(150) });
    // 50 tasks a second of 300 ms: 15 at once.
    expect(all.userMs / 10_000).toBeCloseTo(15, 0);
    expect(all.waitMs).toBeCloseTo(all.userMs, 3);
    expect(all.thinkMs).toBe(0);
  });

  it('counts the response time from the arrival, though the generator was late', () => {
    const time = virtualTime();
    let stoodStillMs = 0;
    const clock = { ...time.clock, monotonicMs: () => time.clock.monotonicMs() + stoodStillMs };
    const at = { ms: 1050, act: () => void (stoodStillMs = 300) };
    const { all } = play(openPlan(10, 3000, 50), { answer: () => ok(10), at }, { ...time, clock });
    expect(all).toMatchObject({ arrivals: 30, refusedArrivals: 0 });
    // Due at 1100 and sent at 1350.
    expect(Histogram.from(all.total.response).max).toBeGreaterThanOrEqual(240_000);
    expect(Histogram.from(all.total.service).max).toBeLessThan(20_000);
  });

  it('plays recorded arrivals when they were', () => {
    const arrivals = { ...even(10), recordedMs: [0, 5, 5, 900] };
    const plan = planOf({ arrivals, stages: hold(4, 1000).slice(1) });
    const { server } = play(plan, { answer: () => ok(1), connectMs: 0 });
    const moments = server.asked.map(({ atMs }) => atMs);
    expect(moments).toHaveLength(4);
    // A connection of the fake server takes up to a millisecond.
    for (const [i, due] of [0, 5, 5, 900].entries()) {
      expect(moments[i]).toBeGreaterThanOrEqual(due);
      expect(moments[i]).toBeLessThanOrEqual(due + 1);
    }
  });

  it('played in shares makes the same arrivals as alone, with as many tasks at once', () => {
    const plan = openPlan(100, 3000, 7);
    const whole = play(plan, { answer: () => ok(100) });
    const shares = [0, 1].map((index) => play({ ...plan, share: { index, of: 2 } }, { answer: () => ok(100) }));
    const merged = mergeLoadResults(shares.map(({ result }) => result)).windows[0];
    expect(merged?.arrivals).toBe(whole.all.arrivals);
    // 7 places of 100 ms begin 70 tasks a second.
    expect(whole.all.refusedArrivals).toBe(90);
    expect(merged?.refusedArrivals).toBe(90);
    const [first, second] = shares.map(({ server }) => new Set(server.asked.map((one) => one.localAddress)));
    for (const address of first ?? []) expect(second?.has(address)).toBe(false);
  });

  it('ends at once when it is stopped, who is free too', () => {
    const at = { ms: 1250, act: (run: { stop(why: string): void }) => run.stop('stopped') };
    const { result, all } = play(openPlan(10, 60_000, 50), { answer: () => ok(30), at });
    expect(result).toMatchObject({ endedEarly: 'stopped', durationMs: 1250 });
    expect(all.arrivals).toBe(13);
    // The first of them waited for its connections, too.
    expect(Math.abs(all.userMs - 13 * 30)).toBeLessThan(5);
  });
});
