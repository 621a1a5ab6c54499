/** The suites on every engine that can be had here. */

import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { makeCertificate, openssl } from '@palier/testkit/certificate';
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

function subject({ url, ca }: Engine, replicas: number): CopiesSubject {
  return {
    around,
    ...(replicas === 0 ? {} : { durable: { replicas } }),
    open: () => openKv(url, around, { ...patient, ...(ca === undefined ? {} : { ca }) }),
    sleep: (ms) => timers.sleep(ms),
    unique: () => `case ${++serial}`,
  };
}

type Engine = { readonly url: string; readonly ca?: string } & AsyncDisposable;

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('kv');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

async function redisOverTls(): Promise<Engine> {
  const folder = await temporaryFolder('kv-tls');
  const certificate = makeCertificate(folder, ['IP:127.0.0.1']);
  const settings = { requirepass: 'another', user: 'palier on >secret ~* &* +@all' };
  const server = await startRedis({ tls: certificate, settings });
  return {
    url: server.url.replace('//', '//palier:secret@'),
    ca: String(certificate.cert),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function holds(name: string, start: () => Promise<Engine>, options: object, replicas: number): void {
  describe(`${name} is a Kv, with copies, and a Bus`, options, () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await start();
    });
    afterAll(() => engine[Symbol.asyncDispose]());
    test.each(busConformance.map((one) => [one.sentence, one] as const))('bus: %s', async (_, one) => {
      const { sleep, unique } = subject(engine, replicas);
      await expect(
        one.run({
          open: () =>
            openBus(engine.url, around, { ...patient, ...(engine.ca === undefined ? {} : { ca: engine.ca }) }),
          sleep,
          unique,
        }),
      ).resolves.toBeUndefined();
    });
    test.each([...kvConformance, ...copiesConformance].map((one) => [one.sentence, one] as const))(
      '%s',
      async (_, one) => {
        await expect(one.run(subject(engine, replicas))).resolves.toBeUndefined();
      },
    );
  });
}

holds('a SQLite file', sqliteFile, {}, 1);
holds('a Redis server', startRedis, redisServer().options, 0);
const tls = { skip: redisServer().options.skip || openssl().options.skip, meta: openssl().options.meta };
holds('a Redis server over TLS, with a user of its own', redisOverTls, tls, 0);
holds('a primary watched by Sentinels', startSentinels, redisServer().options, 2);
holds('a Redis Cluster', startCluster, redisServer().options, 1);
