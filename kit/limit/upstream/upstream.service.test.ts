import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemClock } from '@palier/base/clock';
import { systemTimers } from '@palier/base/timers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../../state/index.ts';
import { learnedFrom, openUpstream, type UpstreamOptions } from './index.ts';

describe("what an API's answer says of its limits", () => {
  const nowMs = Date.UTC(2026, 10, 21, 12);
  const learn = (status: number, headers: Record<string, string>) => learnedFrom({ status, headers }, nowMs);

  test("Twitch's fields, whose reset is a moment", () => {
    const headers = {
      'Ratelimit-Limit': '800',
      'Ratelimit-Remaining': '799',
      'Ratelimit-Reset': `${nowMs / 1000 + 30}`,
    };
    expect(learn(200, headers)).toEqual({ limit: 800, remaining: 799, resetMs: 30_000 });
  });

  test('a moment is read by the Date of the answer, so that our clock may be wrong', () => {
    const date = new Date(nowMs - 3_600_000).toUTCString();
    expect(learn(200, { date, 'x-ratelimit-reset': `${nowMs / 1000 - 3590}` })).toEqual({ resetMs: 10_000 });
    expect(learn(429, { date, 'retry-after': new Date(nowMs - 3_595_000).toUTCString() })).toEqual({ waitMs: 5000 });
  });

  test('the fields of the draft, old and new, and of others', () => {
    expect(learn(200, { ratelimit: '"default";r=50;t=30' })).toEqual({ remaining: 50, resetMs: 30_000 });
    expect(learn(200, { 'ratelimit-limit': '100, 100;w=60', 'ratelimit-remaining': '7' })).toEqual({
      limit: 100,
      remaining: 7,
    });
    expect(learnedFrom({ status: 200, headers: new Headers({ 'x-ratelimit-remaining': '3' }) }, nowMs)).toEqual({
      remaining: 3,
    });
  });

  test('a refusal is a wait: as told, until their reset, or a second', () => {
    expect(learn(429, { 'retry-after': '7', 'ratelimit-remaining': '0', 'ratelimit-reset': '60' })).toMatchObject({
      waitMs: 7000,
    });
    expect(learn(429, { 'ratelimit-remaining': '0', 'ratelimit-reset': '60' })).toMatchObject({ waitMs: 60_000 });
    expect(learn(429, {})).toEqual({ waitMs: 1000 });
    expect(learn(503, { 'retry-after': '2' })).toEqual({ waitMs: 2000 });
    expect(learn(503, {})).toEqual({});
  });

  test('rubbish is nothing', () => {
    expect(
      learn(200, {
        'ratelimit-limit': 'many',
        'ratelimit-remaining': '-1',
        'ratelimit-reset': '',
        'retry-after': 'soon',
      }),
    ).toEqual({});
  });
});

describe('calls of an API', () => {
  const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
  let kv: Kv;
  let serial = 0;
  beforeAll(async () => {
    kv = await openKv('sqlite::memory:', around);
  });
  afterAll(() => kv.close());
  const open = (options: Partial<UpstreamOptions> = {}) =>
    openUpstream(kv, around, { name: `api ${++serial}`, permits: 100, windowMs: 1000, burst: 5, ...options });

  test('wait for their turn in their order, over two replicas, and none is refused', async () => {
    const shared = { name: `api ${++serial}` };
    await using one = open(shared);
    await using other = open(shared);
    const order: number[] = [];
    const startedMs = around.clock.monotonicMs();
    await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        await (n % 2 === 0 ? one : other).turn('token');
        order.push(n);
      }),
    );
    expect(around.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(25 * 10 - 2);
    expect(order.filter((n) => n % 2 === 0)).toEqual(Array.from({ length: 15 }, (_, n) => 2 * n));
    expect(order.filter((n) => n % 2 === 1)).toEqual(Array.from({ length: 15 }, (_, n) => 2 * n + 1));
  });

  test('what one replica learns holds for the other: nothing left, and a refusal', async () => {
    const shared = { name: `api ${++serial}` };
    await using one = open(shared);
    await using other = open(shared);
    const startedMs = around.clock.monotonicMs();
    await one.learn('token', { status: 429, headers: { 'retry-after': '1' } });
    await other.turn('token');
    expect(around.clock.monotonicMs() - startedMs).toBeGreaterThanOrEqual(990);
    await other.turn('another token');
    expect(around.clock.monotonicMs() - startedMs).toBeLessThan(30_000);
  });

  test('the smaller of what we believe and what they say holds', async () => {
    await using api = open({ permits: 2, windowMs: 20_000, burst: 2 });
    await api.learn('a', { status: 200, headers: { 'ratelimit-remaining': '700' } });
    await Promise.all([api.turn('a'), api.turn('a')]);
    await expect(api.turn('a', { maxWaitMs: 20 })).rejects.toMatchObject({ code: 'PALIER_LIMIT_LATE' });
    await api.learn('b', { status: 200, headers: { 'ratelimit-remaining': '1' } });
    await api.turn('b');
    await expect(api.turn('b', { maxWaitMs: 20 })).rejects.toMatchObject({ code: 'PALIER_LIMIT_LATE' });
    await api.learn('c', { status: 200, headers: { 'ratelimit-limit': '1' } });
    await api.turn('c');
    await expect(api.turn('c', { maxWaitMs: 20 })).rejects.toMatchObject({ code: 'PALIER_LIMIT_LATE' });
  });

  test('who is called off leaves the line, and the next one goes in its place; a full line says so', async () => {
    await using api = open({ permits: 1, windowMs: 1000, burst: 1, maxWaiting: 2 });
    await api.turn('x');
    const off = new AbortController();
    const first = api.turn('x', { signal: off.signal });
    const second = api.turn('x');
    await expect(api.turn('x')).rejects.toMatchObject({ code: 'PALIER_LIMIT_LINE' });
    off.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await expect(second).resolves.toBeUndefined();
    await expect(api.turn('x', { cost: 2 })).rejects.toMatchObject({ code: 'PALIER_LIMIT_ASK' });
  });

  test('closing ends all who wait', async () => {
    const api = open({ permits: 1, windowMs: 60_000, burst: 1 });
    await api.turn('x');
    const waiting = api.turn('x');
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: 'PALIER_STATE_CLOSED' }), api.close()]);
  });
});
