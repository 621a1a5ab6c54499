/** The short form of `npm run bench -- revocation`, for counts. */
import { redisServer, startRedis } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { boundMs, revokeWatched } from './play.ts';

const [users, replicas] = [20, 3];
const whole = { reasons: { PALIER_TOKEN_REFUSED: users * replicas }, late: 0 };

test('a revocation is seen by every replica within the stated bound, on a SQLite file', async () => {
  await using folder = await temporaryFolder('revocation');
  expect(await countsOn(`sqlite:${folder.file('state.sqlite')}`)).toEqual(whole);
}, 60_000);

test('a revocation is seen by every replica within the stated bound, on Redis', redisServer().options, async () => {
  await using redis = await startRedis();
  expect(await countsOn(redis.url)).toEqual(whole);
});

/** Sent later than the bound and believed all the same: however slow the machine is, none. */
async function countsOn(url: string): Promise<object> {
  const { lateMs, reasons } = await revokeWatched(url, users, replicas);
  return { reasons, late: lateMs.filter((ms) => ms > boundMs).length };
}
