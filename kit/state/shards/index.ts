/** The shards of a Redis Cluster: load by slot, plans, and moving slots while requests run. */
export type { Moved } from './move-redis.ts';
export type { LookOptions, MoveOptions, MoveProgress, RebalanceOptions } from './options.ts';
export type { LoadedShard, Plan } from './plan.ts';
export { openShards } from './open.ts';
export type { HotSlot, ShardLook, Shards, ShardsLook } from './shards.ts';
export type { Move } from './view.ts';
