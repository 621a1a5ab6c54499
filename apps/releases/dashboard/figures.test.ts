import { systemClock } from '@palier/base/clock';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { createMeters } from '@palier/kit/meter';
import { openBus } from '@palier/kit/state';
import { virtualTime } from '@palier/testkit/clock';
import { expect, test } from 'vitest';
import { openDatabase } from '../database/open.ts';
import { memoMaker } from '../web/shop.ts';
import { openFigures } from './figures.ts';

const around = { clock: systemClock(), timers: systemTimers(), random: seededRandom(1), log: silentLog };
const now = '2026-01-01T00:00:00.000Z';

test('Who makes something sees it counted at every replica; the figures of others stay remembered', async () => {
  await using opened = new AsyncDisposableStack();
  const bus = opened.use(await openBus('sqlite::memory:', around));
  let statements = 0;
  const db = await openDatabase(
    { url: 'sqlite::memory:', timeoutMs: 1000, connections: 1, replicas: 1 },
    { ...around, onQuery: () => statements++, onLocked: () => {} },
  );
  opened.defer(() => db.close());
  // Time stands still: what is counted anew is so because of the message, not because ten seconds went by.
  const replica = async () => opened.use(await openFigures(db, bus, memoMaker(createMeters(), virtualTime().clock)));
  const [one, two] = [await replica(), await replica()];
  const [ada, bea, group] = [db.newId(), db.newId(), db.newId()];
  for (const id of [ada, bea]) {
    await db.query
      .insertInto('users')
      .values({ id, login: id, name: id, password_hash: 'x', created_at: now })
      .execute();
  }
  await db.query.insertInto('groups').values({ id: group, name: 'PALIER' }).execute();
  for (const figures of [one, two]) {
    for (const id of [ada, bea]) expect(await figures.of(id)).toEqual({ releases: 0, jobs: 0 });
  }

  const texts = { release_type: 'TV', status: 'draft', title: 'x', title_key: 'x', name: 'x', created_at: now };
  const nothing = { file_path: null, file_bytes: null, file_sha256: null, release_metadata: '{}', config: '{}' };
  await db.query
    .insertInto('releases')
    .values({ id: db.newId(), user_id: ada, group_id: group, updated_at: now, ...texts, ...nothing })
    .execute();
  one.changed(ada);
  expect(await one.of(ada)).toEqual({ releases: 1, jobs: 0 });
  await expect.poll(() => two.of(ada)).toEqual({ releases: 1, jobs: 0 });
  const before = statements;
  for (const figures of [one, two]) expect(await figures.of(bea)).toEqual({ releases: 0, jobs: 0 });
  expect(statements).toBe(before);
});
