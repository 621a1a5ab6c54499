import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '@palier/base/clock';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { openKv } from '../index.ts';

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
