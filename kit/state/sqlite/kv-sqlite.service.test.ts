import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '@palier/base/clock';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { virtualTime } from '@palier/testkit/clock';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { openBus, openCopies, openKv } from '../index.ts';
import { openSql } from '../sql/index.ts';
import { SqliteFile } from './file.ts';

const timers = systemTimers();
const told: string[] = [];
const around = {
  clock: systemClock(),
  timers,
  random: seededRandom(1),
  log: (_: string, message: string) => void told.push(message),
};

test('a file that another process prepares at this moment is waited for, one that stays locked is told as such', async () => {
  await using folder = await temporaryFolder('kv');
  const url = `sqlite:${folder.file('state.sqlite')}`;
  const other = new DatabaseSync(folder.file('state.sqlite'));
  other.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
  await expect(openKv(url, around, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'PALIER_STATE_OPEN' });
  const opening = openKv(url, around, { timeoutMs: 10_000 });
  await timers.sleep(50);
  other.exec('COMMIT');
  await using kv = await opening;
  expect(await kv.set('a', '1')).toBe(true);
  other.exec('BEGIN IMMEDIATE');
  await expect(kv.set('a', '2', { timeoutMs: 50 })).rejects.toMatchObject({
    code: 'PALIER_STATE_LATE',
    facts: { outcome: 'none' },
  });
  expect(kv.health.state).toBe('degraded');
  expect(told).toContain('the state is degraded');
  other.exec('COMMIT');
  expect(String(await kv.get('a'))).toBe('1');
  other.close();
});

test('a call whose time ended while this process stood still is made all the same: only a locked file makes it late', async () => {
  await using folder = await temporaryFolder('kv');
  await using kv = await openKv(`sqlite:${folder.file('state.sqlite')}`, around);
  const calls = [kv.set('a', '1', { timeoutMs: 20 }), kv.set('b', '2', { timeoutMs: 20 })];
  // As a garbage collection does, a disk, or a machine with more to do than processors.
  const untilMs = around.clock.monotonicMs() + 40;
  while (around.clock.monotonicMs() < untilMs);
  expect(await Promise.all(calls)).toEqual([true, true]);
  expect(kv.health.state).toBe('up');
});

test('a file that was down is up again once it takes writes, though nobody asks it for anything', async () => {
  await using folder = await temporaryFolder('kv');
  await using kv = await openKv(`sqlite:${folder.file('state.sqlite')}`, around);
  const other = new DatabaseSync(folder.file('state.sqlite'));
  other.exec('BEGIN IMMEDIATE');
  // Down is what has failed for a second.
  await expect
    .poll(
      async () => {
        await kv.set('a', '1', { timeoutMs: 1 }).catch(() => {});
        return kv.health.state;
      },
      { timeout: 20_000 },
    )
    .toBe('down');
  other.exec('COMMIT');
  await expect.poll(() => kv.health.state, { timeout: 20_000 }).not.toBe('down');
  other.close();
});

test('a file is opened for as long as ten calls may take, and given up then', async () => {
  await using folder = await temporaryFolder('kv');
  const path = folder.file('state.sqlite');
  for (const [open, file] of [
    [openKv, path],
    [openBus, `${path}.bus`],
  ] as const) {
    const other = new DatabaseSync(file);
    other.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE');
    const time = virtualTime();
    let ended = false;
    const opening = open(`sqlite:${path}`, { ...around, ...time }, { timeoutMs: 70 });
    const refused = opening.catch((error: unknown) => error).finally(() => (ended = true));
    // The driver is loaded when it is asked for: then the file is found locked for the first time.
    await expect.poll(() => time.pending).toBe(1);
    await time.advance(699);
    expect(ended).toBe(false);
    await time.advance(20);
    expect(ended).toBe(true);
    expect(await refused).toMatchObject({ code: 'PALIER_STATE_OPEN' });
    other.close();
  }
});

test('a durable call waits for the disk, its neighbours of another turn do not; in memory it is refused', async () => {
  await using folder = await temporaryFolder('kv');
  await using kv = await openKv(`sqlite:${folder.file('state.sqlite')}`, around);
  await using memory = await openKv('sqlite::memory:', around);
  const file = new SqliteFile({ path: folder.file('other.sqlite'), powerSafe: false, schema: '' });
  const level = (onDisk: boolean): unknown =>
    file.transaction(() => file.prepare('PRAGMA synchronous').get()?.['synchronous'], onDisk);
  // 1 is NORMAL, 2 is FULL (https://sqlite.org/pragma.html#pragma_synchronous).
  expect([level(false), level(true), level(false)]).toEqual([1, 2, 1].map((value) => ({ locked: false, value })));
  file.close();
  expect(await kv.set('a', '1', { durable: { replicas: 1 } })).toBe(true);
  await expect(memory.set('a', '1', { durable: { replicas: 1 } })).rejects.toMatchObject({
    code: 'PALIER_STATE_DURABLE',
    facts: { outcome: 'none' },
  });
  expect(await memory.get('a')).toBeUndefined();
});

test('copies are read anew when another process has written, and not before', async () => {
  await using folder = await temporaryFolder('kv');
  const url = `sqlite:${folder.file('state.sqlite')}`;
  await using kv = await openKv(url, around);
  await using other = await openKv(url, around);
  await using copies = openCopies(kv, around);
  const read = (): string => String(copies.peek('a')?.value);
  await kv.set('a', '1');
  expect(read()).toBe('1');
  const { misses } = copies.counts;
  // Both sweep meanwhile, and find nothing.
  await timers.sleep(600);
  expect([read(), copies.counts.misses]).toEqual(['1', misses]);
  await kv.set('b', 'ours');
  await timers.sleep(20);
  expect([read(), copies.counts.misses]).toEqual(['1', misses]);
  await other.set('b', 'theirs');
  await timers.sleep(20);
  expect([read(), copies.counts.misses]).toEqual(['1', misses + 1]);
  await other.set('a', '2');
  await timers.sleep(20);
  expect(read()).toBe('2');
});

test('a folder that is not there is made, a file that is no database is refused, whatever is opened there', async () => {
  await using folder = await temporaryFolder('kv');
  for (const open of [openKv, openBus, openSql]) {
    await using state = await open(`sqlite:${folder.file(`made/${open.name}/state.sqlite`)}`, around);
    expect(state.engine).toBe('sqlite');
    const text = folder.file(`${open.name}.txt`);
    for (const path of [text, `${text}.bus`])
      await writeFile(path, 'no database, but a text of more than a few bytes\n'.repeat(9));
    await expect(open(`sqlite:${text}`, around)).rejects.toMatchObject({
      code: 'PALIER_STATE_OPEN',
      facts: { where: expect.stringContaining(text), why: expect.stringMatching('not a database') },
    });
  }
});
