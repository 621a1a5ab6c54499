/** The shards of a Redis Cluster: looked at, planned, moved. */
import { nodeName } from '../redis/cluster/slots.ts';
import type { Address, HostPort } from '../address.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { join } from './join-redis.ts';
import type { SlotLoad } from './load/load.ts';
import { look, type ShardSeen } from './load/look-redis.ts';
import { moveAll, type Moved, takeUp } from './move-redis.ts';
import { ClusterNodes } from './nodes-redis.ts';
import {
  checkedGoal,
  checkedLookOptions,
  type LookOptions,
  type MoveOptions,
  type RebalanceOptions,
} from './options.ts';
import { imbalance, type LoadedShard, type Plan, planMoves } from './plan.ts';
import { hashTag } from './load/sample.ts';
import type { HotSlot, Shards, ShardsLook } from './shards.ts';
import type { Move } from './view.ts';

export class ShardsRedis implements Shards {
  readonly #nodes: ClusterNodes;
  readonly #around: StateSurroundings;
  #claimed = false;

  constructor(address: Extract<Address, { kind: 'cluster' }>, around: StateSurroundings) {
    this.#nodes = new ClusterNodes(address, around);
    this.#around = around;
  }

  async look(options: LookOptions = {}): Promise<ShardsLook> {
    const checked = checkedLookOptions(options);
    const { shards, begun, marks } = await this.#nodes.settled();
    const seen = await look(this.#nodes, shards, checked, this.#around);
    const loaded = seen.map(({ shard, weights }): LoadedShard => ({ id: shard.primary.id, slots: weights }));
    return {
      shards: seen.map(({ shard, keys, callsPerSecond, timeShare }) => ({
        id: shard.primary.id,
        node: nodeName(shard.primary),
        replicas: shard.replicas.map(nodeName),
        slots: shard.slots.length,
        keys,
        callsPerSecond,
        timeShare,
      })),
      imbalance: imbalance(loaded.map(({ slots }) => [...slots.values()].reduce((sum, one) => sum + one, 0))),
      hottest: await this.#hottest(seen, checked.hottest),
      halfDone: begun.length + marks.length,
      loaded,
    };
  }

  plan({ loaded }: ShardsLook, options: RebalanceOptions = {}): Plan {
    return planMoves(loaded, { goal: checkedGoal(options) });
  }

  async add(primaries: readonly HostPort[], replicas: readonly HostPort[] = []): Promise<void> {
    await this.#nodes.settled();
    await this.#claim();
    await join(this.#nodes, primaries, replicas);
  }

  async takeUp(options: MoveOptions = {}): Promise<Moved> {
    await this.#nodes.settled();
    await this.#claim();
    return takeUp(this.#nodes, this.#around, options);
  }

  async move(moves: readonly Move[], options: MoveOptions = {}): Promise<Moved> {
    const before = await this.takeUp(options);
    const { owners } = await this.#nodes.settled();
    const left = moves.filter(({ slot, to }) => owners[slot] !== to);
    const now = left.map(({ slot, to }): Move => ({ slot, from: owners[slot] as string, to }));
    const done = await moveAll(this.#nodes, now, this.#around, options);
    return { ...done, slots: before.slots + done.slots, keys: before.keys + done.keys };
  }

  close(): void {
    this.#nodes.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #claim(): Promise<void> {
    if (this.#claimed) return;
    await this.#nodes.claim(Math.floor(this.#around.random.next() * 2 ** 32).toString(36));
    this.#claimed = true;
  }

  async #hottest(seen: readonly ShardSeen[], count: number): Promise<readonly HotSlot[]> {
    const slots = seen.flatMap(({ shard, loads, named }) =>
      [...loads].map(([slot, load]: [number, SlotLoad]) => ({ slot, shard, load, key: named.get(slot) })),
    );
    const hot = slots.sort((a, b) => b.load.timeShare - a.load.timeShare).slice(0, count);
    return Promise.all(
      hot.map(async ({ slot, shard, load, key }) => ({
        slot,
        node: nodeName(shard.primary),
        callsPerSecond: load.callsPerSecond,
        timeShare: load.timeShare,
        keys: Number(await this.#nodes.ask(shard.primary.id, ['CLUSTER', 'COUNTKEYSINSLOT', String(slot)])),
        tag: key === undefined ? undefined : hashTag(key),
        key,
      })),
    );
  }
}
