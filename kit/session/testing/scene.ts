/** Two replicas on one engine, a browser, and the engines on which what sessions promise is played. */
import { silentLog } from '@palier/base/log';
import { type Surroundings, systemSurroundings } from '@palier/base/surroundings';
import { redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openKv } from '../../state/index.ts';
import { type Session, type SessionOptions, Sessions } from '../index.ts';

export const around: Surroundings = systemSurroundings(silentLog);
export const secrets: readonly string[] = ['the first secret, of thirty-two bytes or more'];

/** Two replicas on one engine. */
export interface Scene {
  readonly one: Sessions;
  readonly two: Sessions;
  readonly kv: Kv;
  make(options?: Partial<SessionOptions>): Sessions;
  /** A user of whom no other case knows. */
  readonly user: string;
}

/** It keeps one cookie. */
export class Browser {
  cookie: string | undefined;

  async visit(sessions: Sessions, act: (session: Session) => void = () => {}): Promise<void> {
    const session = await sessions.open(this.cookie);
    act(session);
    this.take(await sessions.commit(session));
  }

  take(setCookie: string | undefined): void {
    if (setCookie === undefined) return;
    this.cookie = setCookie.includes('Max-Age=0') ? undefined : setCookie.split(';', 1)[0];
  }
}

export type Case = readonly [sentence: string, run: (scene: Scene) => Promise<void>];

type Engine = { readonly url: string } & AsyncDisposable;
const patient = { timeoutMs: 10_000 };
let serial = 0;

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('session');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

const engines: readonly (readonly [name: string, start: () => Promise<Engine>, options: object])[] = [
  ['a SQLite file', sqliteFile, {}],
  ['a Redis server', startRedis, redisServer().options],
  ['a primary watched by Sentinels', startSentinels, redisServer().options],
  ['a Redis Cluster', startCluster, redisServer().options],
];

/** Each case on every engine that can be had here. */
export function holdsEverywhere(cases: readonly Case[]): void {
  for (const [name, start, options] of engines) {
    describe(`sessions on ${name}`, options, () => {
      let engine: Engine;
      const kvs: Kv[] = [];
      beforeAll(async () => {
        engine = await start();
        // A busy machine is not late: a deadline that is over is another test.
        kvs.push(await openKv(engine.url, around, patient), await openKv(engine.url, around, patient));
      });
      afterAll(async () => {
        await Promise.all(kvs.map((kv) => kv.close()));
        await engine[Symbol.asyncDispose]();
      });
      test.each([...cases])('%s', async (_, run) => {
        const [kv, other] = kvs as [Kv, Kv];
        const make = (more: Partial<SessionOptions> = {}): Sessions => new Sessions(kv, around, { secrets, ...more });
        const two = new Sessions(other, around, { secrets });
        await expect(run({ one: make(), two, kv, make, user: `user ${++serial}` })).resolves.toBeUndefined();
      });
    });
  }
}
