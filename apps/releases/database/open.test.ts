import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { virtualTime } from '@palier/testkit/clock';
import { temporaryFolder } from '@palier/testkit/folder';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { idMaker, isId, makeId } from './ids.ts';
import { type Database, openDatabase } from './open.ts';

function open(path: string): Promise<Database> {
  const { clock, timers } = virtualTime();
  const around = { clock, timers, random: seededRandom(1), log: silentLog, onQuery: () => {}, onLocked: () => {} };
  return openDatabase({ url: `sqlite:${path}`, timeoutMs: 1000, connections: 1, replicas: 1 }, around);
}

async function groupNames(db: Database): Promise<string[]> {
  return (await db.query.selectFrom('groups').select('name').orderBy('name').execute()).map((group) => group.name);
}

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
  await expect(orphan.execute()).rejects.toMatchObject({ code: 'PALIER_SQL_REFERENCE' });
  await db.close();
});

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

test('Ids of one maker are in the order of their making, within a millisecond and when the clock goes back', () => {
  const times = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 60 });
  // Chance that is nearly used up has to be carried.
  const chances = fc.constantFrom(Buffer.alloc(16), Buffer.alloc(16, 31), Buffer.from([...Buffer.alloc(15, 7), 31]));
  fc.assert(
    fc.property(times, chances, (times, chance) => {
      let at = 0;
      const next = idMaker(
        () => 1_700_000_000_000 + (times[at++] as number),
        () => chance,
      );
      const ids = times.map(() => next());
      expect(ids).toEqual([...new Set(ids)].toSorted());
      expect(ids.filter((id) => !isId(id))).toEqual([]);
    }),
  );
});
