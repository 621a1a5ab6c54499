import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type Kv, openKv } from '@palier/kit/state';
import { virtualTime } from '@palier/testkit/clock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLoginLimit } from './login-limit.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
const options = { failuresPerAccount: 3, failuresPerAddress: 100, trustedProxies: ['127.0.0.1'] };
const from = (remoteAddress: string, forwarded?: string) => ({
  socket: { remoteAddress },
  headers: { 'x-forwarded-for': forwarded },
});
const right = async (): Promise<boolean> => true;
const wrong = async (): Promise<boolean> => false;
const limited = { code: 'LOGIN_LIMITED' };

let kv: Kv;
beforeEach(async () => {
  kv = await openKv('sqlite::memory:', around);
});
afterEach(() => kv.close());

test('Fifty people behind one address log in at the same moment, each again and again, and nobody is refused', async () => {
  const limit = openLoginLimit(kv, around, options);
  for (let round = 0; round < 3; round++) {
    const people = Array.from({ length: 50 }, (_, i) =>
      limit.attempt(from('203.0.113.9'), `id ${i}`, async () => {
        await timers.sleep(5);
        return true;
      }),
    );
    expect(await Promise.all(people)).toEqual(people.map(() => true));
  }
});

test('Five people behind one address, always in the middle of a right log-in, meet no limit in four hours; six failures do', async () => {
  const time = virtualTime();
  const still = { ...around, clock: time.clock, timers: { ...time.timers, soon: timers.soon } };
  await using state = await openKv('sqlite::memory:', still);
  const limit = openLoginLimit(state, still, { ...options, failuresPerAddress: 6 });
  const inFlight: { readonly told: Promise<boolean>; answer(): void }[] = [];
  const begin = async (account: string): Promise<void> => {
    const { promise: hashed, resolve: answer } = Promise.withResolvers<boolean>();
    await new Promise<void>((hashing, refused) => {
      const told = limit.attempt(from('203.0.113.9'), account, () => {
        hashing();
        return hashed;
      });
      told.catch(refused);
      inFlight.push({ told, answer: () => answer(true) });
    });
  };
  for (let n = 0; n < 4 * 720; n++) {
    await begin(`id ${n % 50}`);
    await time.advance(5000);
    if (inFlight.length < 5) continue;
    const oldest = inFlight.shift();
    oldest?.answer();
    expect(await oldest?.told).toBe(true);
  }
  for (const one of inFlight) one.answer();
  await Promise.all(inFlight.map(({ told }) => told));
  for (let n = 0; n < 6; n++) expect(await limit.attempt(from('203.0.113.9'), `no ${n}`, wrong)).toBe(false);
  await expect(limit.attempt(from('203.0.113.9'), 'id 1', right)).rejects.toMatchObject(limited);
}, 60_000);

test('After three failures an account is refused at every replica, from any address and with the right password; others are not', async () => {
  const replicas = [openLoginLimit(kv, around, options), openLoginLimit(kv, around, options)] as const;
  for (let i = 0; i < 3; i++) {
    expect(await (replicas[i % 2] ?? replicas[0]).attempt(from(`198.51.100.${i}`), 'id 7', wrong)).toBe(false);
  }
  for (const replica of replicas) {
    const refusal = await replica.attempt(from('198.51.100.9'), 'id 7', right).catch((error: unknown) => error);
    expect(refusal).toMatchObject({ ...limited, facts: { retryAfterSeconds: expect.any(Number) } });
    expect(await replica.attempt(from('198.51.100.9'), 'id 8', right)).toBe(true);
  }
});

test('Guesses made at the same time exceed the limit together no more than one after the other', async () => {
  const limit = openLoginLimit(kv, around, options);
  let checked = 0;
  const guess = async (): Promise<boolean> => {
    checked++;
    await timers.sleep(5);
    return false;
  };
  const guesses = Array.from({ length: 20 }, () => limit.attempt(from('203.0.113.9'), 'id 7', guess));
  expect((await Promise.allSettled(guesses)).filter(({ status }) => status === 'rejected')).toHaveLength(17);
  expect(checked).toBe(3);
});

test('A check that could not be made counts for nothing', async () => {
  const limit = openLoginLimit(kv, around, options);
  const busy = (): Promise<boolean> => Promise.reject(new Error('busy'));
  for (let i = 0; i < 10; i++) await expect(limit.attempt(from('203.0.113.9'), 'id 7', busy)).rejects.toThrow('busy');
  expect(await limit.attempt(from('203.0.113.9'), 'id 7', right)).toBe(true);
});

test('An address is the one that a proxy of ours saw: a forged header neither hides who guesses nor shuts out somebody else', async () => {
  const limit = openLoginLimit(kv, around, { ...options, failuresPerAddress: 4 });
  const guess = (i: number, remote: string, forwarded: string): Promise<boolean> =>
    limit.attempt(from(remote, forwarded), `none ${remote} ${i}`, wrong);
  for (let i = 0; i < 4; i++) {
    await guess(i, '127.0.0.1', `6.6.6.${i}, 203.0.113.9`);
    await guess(i, '203.0.113.80', '192.0.2.1');
  }
  await expect(guess(5, '127.0.0.1', '6.6.6.6, 203.0.113.9')).rejects.toMatchObject(limited);
  await expect(guess(5, '203.0.113.80', '192.0.2.77')).rejects.toMatchObject(limited);
  expect(await limit.attempt(from('127.0.0.1', '192.0.2.1'), 'id 1', right)).toBe(true);
});

test('While the state is away nobody is let in, and it is told apart from too many failures', async () => {
  const gone = await openKv('redis://127.0.0.1:1', around);
  const limit = openLoginLimit(gone, around, options);
  await expect(limit.attempt(from('203.0.113.9'), 'id 7', right)).rejects.toMatchObject({ code: 'STATE_AWAY' });
  await gone.close();
});
