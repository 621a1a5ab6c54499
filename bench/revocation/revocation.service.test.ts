/** The short form of `npm run bench -- revocation`, for counts. */
import { redisServer, startRedis } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { boundMs, revokeWatched } from './play.ts';

const [users, replicas] = [20, 3];

test('a revocation is seen by every replica within the stated bound, on a SQLite file', async () => {
  await using folder = await temporaryFolder('revocation');
  await holds(`sqlite:${folder.file('state.sqlite')}`);
}, 60_000);

test('a revocation is seen by every replica within the stated bound, on Redis', redisServer().options, async () => {
  await using redis = await startRedis();
  await holds(redis.url);
});

async function holds(url: string): Promise<void> {
  const { lateMs, reasons } = await revokeWatched(url, users, replicas);
  expect(reasons).toEqual({ PALIER_TOKEN_REFUSED: users * replicas });
  // Sent so much later and believed all the same: the bound holds however slow the machine is.
  expect(lateMs.filter((ms) => ms > boundMs)).toEqual([]);
}
