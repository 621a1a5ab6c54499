import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, test } from 'vitest';
import { kitError } from '../errors.ts';
import type { Kv, Procedure } from '../state/index.ts';
import { openLimiter } from './index.ts';

interface Call {
  readonly keys: readonly string[];
  readonly timeoutMs: number | undefined;
  answer(): void;
  fail(): void;
}

/** A state of full buckets that answers each call when it is told to. */
function gated(engine = 'redis') {
  const time = virtualTime();
  const calls: Call[] = [];
  const kv = {
    engine,
    health: { state: 'up' },
    run: (
      procedure: Procedure<unknown>,
      keys: readonly string[],
      _: unknown,
      options: { readonly timeoutMs?: number },
    ) =>
      new Promise((resolve, reject) => {
        const full = [time.clock.epochMs() * 1000, Buffer.from(keys.map(() => 0).join(' '))];
        calls.push({
          keys,
          timeoutMs: options.timeoutMs,
          answer: () => resolve(procedure.read(full)),
          fail: () => reject(kitError('PALIER_STATE_LATE', { engine: 'The test', outcome: 'unknown' })),
        });
      }),
  } as unknown as Kv;
  const timers = { ...time.timers, soon: systemTimers().soon };
  const around = { clock: time.clock, timers, random: seededRandom(1), log: silentLog };
  const limiter = openLimiter(kv, around, { limits: { account: { permits: 10, windowMs: 10_000 } } });
  return { limiter, time, calls };
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

describe('while a call is under way', () => {
  test('what comes waits for its answer, however many turns that takes, and goes as one', async () => {
    const { limiter, calls } = gated();
    const all = [limiter.take({ account: 'first' })];
    await turn();
    expect(calls).toHaveLength(1);
    for (let n = 0; n < 50; n++) {
      all.push(limiter.take({ account: `${n}` }));
      await turn();
    }
    expect(calls).toHaveLength(1);
    calls[0]?.answer();
    await all[0];
    await turn();
    expect(calls.map(({ keys }) => keys.length)).toEqual([1, 50]);
    calls[1]?.answer();
    expect((await Promise.all(all)).every(({ outcome }) => outcome === 'admitted')).toBe(true);
    const next = limiter.take({ account: 'next' });
    await turn();
    expect(calls).toHaveLength(3);
    calls[2]?.answer();
    expect((await next).outcome).toBe('admitted');
  });

  test('on a Cluster other ids wait for nothing: they may lie on other nodes', async () => {
    const { limiter, calls } = gated('cluster');
    const all = ['a', 'b', 'a', 'c'].map(async (account) => {
      const decision = limiter.take({ account });
      await turn();
      return decision;
    });
    await turn();
    expect(calls.map(({ keys }) => keys)).toEqual(['a', 'b', 'c'].map((id) => [`limit:{${id}}:default:account`]));
    for (const call of calls) call.answer();
    await Promise.all(all);
  });

  test('each keeps its own deadline: what is left of it is the next call’s, and with nothing left there is no call', async () => {
    const { limiter, calls, time } = gated();
    const first = limiter.take({ account: 'a' });
    await turn();
    const behind = limiter.take({ account: 'b' });
    await time.advance(100);
    const later = limiter.take({ account: 'c' });
    await time.advance(160);
    calls[0]?.fail();
    expect((await first).outcome).toBe('unavailable');
    expect((await behind).outcome).toBe('unavailable');
    expect(calls.map(({ keys, timeoutMs }) => [keys, timeoutMs])).toEqual([
      [['limit:{default}:a:account'], 250],
      [['limit:{default}:c:account'], 90],
    ]);
    calls[1]?.answer();
    expect((await later).outcome).toBe('admitted');
  });

  test('who was kept by a process that stood still, or behind a call that was answered, is asked for all the same', async () => {
    const { limiter, calls, time } = gated();
    const first = limiter.take({ account: 'a' });
    // Nothing runs meanwhile: the loop stands still.
    time.advanceAtOnce(300);
    await turn();
    const behind = limiter.take({ account: 'b' });
    time.advanceAtOnce(300);
    calls[0]?.answer();
    expect((await first).outcome).toBe('admitted');
    await turn();
    calls[1]?.answer();
    expect((await behind).outcome).toBe('admitted');
    expect(calls.map(({ timeoutMs }) => timeoutMs)).toEqual([63, 63]);
  });

  test('a failed call lets the next one go', async () => {
    const { limiter, calls } = gated();
    const first = limiter.take({ account: 'a' });
    await turn();
    const second = limiter.take({ account: 'b' });
    calls[0]?.fail();
    await first;
    await turn();
    calls[1]?.answer();
    expect((await second).outcome).toBe('admitted');
  });
});
