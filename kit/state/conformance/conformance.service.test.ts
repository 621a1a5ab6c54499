/** The suites on every engine that can be had here. */

import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBus, openKv } from '../index.ts';
import { busConformance, copiesConformance, type CopiesSubject, kvConformance } from './index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog };
/** A busy machine is no failed test. */
const patient = { timeoutMs: 10_000 };
let serial = 0;

function subject(url: string, replicas: number): CopiesSubject {
  return {
    around,
    ...(replicas === 0 ? {} : { durable: { replicas } }),
    open: () => openKv(url, around, patient),
    sleep: (ms) => timers.sleep(ms),
    unique: () => `case ${++serial}`,
  };
}

type Engine = { readonly url: string } & AsyncDisposable;

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('kv');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

function holds(name: string, start: () => Promise<Engine>, options: object, replicas: number): void {
  describe(`${name} is a Kv, with copies, and a Bus`, options, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine[Symbol.asyncDispose]());
    test.each(busConformance.map((one) => [one.sentence, one] as const))('bus: %s', async (_, one) => {
      const { sleep, unique } = subject(engine.url, replicas);
      await expect(
        one.run({ open: () => openBus(engine.url, around, patient), sleep, unique }),
      ).resolves.toBeUndefined();
    });
    test.each([...kvConformance, ...copiesConformance].map((one) => [one.sentence, one] as const))(
      '%s',
      async (_, one) => {
        await expect(one.run(subject(engine.url, replicas))).resolves.toBeUndefined();
      },
    );
  });
}

holds('a SQLite file', sqliteFile, {}, 1);
holds('a Redis server', startRedis, redisServer().options, 0);
holds('a primary watched by Sentinels', startSentinels, redisServer().options, 2);
holds('a Redis Cluster', startCluster, redisServer().options, 1);
