import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, test } from 'vitest';
import type { Kv, Procedure, Reply, View } from '../state/index.ts';
import { openLimiter, type Limiter, type LimiterOptions } from './index.ts';

const random = seededRandom(1);

/** A state of one map on virtual time, that counts its calls and can go away. */
function bench<const Name extends string>(options: LimiterOptions<Name>, others = 0, engine = 'cluster') {
  const time = virtualTime();
  const entries = new Map<string, Buffer>();
  const told = { calls: 0, away: false, lastCall: Number.POSITIVE_INFINITY, health: 'up' as 'up' | 'down' };
  const view = {
    get nowMs() {
      return time.clock.epochMs();
    },
    get: (key: string) => entries.get(key),
    set: (key: string, value: Buffer) => void entries.set(key, value),
    delete: (key: string) => entries.delete(key),
    expireAt: () => true,
    sorted: { deleteRange: () => 0, set: () => {}, size: () => 1 + others },
  } as unknown as View;
  const kv = {
    engine,
    health: {
      get state() {
        return told.health;
      },
    },
    async run(procedure: Procedure<unknown>, keys: readonly string[], args: readonly (string | number)[]) {
      told.calls++;
      if (told.away || told.calls > told.lastCall) throw Object.assign(await lost());
      const reply: Reply = procedure.apply(
        view,
        keys,
        args.map((arg) => Buffer.from(String(arg))),
      );
      return procedure.read(reply);
    },
  } as unknown as Kv;
  const timers = { ...time.timers, soon: systemTimers().soon };
  const around = { clock: time.clock, timers, random, log: silentLog };
  const limiter = openLimiter(kv, around, options);
  return { limiter, time, told, entries, another: () => openLimiter(kv, around, options) };
}

async function lost(): Promise<Error> {
  const { kitError } = await import('../errors.ts');
  return kitError('PALIER_STATE_LATE', { engine: 'Redis', outcome: 'unknown' });
}

async function outcomes<Name extends string>(
  limiter: Limiter<Name>,
  ids: Parameters<Limiter<Name>['take']>[0],
  n: number,
) {
  const decisions = await Promise.all(Array.from({ length: n }, () => limiter.take(ids)));
  return decisions.map(({ outcome }) => outcome);
}

const ten = { permits: 10, windowMs: 10_000 };

describe('a limiter', () => {
  test('admits a burst, then one for each interval; a refusal says when to come back, and that is true', async () => {
    const { limiter, time } = bench({ limits: { account: ten } });
    expect((await outcomes(limiter, { account: 'a' }, 12)).filter((one) => one === 'admitted')).toHaveLength(10);
    const refused = await limiter.take({ account: 'a' });
    expect(refused).toMatchObject({ outcome: 'limited', retryAfterMs: 1000, degraded: false });
    expect(refused.limits).toMatchObject([{ name: 'account', limited: true, remaining: 0, nextMs: 1000 }]);
    await time.advance(999);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('limited');
    await time.advance(1);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('admitted');
    expect((await limiter.take({ account: 'b' })).limits).toMatchObject([{ remaining: 9, nextMs: 1000 }]);
  });

  test('takes from several limits at once or from none, and names the one that refused', async () => {
    const { limiter } = bench({ limits: { address: { ...ten, permits: 5 }, account: ten } });
    await outcomes(limiter, { address: '1', account: 'a' }, 5);
    const refused = await limiter.take({ address: '1', account: 'a' });
    expect(refused.limits.map(({ name, limited }) => [name, limited])).toEqual([['address', true]]);
    expect((await limiter.peek({ account: 'a' })).limits).toMatchObject([{ remaining: 5 }]);
  });

  test('gives back what it took of the first limit when a later one refuses', async () => {
    const { limiter, told } = bench({ limits: { account: ten, address: { ...ten, permits: 1 } } });
    await limiter.take({ account: 'a', address: '1' });
    const refused = await limiter.take({ account: 'b', address: '1' });
    expect(refused).toMatchObject({
      outcome: 'limited',
      limits: [{ name: 'account' }, { name: 'address', limited: true }],
    });
    expect((await limiter.peek({ account: 'b' })).limits).toMatchObject([{ remaining: 10 }]);
    expect(told.calls).toBe(2 + 3 + 1);
  });

  test('all limits of a call are one atomic call where there is one node, with all others of the turn', async () => {
    const { limiter, told } = bench({ limits: { account: ten, address: { ...ten, permits: 3 } } }, 0, 'redis');
    const calls = Array.from({ length: 6 }, (_, n) => limiter.take({ account: `${n % 2}`, address: '1' }));
    const all = await Promise.all([
      ...calls,
      limiter.take({ account: '0' }, { cost: 8 }),
      limiter.take({ account: '2' }),
    ]);
    // One account by itself comes first: 8 of 10, then two of three addresses' rooms.
    expect(all.filter(({ outcome }) => outcome === 'admitted')).toHaveLength(5);
    expect(told.calls).toBe(1);
    const left = await Promise.all(
      ['0', '1', '2'].map(async (account) => (await limiter.peek({ account })).limits[0]?.remaining),
    );
    expect(left).toEqual([0, 9, 9]);
  });

  test('limits with one tag are one atomic call', async () => {
    const { limiter, told, entries } = bench({ limits: { minute: { ...ten, permits: 1 }, hour: ten } });
    await limiter.take({ minute: 'a', hour: 'a' });
    expect(told.calls).toBe(1);
    const refused = await limiter.take({ minute: { tag: 'a', id: 'x' }, hour: { tag: 'a', id: 'y' } }, { cost: 1 });
    expect([refused.outcome, told.calls, entries.size]).toEqual(['admitted', 2, 4]);
    const hour = entries.get('limit:{a}:default:hour');
    expect((await limiter.take({ minute: 'a', hour: 'a' })).outcome).toBe('limited');
    expect(entries.get('limit:{a}:default:hour')).toEqual(hour);
  });

  test('costs count as many, and one above the burst is a mistake, not a refusal', async () => {
    const { limiter } = bench({ limits: { account: ten } });
    expect((await limiter.take({ account: 'a' }, { cost: 7 })).limits).toMatchObject([{ remaining: 3 }]);
    expect(await limiter.take({ account: 'a' }, { cost: 4 })).toMatchObject({ outcome: 'limited', retryAfterMs: 1000 });
    expect((await limiter.take({ account: 'a' }, { cost: 3 })).outcome).toBe('admitted');
    await expect(limiter.take({ account: 'a' }, { cost: 11 })).rejects.toMatchObject({ code: 'PALIER_LIMIT_ASK' });
    await expect(limiter.take({})).rejects.toMatchObject({ code: 'PALIER_LIMIT_ASK' });
    await expect(limiter.take({ acount: 'a' } as never)).rejects.toMatchObject({ code: 'PALIER_LIMIT_ASK' });
  });

  test('a peek changes nothing', async () => {
    const { limiter, entries } = bench({ limits: { account: ten } });
    await limiter.take({ account: 'a' }, { cost: 4 });
    const before = new Map(entries);
    expect(await limiter.peek({ account: 'a' })).toMatchObject({ outcome: 'admitted', limits: [{ remaining: 6 }] });
    expect(await limiter.peek({ account: 'a' }, { cost: 7 })).toMatchObject({
      outcome: 'limited',
      limits: [{ remaining: 6 }],
    });
    expect(new Map(entries)).toEqual(before);
  });

  test('a decision is given back once', async () => {
    const { limiter } = bench({ limits: { account: ten } });
    const decision = await limiter.take({ account: 'a' }, { cost: 5 });
    await limiter.take({ account: 'a' }, { cost: 5 });
    await limiter.refund(decision);
    await limiter.refund(decision);
    expect((await limiter.peek({ account: 'a' })).limits).toMatchObject([{ remaining: 5 }]);
  });
});

describe('a decision', () => {
  test('is shown by JSON.stringify with its limits, however it was made', async () => {
    const lease = { permits: 5, forMs: 1000 };
    const { limiter } = bench({ limits: { account: ten, address: ten, hot: { ...ten, lease } } });
    const one = await limiter.take({ account: 'a' });
    const two = await limiter.take({ account: 'a', address: '1' });
    for (let n = 0; n < 3; n++) await limiter.take({ hot: 'h' });
    const given = await limiter.take({ hot: 'h' });
    const peeked = await limiter.peek({ account: 'a' });
    const refused = await limiter.take({ account: 'a' }, { cost: 9 });
    for (const decision of [one, two, given, peeked, refused]) {
      const { outcome, degraded, retryAfterMs, waitedMs, limits } = decision;
      expect(limits.length).toBeGreaterThan(0);
      expect(JSON.parse(JSON.stringify(decision))).toEqual({ outcome, degraded, retryAfterMs, waitedMs, limits });
    }
  });
});

describe('giving back', () => {
  test('gives back all that was taken of each limit, however much later, and whatever was taken meanwhile', async () => {
    for (const engine of ['redis', 'cluster']) {
      const { limiter, time } = bench({ limits: { account: ten, address: { ...ten, permits: 20 } } }, 0, engine);
      const first = await limiter.take({ account: 'a', address: '1' }, { cost: 4 });
      await time.advance(500);
      const second = await limiter.take({ account: 'a', address: '1' }, { cost: 3 });
      await time.advance(1000);
      await limiter.refund(first);
      // What stands is of 500 ms: three less the second since.
      expect((await limiter.peek({ account: 'a', address: '1' })).limits).toMatchObject([
        { remaining: 8, nextMs: 1000 },
        { remaining: 19, nextMs: 500 },
      ]);
      await limiter.refund(second);
      expect((await limiter.peek({ account: 'a' })).limits).toMatchObject([{ remaining: 10, nextMs: 0 }]);
    }
  });

  test('gives nothing back of what has come back by itself', async () => {
    const { limiter, time } = bench({ limits: { account: { permits: 1, windowMs: 1000 } } });
    const first = await limiter.take({ account: 'a' });
    await time.advance(1000);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('admitted');
    await limiter.refund(first);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('limited');
  });

  test('of the call that took a stock gives back what was asked for, and not what others are given of the stock', async () => {
    const hot = { permits: 100, windowMs: 3_600_000, lease: { permits: 20, forMs: 60_000 } };
    const { limiter } = bench({ limits: { api: hot } });
    let admitted = 0;
    for (let n = 0; n < 400; n++) {
      const decision = await limiter.take({ api: 'x' });
      if (decision.outcome !== 'admitted') continue;
      if (n % 2 === 0) await limiter.refund(decision);
      else admitted++;
    }
    expect(admitted).toBe(100);
  });
});

describe('a refusal that still holds', () => {
  test('is answered without a call until its wait is over, and for a smaller cost is asked anew', async () => {
    const { limiter, told, time } = bench({ limits: { account: ten } });
    await limiter.take({ account: 'a' }, { cost: 8 });
    await limiter.take({ account: 'a' }, { cost: 4 });
    expect(told.calls).toBe(2);
    expect(await limiter.take({ account: 'a' }, { cost: 4 })).toMatchObject({ outcome: 'limited', retryAfterMs: 2000 });
    expect(told.calls).toBe(2);
    expect((await limiter.take({ account: 'a' }, { cost: 1 })).outcome).toBe('admitted');
    await time.advance(3000);
    expect((await limiter.take({ account: 'a' }, { cost: 4 })).outcome).toBe('admitted');
    expect(told.calls).toBe(4);
  });

  test('is asked for again after repeatRefusalMs, since another replica may have given back; the wall clock may jump', async () => {
    const { limiter, told, time, another } = bench({ limits: { account: { permits: 1, windowMs: 3_600_000 } } });
    const other = another();
    const taken = await other.take({ account: 'a' });
    expect((await limiter.take({ account: 'a' })).retryAfterMs).toBe(3_600_000);
    await other.refund(taken);
    await time.advance(1999);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('limited');
    expect(told.calls).toBe(3);
    await time.advance(1);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('admitted');
  });
});

describe('waiting', () => {
  const slow = { permits: 10, windowMs: 1000, burst: 1, maxWaitMs: 500 };

  test('who may wait gets the next free turn, in the order in which the calls of the replicas came', async () => {
    const { limiter, another, time } = bench({ limits: { api: slow } });
    const other = another();
    const order: string[] = [];
    const all = Array.from({ length: 8 }, async (_, n) => {
      const decision = await (n % 2 === 0 ? limiter : other).take({ api: 'x' }, { maxWaitMs: 9999 });
      order.push(`${n} ${decision.outcome} ${decision.waitedMs}`);
    });
    await time.advance(1000);
    await Promise.all(all);
    expect(order.toSorted()).toEqual([
      '0 admitted 0',
      '1 admitted 400',
      '2 admitted 100',
      '3 admitted 500',
      '4 admitted 200',
      '5 limited 0',
      '6 admitted 300',
      '7 limited 0',
    ]);
  });

  test('who is called off while waiting gives all of the turn back', async () => {
    const { limiter, time } = bench({ limits: { api: slow } });
    await limiter.take({ api: 'x' });
    const off = new AbortController();
    const waiting = limiter.take({ api: 'x' }, { maxWaitMs: 500, signal: off.signal });
    await time.advance(10);
    off.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(await limiter.peek({ api: 'x' })).toMatchObject({ retryAfterMs: 90 });
  });
});

describe('while the state is away', () => {
  const away = async <const Name extends string>(options: LimiterOptions<Name>, others = 0) => {
    const one = bench(options, others);
    await one.time.advance(1);
    one.told.away = true;
    return one;
  };

  test('closed: nobody is admitted, and it is no refusal', async () => {
    const { limiter } = await away({ limits: { account: ten } });
    expect(await limiter.take({ account: 'a' })).toMatchObject({
      outcome: 'unavailable',
      degraded: true,
      retryAfterMs: 0,
      limits: [],
    });
    expect((await limiter.peek({ account: 'a' })).outcome).toBe('unavailable');
  });

  test('open: everybody is', async () => {
    const { limiter } = await away({ limits: { account: { ...ten, permits: 1 } }, whenAway: 'open' });
    expect(await outcomes(limiter, { account: 'a' }, 5)).toEqual(Array.from({ length: 5 }, () => 'admitted'));
  });

  test('share: the limit divided by the replicas that were alive', async () => {
    const { limiter, time } = await away({ limits: { account: ten }, whenAway: 'share' }, 2);
    const first = await outcomes(limiter, { account: 'a' }, 5);
    expect(first).toEqual(['admitted', 'admitted', 'admitted', 'limited', 'limited']);
    await time.advance(2999);
    expect((await limiter.take({ account: 'a' })).outcome).toBe('limited');
    await time.advance(1);
    expect(await limiter.take({ account: 'a' })).toMatchObject({ outcome: 'admitted', degraded: true });
    expect((await limiter.take({ account: 'a' }, { cost: 5 })).outcome).toBe('unavailable');
    await limiter.close();
  });

  test('share without ever having seen the state: as closed, or by the assumed number', async () => {
    const never = bench({ limits: { account: ten }, whenAway: 'share' });
    never.told.away = true;
    const { limiter } = bench({ limits: { account: ten }, whenAway: 'share', assumedReplicas: 5 });
    await limiter.close();
    const fresh = await away({ limits: { account: ten }, whenAway: 'share', assumedReplicas: 5 }, 9);
    expect(await outcomes(fresh.limiter, { account: 'a' }, 2)).toEqual(['admitted', 'limited']);
    await never.limiter.close();
    await fresh.limiter.close();
  });

  test('a state known to be down is not asked', async () => {
    const { limiter, told } = bench({ limits: { account: ten } });
    await limiter.take({ account: 'a' });
    told.health = 'down';
    expect((await limiter.take({ account: 'a' })).outcome).toBe('unavailable');
    expect(told.calls).toBe(1);
    told.health = 'up';
    expect((await limiter.take({ account: 'a' })).outcome).toBe('admitted');
  });

  test('what was taken of the first limit before the state went is given back when it can be', async () => {
    const { limiter, told, entries } = bench({ limits: { account: ten, address: ten } });
    told.lastCall = 1;
    expect((await limiter.take({ account: 'a', address: '1' })).outcome).toBe('unavailable');
    // What could not be given back comes back by time.
    expect([told.calls, entries.size]).toEqual([3, 1]);
  });
});

describe('a lease', () => {
  const hot = { permits: 1000, windowMs: 1000, burst: 100, lease: { permits: 20, forMs: 100 } };

  test('grows with the use, and then most calls need no call of the state', async () => {
    const { limiter, told } = bench({ limits: { api: hot } });
    for (let n = 0; n < 60; n++) expect((await limiter.take({ api: 'x' })).outcome).toBe('admitted');
    expect(told.calls).toBeLessThan(10);
    told.calls = 0;
    await limiter.take({ api: 'rare' });
    expect((await limiter.peek({ api: 'rare' })).limits).toMatchObject([{ remaining: 99 }]);
  });

  test('lapses after its time, and what is given back goes into the stock it came from', async () => {
    const { limiter, told, time } = bench({ limits: { api: hot } });
    for (let n = 0; n < 4; n++) await limiter.take({ api: 'x' });
    const calls = told.calls;
    const decision = await limiter.take({ api: 'x' });
    expect(told.calls).toBe(calls);
    await limiter.refund(decision);
    expect((await outcomes(limiter, { api: 'x' }, 1)).length + told.calls).toBe(1 + calls);
    await time.advance(100);
    await limiter.take({ api: 'x' });
    expect(told.calls).toBe(calls + 1);
  });

  test('of many callers at once one asks, and nobody gets more than there is', async () => {
    const { limiter, told } = bench({ limits: { api: hot } });
    const all = await outcomes(limiter, { api: 'x' }, 300);
    expect(all.filter((one) => one === 'admitted')).toHaveLength(100);
    expect(told.calls).toBeLessThan(60);
  });
});

test('ids from outside reach no other key, however they are written', async () => {
  const { limiter, entries } = bench({ name: 'login', limits: { account: ten, other: ten } });
  await limiter.take({ account: 'a' });
  for (const id of [
    'a}:login:other',
    'a:login',
    '{a}',
    'a%7D',
    'limit:{a}:login:account',
    'x'.repeat(5000),
    '\u0000',
    'é',
  ])
    await limiter.take({ account: id });
  await limiter.take({ account: { tag: 'a', id: 'b' } });
  await limiter.take({ account: { tag: 'a:b', id: '' } });
  expect(entries.size).toBe(11);
  for (const key of entries.keys()) {
    expect(key).toMatch(/^limit:\{[^{}]+\}:login:account(:[^:]*)?$/);
    expect(Buffer.byteLength(key)).toBeLessThan(512);
  }
});

test('options that cannot be kept are refused with what would be right', () => {
  const wrong = (limit: object) => () => bench({ limits: { a: limit as never } });
  expect(wrong({ permits: 0, windowMs: 1 })).toThrow('a.permits is 0');
  expect(wrong({ permits: 300_000, windowMs: 1000 })).toThrow('so 250000 or 333333');
  expect(wrong({ permits: 10, windowMs: 1000, lease: { permits: 6 } })).toThrow('from 1 to 5');
  expect(wrong({ permits: 1, windowMs: 31 * 86_400_000, burst: 100 })).toThrow('at most what a year gives');
  expect(() => bench({ limits: {} })).toThrow('1 to 20 limits');
});

test('on real time and a real state the order of the day is the same', async () => {
  const { openKv } = await import('../state/index.ts');
  const around = { clock: systemClock(), timers: systemTimers(), random, log: silentLog };
  await using kv = await openKv('sqlite::memory:', around);
  await using limiter = openLimiter(kv, around, { limits: { account: ten } });
  expect((await outcomes(limiter, { account: 'a' }, 20)).filter((one) => one === 'admitted')).toHaveLength(10);
});
