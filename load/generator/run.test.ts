import { Histogram } from '@palier/base/histogram';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, it } from 'vitest';
import { crowd, planOf, stepOf } from './testing/plan.ts';
import { play } from './testing/play.ts';
import { ok, status } from './testing/server.ts';

const look = stepOf();
const login = stepOf({ method: 'POST', path: '/login', take: { token: 'token' } });
const own = stepOf({ path: '/own', headers: { authorization: 'Bearer {{token}}' } });
const oneTask = (...steps: (typeof look)[]) => [{ name: 'only', weight: 100, steps }];

describe('a run', () => {
  it('asks, waits and thinks: one user with a pause of 900 ms and an answer after 100 ms makes one request a second', () => {
    const plan = planOf({ thinkMs: { min: 900, max: 900 }, stages: crowd(1, 10_000) });
    const { all, seconds, server } = play(plan, { answer: () => ok(100), connectMs: 1 });
    expect(server.asked.map(({ atMs }) => atMs).slice(0, 3)).toEqual([1, 1001, 2001]);
    expect(all.total.requests).toBe(10);
    expect(all.total.errors).toEqual({});
    expect(all.sendsDue).toBe(10);
    expect(all.sendsMade).toBe(10);
    expect(seconds.map(({ requests }) => requests)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('counts the connecting in the response time, not in the service time', () => {
    const { all } = play(planOf({ thinkMs: { min: 10_000, max: 10_000 } }), { answer: () => ok(100), connectMs: 40 });
    expect(Histogram.from(all.total.response).max).toBe(140_000);
    expect(Histogram.from(all.total.service).max).toBe(100_000);
  });

  it("holds Little's law: presence is waiting plus thinking", () => {
    const plan = planOf({ thinkMs: { min: 200, max: 800 }, stages: crowd(50, 20_000) });
    const { all } = play(plan, { answer: () => ok(100) });
    expect(all.userMs).toBeCloseTo(50 * 20_000, 3);
    expect(all.waitMs + all.thinkMs).toBeCloseTo(all.userMs, 3);
  });

  it('counts a request that is still waited for when a judged window begins in that window, and a finished one where it was due', () => {
    const windows = [
      { name: 'warm-up', startMs: 0, endMs: 2000, judged: false },
      { name: 'hold', startMs: 2000, endMs: 6000, judged: true },
    ];
    const stages = crowd(1, 6000);
    const plan = planOf({ windows, stages, thinkMs: { min: 10_000, max: 10_000 }, requestTimeoutMs: 3000 });
    const hanging = play(plan, { answer: () => [] }).result.windows;
    expect(hanging.map(({ total }) => total.errors.timeout ?? 0)).toEqual([0, 1]);
    const quick = play(plan, { answer: () => ok(100) }).result.windows;
    expect(quick.map(({ total }) => total.requests)).toEqual([1, 0]);
  });

  it('counts a request that is due in an early part of a hold where it ends, and never in the next hold', () => {
    const part = (startMs: number, endMs: number, early: boolean) => ({
      name: `from ${startMs}`,
      startMs,
      endMs,
      judged: true,
      ...(early ? { early } : {}),
    });
    const windows = [part(0, 1000, true), part(1000, 2000, true), part(2000, 4000, false), part(4000, 6000, true)];
    const plan = planOf({ windows, stages: crowd(1, 6000), thinkMs: { min: 10_000, max: 10_000 } });
    const countsAfter = (ms: number): readonly number[] =>
      play(plan, { answer: () => ok(ms) }).result.windows.map(({ total }) => total.requests);
    expect(countsAfter(100)).toEqual([1, 0, 0, 0]);
    expect(countsAfter(1500)).toEqual([0, 1, 0, 0]);
    expect(countsAfter(2500)).toEqual([0, 0, 1, 0]);
    expect(countsAfter(4500)).toEqual([0, 0, 1, 0]);
  });

  it('logs in once, then uses what the login gave', () => {
    const plan = planOf({ start: [login], tasks: oneTask(own), thinkMs: { min: 1000, max: 1000 } });
    const { server, all } = play(plan, {
      answer: ({ path }) => ok(10, path === '/login' ? '{"token":"t0"}' : 'ok'),
    });
    expect(server.asked.filter(({ path }) => path === '/login')).toHaveLength(1);
    const others = server.asked.filter(({ path }) => path === '/own');
    expect(others.length).toBeGreaterThan(5);
    for (const { headers } of others) expect(headers['authorization']).toBe('Bearer t0');
    expect(all.failedStarts).toBe(0);
  });

  it('lets another person try after at least a second when a login fails, from an address of its own', () => {
    const plan = planOf({ start: [login], tasks: oneTask(own), stages: crowd(2, 3500) });
    const { server, all } = play(plan, { answer: () => status(503, 10) });
    expect(server.asked).toHaveLength(2 * 4);
    expect(server.asked.filter(({ path }) => path === '/own')).toHaveLength(0);
    expect(new Set(server.dialled).size).toBe(8);
    expect(all.failedStarts).toBe(8);
    expect(all.total.errors).toEqual({ '5xx': 8 });
    expect(all.total.examples['5xx']).toMatch(/^503 Service Unavailable \(trace [0-9a-f]{32}\)$/);
  });

  it('ends a task at its failed step', () => {
    const tasks = oneTask(stepOf({ path: '/a' }), stepOf({ path: '/b' }));
    const plan = planOf({ tasks, thinkMs: { min: 1000, max: 1000 }, stages: crowd(1, 2500) });
    const { server } = play(plan, { answer: ({ path }) => status(path === '/a' ? 404 : 200) });
    expect(server.asked.map(({ path }) => path)).toEqual(['/a', '/a', '/a']);
  });

  it('counts a step that lacks a value without sending it, and does not spin', () => {
    const { all, server } = play(planOf({ tasks: oneTask(own), stages: crowd(1, 1050) }), { answer: () => ok(1) });
    expect(server.asked).toHaveLength(0);
    expect(all.total.errors).toEqual({ 'missing-value': 11 });
    expect(all.total.examples['missing-value']).toBe('{{token}} is not known: no answer before gave it');
    expect(all.total.response.count).toBe(0);
  });

  it('counts what a check objects to, with an example', () => {
    const step = stepOf({ check: { status: [200], contains: null, json: { 'user.id': 7 } } });
    const plan = planOf({ tasks: oneTask(step), thinkMs: { min: 1000, max: 1000 } });
    const { all } = play(plan, { answer: () => ok(1, '{"user":{"id":8}}') });
    expect(all.total.errors).toEqual({ check: 10 });
    expect(all.total.examples.check).toMatch(/^user.id is 8; expected 7 \(trace /);
  });

  it('counts a timeout with the time that was waited, and goes on with a new connection', () => {
    const plan = planOf({ requestTimeoutMs: 2000, thinkMs: { min: 1000, max: 1000 }, stages: crowd(1, 5000) });
    const { all, server } = play(plan, { answer: ({ connection }) => (connection === 0 ? [] : ok(5)) });
    expect(all.total.errors).toEqual({ timeout: 1 });
    expect(all.total.examples.timeout).toMatch(/^no answer within 2 s \(trace /);
    expect(Histogram.from(all.total.response).max).toBeGreaterThanOrEqual(2_000_000);
    expect(server.dialled.length).toBe(2);
  });

  it('waits at the end for requests in hand, at most the request timeout', () => {
    const slow = play(planOf({ stages: crowd(3, 1000) }), { answer: () => ok(4000) });
    expect(slow.all.total).toMatchObject({ requests: 3, errors: {} });
    const dead = play(planOf({ stages: crowd(3, 1000) }), { answer: () => [] });
    expect(dead.all.total).toMatchObject({ requests: 3, errors: { timeout: 3 } });
    expect(dead.result.durationMs).toBe(1000);
    expect(dead.seconds.at(-1)?.atMs).toBe(6000);
  });

  it('tells refused connections from a machine without descriptors', () => {
    const plan = planOf({ stages: crowd(1, 1000), thinkMs: { min: 500, max: 500 } });
    const refused = play(plan, { answer: () => ok(1), refuse: () => 'ECONNREFUSED' });
    expect(refused.all.total.errors).toEqual({ connect: 2 });
    expect(refused.all.exhausted).toBe(0);
    const out = play(plan, { answer: () => ok(1), refuse: () => 'EMFILE' });
    expect(out.all.total.requests).toBe(0);
    expect(out.all).toMatchObject({ exhausted: 2, sendsDue: 2, sendsMade: 0 });
  });

  it('lets a leaving user finish its request, not its task', () => {
    const stages = [...crowd(1, 1050), { kind: 'ramp' as const, fromLevel: 1, toLevel: 0, durationMs: 0 }];
    const rest = { kind: 'hold' as const, fromLevel: 0, toLevel: 0, durationMs: 1000 };
    const tasks = oneTask(stepOf({ path: '/a' }), stepOf({ path: '/b' }));
    const { all, server } = play(planOf({ stages: [...stages, rest], tasks }), { answer: () => ok(500) });
    expect(server.asked.map(({ path }) => path)).toEqual(['/a', '/b', '/a']);
    expect(all.total).toMatchObject({ requests: 3, errors: {} });
  });

  it('ends at once when it is stopped; the result covers what was done', () => {
    const { result, all, seconds } = play(planOf({ stages: crowd(5, 60_000) }), {
      answer: () => ok(100),
      at: { ms: 2550, act: (run) => run.stop('stopped') },
    });
    expect(result.endedEarly).toBe('stopped');
    expect(result.durationMs).toBe(2550);
    expect(all.total.requests).toBe(5 * 25);
    expect(seconds.reduce((sum, second) => sum + second.requests, 0)).toBe(all.total.requests);
  });

  it('shows a loop that did not turn as its longest stall and as lag', () => {
    const plan = planOf({ thinkMs: { min: 100, max: 100 }, stages: crowd(1, 3000) });
    const time = virtualTime();
    let stoodStillMs = 0;
    const clock = { ...time.clock, monotonicMs: () => time.clock.monotonicMs() + stoodStillMs };
    const at = { ms: 1050, act: () => void (stoodStillMs = 300) };
    const { all } = play(plan, { answer: () => ok(10), at }, { ...time, clock });
    expect(all.generator.longestStallMs).toBeGreaterThanOrEqual(290);
    expect(Histogram.from(all.generator.lag).max).toBeGreaterThanOrEqual(190_000);
  });

  it('lets the first user come at once and the last one leave at the end', () => {
    const ramp = { kind: 'ramp' as const, fromLevel: 0, toLevel: 4, durationMs: 400 };
    const out = { kind: 'ramp' as const, fromLevel: 4, toLevel: 0, durationMs: 400 };
    const plan = planOf({ stages: [ramp, out], thinkMs: { min: 10_000, max: 10_000 } });
    const { all, server } = play(plan, { answer: () => ok(1), connectMs: 1 });
    expect(server.asked.map(({ atMs }) => atMs)).toEqual([1, 101, 201, 301]);
    // Came at 0, 100, 200, 300; left the last first at 500, 600, 700, 800.
    expect(all.userMs).toBeCloseTo(800 + 600 + 400 + 200, 3);
    // Those who left while they paused owed nothing.
    expect(all.sendsDue).toBe(4);
  });

  it('tells each second, also when nothing happens', () => {
    const plan = planOf({ stages: crowd(1, 5000), thinkMs: { min: 60_000, max: 60_000 } });
    const { seconds } = play(plan, { answer: () => ok(1), at: { ms: 3100, act: () => {} } });
    expect(seconds.map(({ atMs, users, requests }) => [atMs, users, requests])).toEqual(
      [1000, 2000, 3000, 4000, 5000].map((atMs) => [atMs, 1, atMs === 1000 ? 1 : 0]),
    );
  });

  it('does not count a send of somebody who had left as one that was never made', () => {
    const out = { kind: 'ramp' as const, fromLevel: 10, toLevel: 0, durationMs: 0 };
    const empty = { kind: 'hold' as const, fromLevel: 0, toLevel: 0, durationMs: 600 };
    const plan = planOf({ stages: [...crowd(10, 500), out, empty], thinkMs: { min: 1000, max: 1000 } });
    // The loop stands still from before their next sends until after the end.
    const time = virtualTime();
    let stoodStillMs = 0;
    const clock = { ...time.clock, monotonicMs: () => time.clock.monotonicMs() + stoodStillMs };
    const at = { ms: 600, act: () => void (stoodStillMs = 1000) };
    const { all } = play(plan, { answer: () => ok(1), at }, { ...time, clock });
    expect(all).toMatchObject({ sendsDue: 10, sendsMade: 10 });
  });

  it('adds up the bytes that went out and came in', () => {
    const { all, server } = play(planOf({ thinkMs: { min: 999, max: 999 }, stages: crowd(1, 5000) }), {
      answer: () => ok(1, 'x'.repeat(100)),
    });
    const sent =
      'GET / HTTP/1.1\r\nhost: shop:80\r\nuser-agent: palier\r\naccept: */*\r\n'.length +
      'traceparent: \r\n\r\n'.length +
      55;
    const received = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n'.length + 100;
    expect(all.total.sentBytes).toBe(server.asked.length * sent);
    expect(all.total.receivedBytes).toBe(server.asked.length * received);
  });

  it('names the trace of the slowest request and of each failed example, as the server saw them', () => {
    const slow = stepOf({ path: '/slow' });
    const { all, server } = play(planOf({ tasks: oneTask(look, slow), thinkMs: { min: 500, max: 500 } }), {
      answer: ({ path, nth }) => (path === '/' ? status(500) : ok(nth === 3 ? 90 : 5)),
      connectMs: 0,
    });
    const traces = server.asked.map(({ headers }) => headers['traceparent'] as string);
    expect(new Set(traces).size).toBe(traces.length);
    const failed = /\(trace ([0-9a-f]{32})\)$/.exec(all.total.examples['5xx'] as string)?.[1];
    expect(failed).toBe(traces[0]?.slice(3, 35));
    expect(all.total.slowest?.responseMs).toBe(Histogram.from(all.total.response).max / 1000);
    expect(traces.map((trace) => trace.slice(3, 35))).toContain(all.routes['GET /']?.slowest?.traceId);
    const own = play(planOf({ tasks: oneTask(stepOf({ headers: { traceparent: 'mine' } })) }), { answer: () => ok(9) });
    expect(own.all.total.slowest).toMatchObject({ traceId: null });
  });

  it('plays 5000 users', () => {
    const plan = planOf({ stages: crowd(5000, 1000), thinkMs: { min: 500, max: 1500 } });
    const { all } = play(plan, { answer: () => ok(5) });
    expect(all.userMs).toBeCloseTo(5000 * 1000, 0);
    expect(all.total.requests).toBeGreaterThan(5000);
  });
});
