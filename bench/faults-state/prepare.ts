/** What is there before the load begins: users, where each lies, and their tokens. */
import { redisCall } from '@palier/testkit/engines';
import { generateTokenKey } from '@palier/kit/token';
import { keyOf } from '@palier/kit/state';
import type { Fault } from './faults.ts';
import type { IssuedToken, Place } from './load/role.ts';
import { openReplica, type Replica, type Shared } from './service.ts';
import type { Stage } from './stage.ts';

export interface Prepared {
  readonly shared: Shared;
  readonly users: readonly Place[];
  readonly tokens: readonly IssuedToken[];
  readonly tags: readonly Place[];
}

export interface PreparedCounts {
  readonly users: number;
  readonly tokensEach: number;
  /** Of an access token: longer than the run, unless their end is part of it. */
  readonly accessLifeMs: number;
}

const hourMs = 3_600_000;

export async function prepare(stage: Stage, fault: Fault, counts: PreparedCounts): Promise<Prepared> {
  const jwk = await generateTokenKey('EdDSA');
  const accessKey = { kid: '1', algorithm: 'EdDSA' as const, jwk };
  const shared = { accessKey, accessLifeMs: counts.accessLifeMs, durable: fault.durable };
  await using replica = await openReplica(stage.url, shared, { timeoutMs: 10_000 });
  // Half of the tokens are issued by a replica whose clock is wrong, and live twice as long, which the others still believe.
  const other = { ...shared, accessLifeMs: 2 * counts.accessLifeMs };
  await using issuer = await openReplica(stage.url, other, {
    shiftMs: fault.clocksOff ? hourMs : 0,
    timeoutMs: 10_000,
  });
  const names = Array.from({ length: counts.users }, (_, i) => `user ${i}`);
  const places = await placer(stage);
  const users = await each(names, async (name) => ({ name, shard: await places(() => makeSession(replica, name)) }));
  const issue = async (name: string, shard: number, nth: number): Promise<IssuedToken> => {
    const { tokens } = nth % 2 === 0 ? replica : issuer;
    const { accessToken, accessExpiresAtMs } = await tokens.open(name);
    const { user, family, id } = await tokens.validate(accessToken);
    return { accessToken, user, family, id, shard, expiresAtMs: accessExpiresAtMs };
  };
  const shards = await each(names, async (name) => {
    const shard = await places(() => replica.tokens.open(name));
    return { name, shard };
  });
  const issued: IssuedToken[] = [];
  for (let nth = 0; nth < counts.tokensEach; nth++) {
    issued.push(...(await Promise.all(shards.map(({ name, shard }) => issue(name, shard, nth)))));
  }
  const tags = await each(names.slice(0, 60), async (name) => {
    const tag = name.replace(' ', '');
    return { name: tag, shard: await places(() => replica.kv.set(keyOf('peer', tag), '1')) };
  });
  return { shared, users, tokens: issued, tags };
}

async function makeSession({ sessions }: Replica, user: string): Promise<void> {
  const session = await sessions.open(undefined);
  session.login(user);
  await sessions.commit(session);
}

/** On which shard something lies is seen from outside: where there are more keys when it was written. */
async function placer(stage: Stage): Promise<(write: () => Promise<unknown>) => Promise<number>> {
  const primaries = await stage.primaries();
  const sizes = async (): Promise<number[]> =>
    Promise.all(primaries.map(async (server) => Number(await redisCall(server, ['DBSIZE']))));
  let before = await sizes();
  return async (write) => {
    await write();
    if (primaries.length === 1) return 0;
    const after = await sizes();
    const grown = after.findIndex((size, shard) => size > (before[shard] as number));
    before = after;
    if (grown < 0) throw new Error('Nothing was written anywhere, as the sizes of the primaries say.');
    return grown;
  };
}

/** One after the other, so that what grew is known. */
async function each<From, To>(list: readonly From[], make: (one: From) => Promise<To>): Promise<To[]> {
  const made: To[] = [];
  for (const one of list) made.push(await make(one));
  return made;
}
