import { readFile, stat } from 'node:fs/promises';
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { openKv } from '@palier/kit/state';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { openTokens } from '../auth/issuer.ts';
import { openDatabase } from '../database/open.ts';
import { writeTokens } from './tokens.ts';

const issuer = { secret: 'a secret for tests of 32 characters', accessLifeMs: 60_000 };

test('Every account gets a token that the replicas take for it, in a file for its owner alone', async () => {
  await using folder = await temporaryFolder('tokens');
  const clock = systemClock();
  const around = {
    clock,
    timers: systemTimers(),
    random: seededRandom(1),
    entropy: systemEntropy(),
    log: silentLog,
    onQuery: () => {},
    onLocked: () => {},
  };
  const db = await openDatabase({ url: 'sqlite::memory:', timeoutMs: 1000, connections: 1, replicas: 1 }, around);
  const accounts = ['ada', 'bea'].map((login) => ({ id: db.newId(), login }));
  for (const one of accounts) {
    await db.query
      .insertInto('users')
      .values({ ...one, name: one.login, password_hash: 'x', created_at: '2026-01-01T00:00:00.000Z' })
      .execute();
  }
  await using kv = await openKv('sqlite::memory:', around);
  await using tokens = openTokens(kv, db, issuer, around);
  const file = folder.file('tokens.json');
  expect(await writeTokens(db, tokens, file)).toBe(2);
  const rows = JSON.parse(await readFile(file, 'utf8')) as { login: string; token: string }[];
  const told = await Promise.all(rows.map(({ token }) => tokens.validate(token)));
  expect(told.map(({ user, extra }) => ({ id: user, login: extra['login'] }))).toEqual(accounts);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  await db.close();
});
