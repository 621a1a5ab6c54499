/** What becomes of tokens while the slots of their users move to other shards. */
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { type ClusterNode, redisCall, redisServer, startCluster } from '@palier/testkit/engines';
import { describe, expect, test } from 'vitest';
import { openKv } from '../state/index.ts';
import { openShards } from '../state/shards/index.ts';
import { keysOf } from './copies.ts';
import { createTokens, type Tokens } from './index.ts';
import { names, refreshSecrets, tokenKey } from './testing/setup.ts';

const around = {
  clock: systemClock(),
  timers: systemTimers(),
  random: seededRandom(1),
  entropy: systemEntropy(),
  log: silentLog,
};
const freshMs = 100;
/** A busy machine is no failed test: what is asked here is what is answered, not how soon. */
const patient = { timeoutMs: 20_000, frozenAfterMs: 20_000 };

interface Ending {
  readonly begunMs: number;
  ackedMs: number | undefined;
}

interface User {
  readonly user: string;
  readonly slot: number;
  readonly token: string;
}

/** Validates all users' tokens again and again, and judges each answer by which revocations were begun and acknowledged. */
function underWatch(users: readonly User[], revoker: Tokens, validator: Tokens) {
  const endings = new Map<string, Ending>();
  const revoking: Promise<void>[] = [];
  const revoke = (user: string): void => {
    const ending: Ending = { begunMs: around.clock.monotonicMs(), ackedMs: undefined };
    endings.set(user, ending);
    revoking.push(revoker.revokeUser(user).then(() => void (ending.ackedMs = around.clock.monotonicMs())));
  };
  const seen = { good: 0, refused: 0, acceptedAfterEnd: 0, refusedWrongly: 0, failed: [] as unknown[] };
  const validate = async ({ user, token }: User): Promise<void> => {
    const sentMs = around.clock.monotonicMs();
    const acked = endings.get(user)?.ackedMs;
    try {
      await validator.validate(token);
      seen.good++;
      if (acked !== undefined && sentMs > acked + freshMs) seen.acceptedAfterEnd++;
    } catch (error) {
      if ((error as { code?: string }).code !== 'PALIER_TOKEN_REFUSED') seen.failed.push(error);
      else if (endings.has(user)) seen.refused++;
      else seen.refusedWrongly++;
    }
  };
  const ending = new AbortController();
  const validating = (async () => {
    while (!ending.signal.aborted) {
      await Promise.all(users.map(validate));
      await around.timers.sleep(5);
    }
  })();
  return { seen, endings, revoke, revoking, validating, ending };
}

describe('tokens on a Cluster', redisServer().options, () => {
  test('resharding loses no revocation', async () => {
    await using cluster = await startCluster({ primaries: 4, replicasEach: 0, spare: 4 });
    const keys = { accessKeys: [await tokenKey('EdDSA')], refreshSecrets };
    await using kv = await openKv(cluster.url, around, patient);
    await using otherKv = await openKv(cluster.url, around, patient);
    const options = { ...names, freshMs, readTimeoutMs: 20_000 };
    await using revoker = createTokens(kv, keys, around, options);
    await using validator = createTokens(otherKv, keys, around, options);
    const users = await Promise.all(
      Array.from({ length: 240 }, async (_, i) => {
        const user = `user ${i}`;
        const slot = Number(
          await redisCall(cluster.nodes[0] as ClusterNode, ['CLUSTER', 'KEYSLOT', keysOf(user).everyone]),
        );
        return { user, slot, token: (await revoker.open(user)).accessToken };
      }),
    );
    const slots = [...new Set(users.map(({ slot }) => slot))].slice(0, 80);
    const { seen, endings, revoke, validating, ending, revoking } = underWatch(users, revoker, validator);
    using shards = await openShards(cluster.url, around);
    await shards.add(cluster.spare);
    const owners = new Map(
      (await shards.look({ sampleMs: 50 })).loaded.flatMap(({ id, slots: own }) =>
        [...own.keys()].map((slot) => [slot, id] as const),
      ),
    );
    const moves = slots.map((slot, i) => ({
      slot,
      from: owners.get(slot) as string,
      to: (cluster.spare[i % 4] as ClusterNode).id,
    }));
    // One of a slot's users while it is on its way, another one when it has arrived and not everybody knows.
    const revokeOf = (slot: number | undefined, nth: number): void => {
      const own = users.filter((one) => one.slot === slot);
      const one = own[nth];
      if (one !== undefined) revoke(one.user);
    };
    revokeOf(slots[0], 0);
    const moved = await shards.move(moves, {
      progress: ({ slot, movedSlots }) => {
        revokeOf(slot, 1);
        revokeOf(slots[movedSlots], 0);
      },
    });
    await Promise.all(revoking);
    await around.timers.sleep(2 * freshMs);
    ending.abort();
    await validating;
    expect(moved).toMatchObject({ slots: slots.length, leftSlots: 0 });
    expect(endings.size).toBeGreaterThan(slots.length);
    expect(seen).toMatchObject({ acceptedAfterEnd: 0, refusedWrongly: 0, failed: [] });
    expect(seen.good).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
    for (const { user, token } of users) {
      const answer = validator.validate(token).then(
        () => 'good',
        (error: { code: string }) => error.code,
      );
      expect([user, await answer]).toEqual([user, endings.has(user) ? 'PALIER_TOKEN_REFUSED' : 'good']);
    }
  });
});
