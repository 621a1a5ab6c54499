/** What happens while the state is away, which a test decides here. */
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { expect, test } from 'vitest';
import { kitError } from '../errors.ts';
import { type Kv, openKv } from '../state/index.ts';
import { type SessionOptions, Sessions } from './index.ts';

const secrets = ['the first secret, of thirty-two bytes or more'];

interface Scene extends AsyncDisposable {
  readonly sessions: Sessions;
  readonly cookie: string;
  /** Later by so much, and the state is away or not. */
  turn(laterMs: number, away: boolean): void;
  calls: number;
}

async function scene(options: Partial<SessionOptions>): Promise<Scene> {
  const real = systemClock();
  let laterMs = 0;
  let away = false;
  const clock = { epochMs: () => real.epochMs() + laterMs, monotonicMs: () => real.monotonicMs() + laterMs };
  const around = { clock, timers: systemTimers(), random: seededRandom(1), log: silentLog, entropy: systemEntropy() };
  const kv = await openKv('sqlite::memory:', around);
  const self = { calls: 0 };
  const lost = (): Promise<never> =>
    Promise.reject(kitError('PALIER_STATE_LATE', { engine: 'A test', outcome: 'none' }));
  const watched = new Proxy(kv, {
    get(target, name) {
      const member = Reflect.get(target, name, target) as unknown;
      if (typeof member !== 'function') return member;
      if (name === 'get' || name === 'run' || name === 'getMany') self.calls++;
      return away ? lost : member.bind(target);
    },
  }) as Kv;
  const sessions = new Sessions(watched, around, { secrets, ...options });
  const session = await sessions.open(undefined);
  session.set('a', 1);
  session.login('ada');
  const cookie = (await sessions.commit(session))?.split(';', 1)[0] as string;
  await sessions.open(cookie);
  return Object.assign(self, {
    sessions,
    cookie,
    turn(by: number, gone: boolean) {
      laterMs += by;
      away = gone;
    },
    [Symbol.asyncDispose]: () => kv.close(),
  });
}

test('by default nobody is let in on a guess, and nothing is changed', async () => {
  await using one = await scene({});
  one.turn(0, true);
  await expect(one.sessions.open(one.cookie)).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY', retry: 'later' });
  await expect(one.sessions.endEverywhere('ada')).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY' });
  await expect(one.sessions.list('ada')).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY' });
  one.turn(0, false);
  expect((await one.sessions.open(one.cookie)).user).toBe('ada');
});

test('a visitor, and a cookie that was never ours, cost no call', async () => {
  await using one = await scene({});
  one.calls = 0;
  for (const cookie of [undefined, 'a=b', `__Host-session=${'A'.repeat(64)}`]) {
    const session = await one.sessions.open(cookie);
    await one.sessions.commit(session);
  }
  expect(one.calls).toBe(0);
  await one.sessions.open(one.cookie);
  expect(one.calls).toBe(1);
});

test('with readOnlyForMs what was known is read, for that long and no change', async () => {
  await using one = await scene({ readOnlyForMs: 60_000 });
  one.turn(59_000, true);
  const session = await one.sessions.open(one.cookie);
  expect([session.user, session.get('a'), session.readOnly]).toEqual(['ada', 1, true]);
  expect(await one.sessions.commit(session)).toBeUndefined();
  session.set('a', 2);
  await expect(one.sessions.commit(session)).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY' });
  const again = await one.sessions.open(one.cookie);
  again.renew();
  await expect(one.sessions.commit(again)).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY' });
  one.turn(2000, true);
  await expect(one.sessions.open(one.cookie)).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY' });
});

test('what is known is not served beyond its own life either', async () => {
  await using one = await scene({ readOnlyForMs: 60_000, idleMs: 30_000, absoluteMs: 120_000 });
  one.turn(31_000, true);
  await expect(one.sessions.open(one.cookie)).rejects.toMatchObject({ code: 'PALIER_SESSION_AWAY' });
});

test('a use is written down once in touchEveryMs, not with each request', async () => {
  await using one = await scene({ touchEveryMs: 10_000 });
  one.calls = 0;
  for (let i = 0; i < 10; i++) await one.sessions.commit(await one.sessions.open(one.cookie));
  expect(one.calls).toBe(10);
  one.turn(10_001, false);
  await one.sessions.commit(await one.sessions.open(one.cookie));
  expect(one.calls).toBe(12);
});

test('attack, key injection: halves of surrogate pairs, which would all be one name, are refused', async () => {
  await using one = await scene({});
  const session = await one.sessions.open(undefined);
  expect(() => session.login('\ud800')).toThrow('without halves of surrogate pairs');
  expect(() => session.set('\ud800', 1)).toThrow('without halves of surrogate pairs');
  expect(() => session.login('x'.repeat(256))).toThrow('of 256 bytes');
  expect(() => session.set('', 1)).toThrow('named with 0 bytes');
});
