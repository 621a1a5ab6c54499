/** From connect-redis, as sites have it, to ours on the same Redis, and back: with its package, which a bench installs. */
import { createRequire } from 'node:module';
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { type MigrationPhase, migratingStore, Sessions, sessionStore, type StoreLike } from '@palier/kit/session';
import { openKv } from '@palier/kit/state';
import { redisServer, startRedis } from '@palier/testkit/engines';
import { createClient } from '@redis/client';
import session from 'express-session';
import { describe, expect, test } from 'vitest';

const connectRedis = peer<{ RedisStore: new (options: object) => StoreLike }>('connect-redis');
const skip = redisServer().options.skip || connectRedis === undefined;

type Data = Record<string, unknown>;

const set = (store: StoreLike, id: string, data: Data): Promise<void> =>
  new Promise((resolve, reject) => store.set(id, data, (error) => (error ? reject(error as Error) : resolve())));
const get = (store: StoreLike, id: string): Promise<Data | null> =>
  new Promise((resolve, reject) => store.get(id, (error, data) => (error ? reject(error as Error) : resolve(data))));
const destroy = (store: StoreLike, id: string): Promise<void> =>
  new Promise((resolve, reject) => store.destroy(id, (error) => (error ? reject(error as Error) : resolve())));
const of = (user: string): Data => ({ cookie: { originalMaxAge: 3_600_000, path: '/' }, user });

describe('a migration from connect-redis', { skip }, () => {
  test('logs nobody out, at no step and on the way back; who logs out stays so', async () => {
    await using server = await startRedis();
    const around = systemSurroundings(silentLog);
    await using kv = await openKv(server.url, around);
    const client = createClient({ url: server.url });
    await client.connect();
    const from = new (connectRedis as NonNullable<typeof connectRedis>).RedisStore({ client });
    const sessions = new Sessions(kv, around, { secrets: ['a secret that is thirty-two bytes long, or more'] });
    const to = sessionStore(session, sessions, { userOf: (data: Data) => data['user'] as string });
    let phase: MigrationPhase = 'before';
    const store = migratingStore(session, { from, to, phase: () => phase });
    const users = (ids: string[]) => Promise.all(ids.map(async (id) => (await get(store, id))?.['user']));

    await set(from, 'old', of('ada'));
    await set(store, 'recent', of('bob'));
    expect(await users(['old', 'recent'])).toEqual(['ada', 'bob']);
    phase = 'after';
    await set(store, 'new', of('eve'));
    await set(store, 'ended', of('mallory'));
    expect(await users(['old', 'recent', 'new', 'ended'])).toEqual(['ada', 'bob', 'eve', 'mallory']);
    await destroy(store, 'ended');
    expect((await sessions.list('ada')).length).toBe(1);
    phase = 'before';
    expect(await users(['old', 'recent', 'new', 'ended'])).toEqual(['ada', 'bob', 'eve', undefined]);
    phase = 'done';
    expect(await users(['old', 'recent', 'new', 'ended'])).toEqual(['ada', 'bob', 'eve', undefined]);
    expect(((await get(to, 'old')) as Data)['cookie']).toEqual(of('ada')['cookie']);
    await client.close();
  });
});

function peer<Module>(name: string): Module | undefined {
  try {
    return createRequire(import.meta.url)(name) as Module;
  } catch {
    return undefined;
  }
}
