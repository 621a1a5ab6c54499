/** What is promised of TLS, and of who is not let in, on every engine that is a server. */
import { readFile } from 'node:fs/promises';
import { PalierError } from '@palier/base/error';
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { makeCertificate, openssl, type TestCertificate } from '@palier/testkit/certificate';
import {
  mariadbServer,
  postgresServer,
  redisCall,
  redisServer,
  startCluster,
  startMariadb,
  startPostgres,
  startRedis,
  startSentinels,
} from '@palier/testkit/engines';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { sql as raw } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKv } from './index.ts';
import { openSql } from './sql/index.ts';

const around = systemSurroundings(silentLog);
/** Far longer than a test may take: what is refused is refused at once. */
const patience = 600_000;

/** Opens the engine, and answers whether what is sent to it is encrypted, as it sees it. */
type Ask = (url: string, ca?: string, timeoutMs?: number) => Promise<boolean>;

const askRedis: Ask = async (url, ca, timeoutMs = patience) => {
  await using kv = await openKv(url, around, { timeoutMs, ...(ca === undefined ? {} : { ca }) });
  await kv.set('a', 'b');
  return url.startsWith('rediss:');
};

const askSql: Ask = async (url, ca, timeoutMs = patience) => {
  const how = { openTimeoutMs: timeoutMs, timeoutMs, ...(ca === undefined ? {} : { ca }) };
  await using sql = await openSql(url, around, how);
  const { rows } = await (sql.engine === 'mariadb'
    ? raw<{
        name: string;
      }>`SELECT variable_value AS name FROM information_schema.session_status WHERE variable_name = 'Ssl_cipher'`
    : raw<{ name: string }>`SELECT coalesce(cipher, '') AS name FROM pg_stat_ssl WHERE pid = pg_backend_pid()`
  ).execute(sql.query);
  return rows[0]?.name !== '';
};

const withTls = (url: string): string => (url.startsWith('rediss:') ? url : `${url}?tls=on`);
const at = (url: string, host: string): string => url.replace('127.0.0.1', host);

async function refusal(call: Promise<unknown>, code = 'PALIER_STATE_OPEN'): Promise<PalierError> {
  const error: unknown = await call.then(
    (answer) => `no refusal: ${String(answer)}`,
    (reason: unknown) => reason,
  );
  if (!(error instanceof PalierError)) throw new Error(String(error), { cause: error });
  expect([error.code, error.facts['outcome'] ?? 'none']).toEqual([code, 'none']);
  return error;
}

const open = 'PALIER_STATE_OPEN';
const kinds = [
  {
    name: 'Redis',
    program: redisServer(),
    start: startRedis,
    ask: askRedis,
    addressCode: open,
    // It says nothing to what it does not understand.
    plainCode: 'PALIER_STATE_LATE',
    plain: /no greeting over TLS/,
  },
  {
    name: 'MariaDB',
    program: mariadbServer(),
    start: startMariadb,
    ask: askSql,
    addressCode: 'PALIER_SQL_URL',
    plainCode: open,
    plain: /not support secure/,
  },
  {
    name: 'PostgreSQL',
    program: postgresServer(),
    start: startPostgres,
    ask: askSql,
    addressCode: open,
    plainCode: open,
    plain: /not support SSL/,
  },
];

for (const { name, program, start, ask, addressCode, plainCode, plain } of kinds) {
  const skip = program.options.skip || openssl().options.skip;
  describe(`a ${name} server with TLS`, { skip, meta: { ...program.options.meta, ...openssl().options.meta } }, () => {
    let folder: TemporaryFolder;
    let certificate: TestCertificate;
    let server: { readonly url: string } & AsyncDisposable;
    beforeAll(async () => {
      folder = await temporaryFolder('tls');
      certificate = makeCertificate(folder, ['DNS:localhost']);
      server = await start({ tls: certificate });
    });
    afterAll(async () => {
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    });

    test('is used, encrypted, when its authority is handed in', async () => {
      expect(await ask(at(withTls(server.url), 'localhost'), String(certificate.cert))).toBe(true);
    });

    test('of an authority that nobody trusts, or another than was handed in, is refused at once, with what to do', async () => {
      const url = at(withTls(server.url), 'localhost');
      const stranger = String(makeCertificate(folder, ['DNS:localhost', 'DNS:stranger']).cert);
      for (const ca of [undefined, stranger]) {
        const error = await refusal(ask(url, ca));
        expect(error.message).toMatch(/certificate/);
        expect(error.hint).toMatch(/option ca, or NODE_EXTRA_CA_CERTS/);
      }
    });

    test('whose certificate bears another name, or not this address, is refused at once', async () => {
      await using other = await start({ tls: makeCertificate(folder, ['DNS:other']) });
      const ca = await readFile(folder.file('DNS-other.crt'), 'utf8');
      const byName = await refusal(ask(at(withTls(other.url), 'localhost'), ca));
      expect(byName.message).toMatch(/does not match certificate.*localhost\.? is not in/);
      const byAddress = await refusal(ask(withTls(server.url), String(certificate.cert)), addressCode);
      expect(byAddress.message).toMatch(/127\.0\.0\.1 is not in|the name of the host that is on its certificate/);
    });
  });

  describe(`a ${name} server`, program.options, () => {
    test('without TLS is not talked to where TLS is asked for', async () => {
      await using server = await start({});
      const url = at(withTls(server.url.replace('redis:', 'rediss:')), 'localhost');
      expect((await refusal(ask(url, undefined, 3000), plainCode)).message).toMatch(plain);
    });
  });
}

describe('several Redis servers with TLS', openssl().options, () => {
  let folder: TemporaryFolder;
  let tls: TestCertificate;
  beforeAll(async () => {
    folder = await temporaryFolder('tls');
    // Sentinels and a Cluster's nodes tell of each other by address.
    tls = makeCertificate(folder, ['IP:127.0.0.1']);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  test('Sentinels and who they watch are talked to over TLS, before a hand-over and after it', async () => {
    await using set = await startSentinels({ replicas: 1, tls });
    await using kv = await openKv(set.url, around, { timeoutMs: 60_000, ca: String(tls.cert) });
    await kv.set('a', '1');
    await set.failover();
    // Done, and on the new primary: a copy may have been lost on the way.
    await expect.poll(async () => (await kv.set('a', '2')) && redisCall(await set.primary(), ['GET', 'a'])).toBe('2');
    const error = await refusal(askRedis(set.url));
    expect(error.message).toMatch(/certificate/);
    const nobody = await refusal(askRedis(`${set.url}s`, String(tls.cert), 1000), 'PALIER_STATE_LATE');
    expect(nobody.message).toMatch(/no Sentinel says where watcheds is.*No such master/);
  });

  test('every node of a Cluster is talked to over TLS', async () => {
    await using cluster = await startCluster({ replicasEach: 0, tls });
    await using kv = await openKv(cluster.url, around, { timeoutMs: patience, ca: String(tls.cert) });
    const keys = Array.from({ length: 30 }, (_, i) => `{${i}}`);
    await Promise.all(keys.map((key) => kv.set(key, key)));
    expect((await Promise.all(keys.map((key) => kv.get(key)))).map(String)).toEqual(keys);
    const sizes = await Promise.all(cluster.nodes.map((node) => redisCall(node, ['DBSIZE'])));
    expect(sizes.every((size) => Number(size) > 0)).toBe(true);
    await refusal(askRedis(cluster.url));
  });
});

describe('a Redis server with passwords', redisServer().options, () => {
  test('tells who has none, or a wrong one, or no right, at once what is wrong; and goes on when it is mended', async () => {
    await using server = await startRedis();
    const acl = (...words: string[]): Promise<unknown> => redisCall(server, ['ACL', 'SETUSER', ...words]);
    await acl('reader', 'on', '>secret', '~*', '+@connection', '+get', '+ping');
    const as = (user: string): string => server.url.replace('//', `//${user}@`);
    const wrong = await refusal(askRedis(as('reader:guess')));
    expect(wrong.message).toMatch(/WRONGPASS/);
    expect(wrong.hint).toMatch(/user, password/);
    expect(`${wrong.message}${wrong.hint}`).not.toContain('guess');
    await using kv = await openKv(as('reader:secret'), around, { timeoutMs: patience });
    expect(await kv.get('a')).toBeUndefined();
    const denied: unknown = await kv.set('a', 'b').catch((error: unknown) => error);
    expect(denied).toMatchObject({ code: 'PALIER_STATE_REFUSED', facts: { outcome: 'none' } });
    expect(String(denied)).toMatch(/NOPERM.*'set'/);
    await acl('reader', '+set');
    expect(await kv.set('a', 'b')).toBe(true);
    await using early = await openKv(as('late:secret'), around, { timeoutMs: patience });
    await refusal(early.get('a'));
    await acl('late', 'on', '>secret', '~*', '+@all');
    await expect.poll(() => early.get('a').then(String, (error: unknown) => (error as PalierError).code)).toBe('b');
  });
});
