/** What `durable` means for sessions: what begins and ends them is acknowledged only with its copies, all else goes on without. */
import { redisServer, startRedis, startSentinels } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../state/index.ts';
import { type Session, Sessions } from './index.ts';
import { around, secrets } from './testing/scene.ts';

async function cookieOf(sessions: Sessions, act: (session: Session) => void): Promise<string> {
  const session = await sessions.open(undefined);
  act(session);
  return (await sessions.commit(session))?.split(';', 1)[0] as string;
}

function rooms(kv: Kv, replicas: number): { readonly plain: Sessions; readonly durable: Sessions } {
  const plain = new Sessions(kv, around, { secrets });
  return { plain, durable: new Sessions(kv, around, { secrets, durable: { replicas } }) };
}

describe('durable sessions', redisServer().options, () => {
  test('on a server without replicas nothing begins or ends, and nothing is half done; fields are stored', async () => {
    await using server = await startRedis();
    await using kv = await openKv(server.url, around, { timeoutMs: 5000 });
    const { plain, durable } = rooms(kv, 1);
    const away = expect.objectContaining({ code: 'PALIER_SESSION_AWAY' });
    await expect(cookieOf(durable, (session) => session.set('a', 1))).rejects.toEqual(away);
    const visitor = await cookieOf(plain, (session) => session.set('a', 1));
    const ada = await cookieOf(plain, (session) => session.login('ada'));
    const act = async (cookie: string, what: (session: Session) => void): Promise<unknown> => {
      const session = await durable.open(cookie);
      what(session);
      return durable.commit(session);
    };
    await expect(act(visitor, (session) => session.login('bob'))).rejects.toEqual(away);
    await expect(act(visitor, (session) => session.end())).rejects.toEqual(away);
    await expect(act(ada, (session) => session.end())).rejects.toEqual(away);
    await expect(durable.endEverywhere('ada')).rejects.toEqual(away);
    await act(visitor, (session) => session.set('b', 2));
    const [one, two] = [await plain.open(visitor), await plain.open(ada)];
    expect([one.user, one.get('a'), one.get('b'), two.user]).toEqual([undefined, 1, 2, 'ada']);
    expect(await plain.list('bob')).toEqual([]);
  });

  test('users who were logged out everywhere stay so when the primary is killed at that moment', async () => {
    await using set = await startSentinels();
    await using kv = await openKv(set.url, around, { timeoutMs: 5000 });
    const { durable } = rooms(kv, 2);
    const users = Array.from({ length: 50 }, (_, i) => `user ${i}`);
    const cookies = await Promise.all(users.map((user) => cookieOf(durable, (session) => session.login(user))));
    await Promise.all(users.map((user) => durable.endEverywhere(user)));
    const before = await set.primary();
    await before.kill();
    await until('another one is primary', async () => (await set.primary()) !== before, { withinMs: 90_000 });
    const opened = await until('it answers', () => Promise.all(cookies.map((cookie) => durable.open(cookie))), {
      withinMs: 60_000,
    });
    expect(opened.filter(({ user }) => user !== undefined)).toEqual([]);
  });
});
