/** What happens to an engine, and what must hold while it does. */
import { silentLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { openShards } from '@palier/kit/state/shards';
import { redisCall, type RedisServer } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import type { EngineKind, Stage } from './stage.ts';

export interface Fault {
  readonly name: string;
  readonly engine: EngineKind;
  /** Resolves when it has happened, with what mends it. */
  happen(stage: Stage): Promise<() => Promise<void>>;
  /** What is acknowledged is with so many replicas of the engine, too (each primary has two then): nothing of it may be lost. 0: the primary's word. */
  readonly durable: number;
  /** How long before it is mended; default: the pace's. */
  readonly lasts?: 'long';
  /** Half of the replicas reach the engine through a passage. */
  readonly withPassage?: true;
  /** The clocks of half of the replicas are an hour off, one way or the other, and tokens run out meanwhile. */
  readonly clocksOff?: true;
  /** Nothing dies: what is lost all the same is nobody's due. */
  readonly losesNothing?: true;
  /** A Cluster of four shards, with four empty nodes beside it. */
  readonly grows?: true;
  /** Whether node-redis and ioredis are beside us. */
  readonly withPeers: boolean;
  /** The longest gap of writes beyond the time after which the engine itself calls a server down; null: not judged. */
  readonly writeGap: { readonly beyondDownAfterMs: number; readonly countsDownAfter: boolean } | null;
  /** Validations that may use a copy of the last seconds go on: no gap of a second. */
  readonly validationGoesOn: boolean;
}

const planned = { beyondDownAfterMs: 250, countsDownAfter: false };
const killed = { beyondDownAfterMs: 1500, countsDownAfter: true };
const stopped = { beyondDownAfterMs: 2000, countsDownAfter: true };
const asWell = { durable: 0, withPeers: true, validationGoesOn: true };
const durably = { durable: 1, withPeers: false, validationGoesOn: true };
const alone = { durable: 0, withPeers: false, validationGoesOn: false, writeGap: null };

const handedOver = { engine: 'sentinel', happen: handOver, writeGap: planned, ...durably } as const;

export const faults: readonly Fault[] = [
  ...(['sentinel', 'cluster'] as const).flatMap((engine): Fault[] => [
    { name: `${engine}: handed over`, engine, happen: handOver, writeGap: planned, ...asWell },
    { name: `${engine}: kill -9 of a primary`, engine, happen: killPrimary, writeGap: killed, ...asWell },
    { name: `${engine}: SIGSTOP of a primary`, engine, happen: stopPrimary, writeGap: stopped, ...asWell },
    { name: `${engine} durable: handed over`, engine, happen: handOver, writeGap: planned, ...durably },
    { name: `${engine} durable: kill -9 of a primary`, engine, happen: killPrimary, writeGap: killed, ...durably },
    { name: `${engine} durable: SIGSTOP of a primary`, engine, happen: stopPrimary, writeGap: stopped, ...durably },
  ]),
  // While one is promoted the other still follows the old primary, and confirms what will be gone: both must.
  { ...handedOver, name: 'sentinel durable by both: handed over', durable: 2 },
  { name: 'server: restarted', engine: 'server', happen: restart, ...alone, withPeers: true },
  { name: 'sentinel: no server at all', engine: 'sentinel', happen: killAll, lasts: 'long', ...alone, withPeers: true },
  { name: 'server: half of the replicas cut off', engine: 'server', happen: cutOff, withPassage: true, ...alone },
  { name: 'server: answers do not come back', engine: 'server', happen: mute, withPassage: true, ...alone },
  {
    name: 'cluster: 4 → 8 shards',
    engine: 'cluster',
    happen: grow,
    writeGap: planned,
    ...asWell,
    // ioredis 6 ends its process here: a rejection that nobody handles ("Connection is closed") when it lets go of a node.
    withPeers: false,
    grows: true,
    losesNothing: true,
  },
  { name: 'server: clocks 1 h off', engine: 'server', happen: nothing, clocksOff: true, ...alone },
];

async function handOver(stage: Stage): Promise<() => Promise<void>> {
  await stage.handOver();
  return nothingToMend;
}

async function killPrimary(stage: Stage): Promise<() => Promise<void>> {
  const victim = await firstPrimary(stage);
  await victim.kill();
  return () => victim.start();
}

async function stopPrimary(stage: Stage): Promise<() => Promise<void>> {
  const victim = await firstPrimary(stage);
  victim.freeze();
  // It wakes up as the primary that it was and must not be believed.
  return () => Promise.resolve(victim.thaw());
}

/** As an operator does it: it writes what it has and ends. */
async function restart({ servers }: Stage): Promise<() => Promise<void>> {
  const server = servers[0] as RedisServer;
  // It ends instead of answering.
  await redisCall(server, ['SHUTDOWN']).catch(() => {});
  await until('it has ended', () =>
    redisCall(server, ['PING']).then(
      () => false,
      () => true,
    ),
  );
  await server.start();
  return nothingToMend;
}

async function killAll({ servers }: Stage): Promise<() => Promise<void>> {
  await Promise.all(servers.map((server) => server.kill()));
  return async () => void (await Promise.all(servers.map((server) => server.start())));
}

function cutOff({ passage }: Stage): Promise<() => Promise<void>> {
  passage?.hold('both');
  return Promise.resolve(() => Promise.resolve(passage?.release()));
}

function mute({ passage }: Stage): Promise<() => Promise<void>> {
  passage?.hold('back');
  return Promise.resolve(() => Promise.resolve(passage?.release()));
}

/** From here on slots move, the hottest first; what has not moved when it is mended stays where it is. */
async function grow({ url, spare }: Stage): Promise<() => Promise<void>> {
  const shards = await openShards(url, systemSurroundings(silentLog));
  const ending = new AbortController();
  await shards.add(spare);
  const { moves } = shards.plan(await shards.look({ sampleMs: 300 }));
  const moving = shards.move(moves, { signal: ending.signal });
  // Told when it is mended, not before.
  moving.catch(() => {});
  return async () => {
    ending.abort();
    const { slots, keys } = await moving;
    shards.close();
    const targets = new Set(moves.slice(0, slots).map(({ to }) => to));
    console.log(`${slots} of ${moves.length} slots moved with ${keys} keys, to ${targets.size} new shards.`);
    if (targets.size < spare.length) throw new Error(`Only ${targets.size} of ${spare.length} new shards have slots.`);
  };
}

function nothing(): Promise<() => Promise<void>> {
  return Promise.resolve(nothingToMend);
}

async function nothingToMend(): Promise<void> {}

async function firstPrimary(stage: Stage): Promise<RedisServer> {
  return (await stage.primaries())[0] as RedisServer;
}
