/** Looks at a Cluster's primaries: their counters over a while, then, one after the other, who asks for what (`MONITOR`). */
import { kitError } from '../../../errors.ts';
import { type Node, RedisLink, type RedisReply } from '../../redis/link-redis.ts';
import type { StateSurroundings } from '../../surroundings.ts';
import { Deadlines } from '../../deadlines.ts';
import { countersOf, keyedShare, loadsOf, type NodeCounters, type SlotLoad, timeBetween, weightsOf } from './load.ts';
import type { ClusterNodes } from '../nodes-redis.ts';
import type { CheckedLookOptions } from '../options.ts';
import { countLine, emptySample, isKeyed, type KeyPlaces, type SlotSample } from './sample.ts';
import type { Shard } from '../view.ts';

export interface ShardSeen {
  readonly shard: Shard;
  readonly keys: number;
  /** Of those that name a key and those that do not. */
  readonly callsPerSecond: number;
  /** Of one processor, 0…1. */
  readonly timeShare: number;
  readonly loads: ReadonlyMap<number, SlotLoad>;
  /** What a plan weighs, of each slot of the shard. */
  readonly weights: ReadonlyMap<number, number>;
  /** A key of each slot that was seen. */
  readonly named: ReadonlyMap<number, string>;
}

const connectMs = 2000;
const pollMs = 5;

export async function look(
  nodes: ClusterNodes,
  shards: readonly Shard[],
  options: CheckedLookOptions,
  around: StateSurroundings,
): Promise<readonly ShardSeen[]> {
  const { clock, timers } = around;
  const counters = async (): Promise<NodeCounters[]> => Promise.all(shards.map((shard) => countersAt(nodes, shard)));
  const before = await counters();
  const fromMs = clock.monotonicMs();
  await timers.sleep(options.sampleMs);
  const after = await counters();
  const overMs = clock.monotonicMs() - fromMs;
  const places = await keyPlaces(nodes, shards[0] as Shard);
  const seen: ShardSeen[] = [];
  // One after the other: a server that is watched is slower.
  for (const [i, shard] of shards.entries()) {
    const sample = await watch(nodes, shard.primary, places, options, around);
    const time = timeBetween(before[i] as NodeCounters, after[i] as NodeCounters, overMs);
    const calls = sample.lines === 0 ? 0 : [...time.commands.values()].reduce((sum, one) => sum + one.calls, 0);
    const loads = loadsOf(time, sample);
    seen.push({
      shard,
      keys: Number(await nodes.ask(shard.primary.id, ['DBSIZE'])),
      callsPerSecond: (calls * 1000) / overMs,
      timeShare: time.cpuUs / (1000 * overMs),
      loads,
      weights: weightsOf(
        loads,
        sample,
        keyedShare(time, (command) => isKeyed(command, places)),
        shard.slots,
      ),
      named: sample.keys,
    });
  }
  return seen;
}

async function countersAt(nodes: ClusterNodes, { primary }: Shard): Promise<NodeCounters> {
  const [stats, cpu] = await Promise.all(
    ['commandstats', 'cpu'].map((section) => nodes.ask(primary.id, ['INFO', section])),
  );
  return countersOf(String(stats), String(cpu));
}

/** `COMMAND`: name, arity, flags, first key, … */
async function keyPlaces(nodes: ClusterNodes, { primary }: Shard): Promise<KeyPlaces> {
  const reply = (await nodes.ask(primary.id, ['COMMAND'])) as readonly RedisReply[];
  return new Map(
    reply.flatMap((entry) => {
      if (!Array.isArray(entry)) return [];
      return [[String(entry[0]).toLowerCase(), Number(entry[3])] as const];
    }),
  );
}

async function watch(
  nodes: ClusterNodes,
  node: Node,
  places: KeyPlaces,
  { sampleMs, maxSampled }: CheckedLookOptions,
  around: StateSurroundings,
): Promise<SlotSample> {
  const { clock, timers } = around;
  const sample = emptySample();
  const deadlines = new Deadlines(clock, timers);
  const link = new RedisLink(node, nodes.link, around, deadlines, () => {});
  try {
    const startedMs = clock.monotonicMs();
    while (!link.ready) {
      if (clock.monotonicMs() - startedMs > connectMs) {
        throw kitError('PALIER_SHARDS_DOWN', { why: `${node.host}:${node.port} takes no further connection` });
      }
      await timers.sleep(pollMs);
    }
    await link.monitor((line) => {
      if (sample.lines < maxSampled) countLine(sample, line, places);
    });
    const untilMs = clock.monotonicMs() + sampleMs;
    while (clock.monotonicMs() < untilMs && sample.lines < maxSampled) await timers.sleep(pollMs);
    return sample;
  } finally {
    link.close();
    deadlines.close();
  }
}
