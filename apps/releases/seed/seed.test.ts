import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { isId } from '../database/ids.ts';
import { type Database, openDatabase } from '../database/open.ts';
import { fillDatabase } from './fill.ts';
import { firstReleaseId, seedRows } from './rows.ts';

const small = { seed: 1, releases: 300, rules: 20 };
const hash = (): Promise<string> => Promise.resolve('no hash');
const now = '2026-01-01T00:00:00.000Z';

/** In real time: two connections wait for each other. */
function open(path: string): Promise<Database> {
  const [clock, timers] = [systemClock(), systemTimers()];
  const around = { clock, timers, random: seededRandom(1), log: silentLog, onQuery: () => {}, onLocked: () => {} };
  return openDatabase({ url: `sqlite:${path}`, timeoutMs: 60_000, connections: 1, replicas: 1 }, around);
}

test('The same seed draws the same rows, another seed others, and every id is an id of its own', () => {
  const rows = seedRows({ ...small, passwordHash: 'x' });
  expect(seedRows({ ...small, passwordHash: 'x' })).toEqual(rows);
  expect(seedRows({ ...small, seed: 2, passwordHash: 'x' })).not.toEqual(rows);
  const ids = rows
    .flatMap(({ rows }) => rows.map((row) => ('id' in row ? String(row.id) : '')))
    .filter((id) => id !== '');
  expect(ids.every(isId)).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
});

test('The first release of a seed is the same one, however many there are', () => {
  for (const seed of [1, 2]) {
    const releases = seedRows({ ...small, seed, passwordHash: 'x' }).find(({ table }) => table === 'releases');
    expect(releases?.rows[0]).toMatchObject({ id: firstReleaseId(seed) });
  }
});

test('An empty database is filled once; the second time there is nothing to do', async () => {
  const db = await open(':memory:');
  expect(await fillDatabase(db, small, now, hash)).toBe(true);
  expect(await fillDatabase(db, small, now, () => Promise.reject(new Error('no need')))).toBe(false);
  const { n } = await db.query
    .selectFrom('releases')
    .select((of) => of.fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  expect(n).toBe(300);
  await expect(fillDatabase(db, { ...small, seed: 2 }, now, hash)).rejects.toMatchObject({ code: 'DATABASE_SEEDED' });
  await db.close();
});

test('Of two that fill at the same time one does, and both are content', async () => {
  await using folder = await temporaryFolder('seed');
  const [one, two] = await Promise.all([open(folder.file('a.sqlite')), open(folder.file('a.sqlite'))]);
  const filled = await Promise.all([one, two].map((db) => fillDatabase(db, small, now, hash)));
  expect(filled.sort()).toEqual([false, true]);
  await Promise.all([one.close(), two.close()]);
});

test('A database with accounts of its own is left alone', async () => {
  const db = await open(':memory:');
  const ada = { id: db.newId(), login: 'ada', name: 'Ada', password_hash: 'x', created_at: now };
  await db.query.insertInto('users').values(ada).execute();
  await expect(fillDatabase(db, small, now, hash)).rejects.toThrow(/the account ada/);
  await db.close();
});
