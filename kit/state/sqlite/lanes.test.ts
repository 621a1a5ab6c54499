import { virtualTime } from '@palier/testkit/clock';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { SqliteFile } from './file.ts';
import { SqliteLanes } from './lanes.ts';

const lookEveryMs = 5;

test('What another process commits ends the lane at the next look; what our own commits, and time alone, do not', async () => {
  await using folder = await temporaryFolder('lanes');
  const time = virtualTime();
  const options = { path: folder.file('a.sqlite'), powerSafe: false, schema: 'CREATE TABLE IF NOT EXISTS t (x)' };
  const [own, other] = [new SqliteFile(options), new SqliteFile(options)];
  const write = (file: SqliteFile): unknown => file.transaction(() => file.prepare('INSERT INTO t VALUES (1)').run());
  const lanes = new SqliteLanes(own, time.clock, lookEveryMs);
  const first = lanes.now();
  write(own);
  await time.advance(lookEveryMs + 1);
  expect([first.provenMs, first.holds(0), lanes.now() === first]).toEqual([lookEveryMs + 1, true, true]);

  write(other);
  // It was looked at just now.
  expect([first.provenMs, first.holds(0)]).toEqual([lookEveryMs + 1, true]);
  await time.advance(lookEveryMs + 1);
  expect([first.provenMs, first.holds(0)]).toEqual([lookEveryMs + 1, false]);
  const second = lanes.now();
  expect([second === first, second.provenMs, second.holds(0)]).toEqual([false, 2 * (lookEveryMs + 1), true]);

  // Read meanwhile, before the change was seen: it may be of before or of after, and is not believed either.
  write(other);
  own.prepare('SELECT * FROM t').all();
  await time.advance(lookEveryMs + 1);
  expect([second.provenMs, second.holds(0)]).toEqual([2 * (lookEveryMs + 1), false]);

  const third = lanes.now();
  own.close();
  await time.advance(lookEveryMs + 1);
  expect([third.provenMs, third.holds(0)]).toEqual([3 * (lookEveryMs + 1), false]);
  other.close();
});
