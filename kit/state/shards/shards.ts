/**
 * The shards of a Redis Cluster, looked at and made even while requests run.
 *
 * Nothing is kept beside the Cluster: what is half done is read from its nodes, and ended before anything else is begun.
 */
import type { HostPort } from '../address.ts';
import type { Moved } from './move-redis.ts';
import type { LookOptions, MoveOptions, RebalanceOptions } from './options.ts';
import type { LoadedShard, Plan } from './plan.ts';
import type { Move } from './view.ts';

export interface Shards extends Disposable {
  /** Takes about `sampleMs` and as long again for each primary. Throws PALIER_SHARDS_NONE, PALIER_SHARDS_DOWN, PALIER_SHARDS_DOUBT. */
  look(options?: LookOptions): Promise<ShardsLook>;
  /** What would make the shards even by what was seen. Pure. */
  plan(look: ShardsLook, options?: RebalanceOptions): Plan;
  /**
   * Lets empty nodes in, without slots until they are moved there; `replicas` are dealt to them in turn. Those that are in already are left as they
   * are. Throws PALIER_SHARDS_NODE with nothing changed, PALIER_SHARDS_BUSY.
   */
  add(primaries: readonly HostPort[], replicas?: readonly HostPort[]): Promise<void>;
  /** Ends what was begun and left: by us when we were killed, or by another tool. Throws as `move`. */
  takeUp(options?: MoveOptions): Promise<Moved>;
  /** Ends what was begun, then moves. Throws PALIER_SHARDS_BUSY, PALIER_SHARDS_STOPPED, PALIER_SHARDS_DOWN, PALIER_SHARDS_DOUBT. */
  move(moves: readonly Move[], options?: MoveOptions): Promise<Moved>;
  close(): void;
}

export interface ShardsLook {
  readonly shards: readonly ShardLook[];
  /** Load of the busiest shard by the mean of all; 1 is even. */
  readonly imbalance: number;
  /** The hottest first. */
  readonly hottest: readonly HotSlot[];
  /** Slots that were begun to be moved and are not moved. */
  readonly halfDone: number;
  /** What a plan weighs, for each shard in the order of `shards`. */
  readonly loaded: readonly LoadedShard[];
}

export interface ShardLook {
  readonly id: string;
  /** `HOST:PORT` of its primary. */
  readonly node: string;
  readonly replicas: readonly string[];
  readonly slots: number;
  readonly keys: number;
  readonly callsPerSecond: number;
  /** Of one processor, 0…1. */
  readonly timeShare: number;
}

export interface HotSlot {
  readonly slot: number;
  readonly node: string;
  readonly callsPerSecond: number;
  readonly timeShare: number;
  readonly keys: number;
  /** What its keys have between braces, as a partition of kit/token; undefined: the whole key chose the slot. */
  readonly tag: string | undefined;
  /** One of its keys that was asked for. */
  readonly key: string | undefined;
}
