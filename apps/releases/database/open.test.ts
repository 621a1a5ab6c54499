import { DatabaseSync } from 'node:sqlite';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { temporaryFolder } from '@palier/testkit/folder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isId, makeId } from './ids.ts';
import { type Database, openDatabase } from './open.ts';

type Time = ReturnType<typeof virtualTime>;

function open(path: string, time: Time = virtualTime(), onLocked: () => void = () => {}): Promise<Database> {
  const around = { clock: time.clock, timers: time.timers, random: seededRandom(1), onQuery: () => {}, onLocked };
  return openDatabase({ url: `sqlite:${path}`, lockWaitMs: 1000 }, around);
}

async function groupNames(db: Database): Promise<string[]> {
  return (await db.query.selectFrom('groups').select('name').orderBy('name').execute()).map((group) => group.name);
}

test('A list of statements is written whole, or not at all', async () => {
  const db = await open(':memory:');
  const group = (name: string) => db.query.insertInto('groups').values({ id: db.newId(), name });
  await db.atomically([group('ONE'), group('TWO')]);
  await expect(db.atomically([group('THREE'), group('ONE')])).rejects.toThrow(/UNIQUE/);
  expect(await groupNames(db)).toEqual(['ONE', 'TWO']);
  await db.atomically([group('THREE')]);
  expect(await groupNames(db)).toEqual(['ONE', 'THREE', 'TWO']);
  await db.close();
});

test('The tables are made once; a second opening finds them and what is in them', async () => {
  await using folder = await temporaryFolder('database');
  const first = await open(folder.file('deep', 'a.sqlite'));
  await first.query.insertInto('groups').values({ id: first.newId(), name: 'KEPT' }).execute();
  await first.close();
  const second = await open(folder.file('deep', 'a.sqlite'));
  expect(await groupNames(second)).toEqual(['KEPT']);
  await second.close();
});

test('A row that points at nothing is refused', async () => {
  const db = await open(':memory:');
  const orphan = db.query.insertInto('user_groups').values({ user_id: 'x', group_id: 'y' });
  await expect(orphan.execute()).rejects.toThrow(/FOREIGN KEY/);
  await db.close();
});

test('A write waits for another process’s lock off the event loop, and is then written', async () => {
  await using folder = await temporaryFolder('database');
  const time = virtualTime();
  let locked = 0;
  const db = await open(folder.file('a.sqlite'), time, () => locked++);
  const other = new DatabaseSync(folder.file('a.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  const single = db.query.insertInto('groups').values({ id: db.newId(), name: 'SINGLE' }).execute();
  const list = db.atomically([db.query.insertInto('groups').values({ id: db.newId(), name: 'LIST' })]);
  await time.advance(500);
  expect(locked).toBeGreaterThan(2);
  expect(await groupNames(db)).toEqual([]);
  other.exec('COMMIT');
  await time.advance(100);
  await Promise.all([single, list]);
  expect(await groupNames(db)).toEqual(['LIST', 'SINGLE']);
  other.close();
  await db.close();
});

test('A lock that does not go ends in DATABASE_BUSY after the stated time, with nothing written', async () => {
  await using folder = await temporaryFolder('database');
  const time = virtualTime();
  const db = await open(folder.file('a.sqlite'), time);
  const other = new DatabaseSync(folder.file('a.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  const write = db.atomically([db.query.insertInto('groups').values({ id: db.newId(), name: 'LATE' })]);
  const refused = write.catch((error: unknown) => error);
  await time.advance(1100);
  expect(await refused).toMatchObject({ code: 'DATABASE_BUSY', retry: 'later' });
  other.exec('COMMIT');
  expect(await groupNames(db)).toEqual([]);
  other.close();
  await db.close();
});

test.each(['', 'mysql://localhost/x', 'sqlite:', 'releases.sqlite'])(
  'The URL %j is refused with the form that is wanted',
  async (url) => {
    const { clock, timers } = virtualTime();
    const around = { clock, timers, random: seededRandom(1), onQuery: () => {}, onLocked: () => {} };
    await expect(openDatabase({ url, lockWaitMs: 1 }, around)).rejects.toMatchObject({ code: 'DATABASE_URL' });
  },
);

test('Ids are 26 characters, sort by their time, and nothing else passes for one', () => {
  const time = fc.integer({ min: 0, max: 2 ** 47 });
  const chance = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(time, time, chance, chance, (a, b, x, y) => {
      const [one, two] = [makeId(a, x), makeId(b, y)];
      expect(isId(one)).toBe(true);
      expect(a === b || one < two === a < b).toBe(true);
    }),
  );
  for (const text of ['', '../../etc/passwd', '01HK153X009ZBF2BE8KJHJDRZ', '01hk153x009zbf2be8kjhjdrzm']) {
    expect(isId(text)).toBe(false);
  }
});
