/** What the replicas of a service share: keys and values, opened by a URL. */
export {
  keyOf,
  keyPart,
  type CallOptions,
  type Kv,
  type KvEngine,
  type SetOptions,
  type Value,
  type WriteOptions,
} from './kv.ts';
export type { Bus, Subscriber, Subscription } from './bus/bus.ts';
export { openBus } from './bus/open.ts';
export type { KeepingFacts } from './keeping/facts.ts';
export { checkKeeps, type Keeping, type KeepingFinding } from './keeping/keeping.ts';
export { type Copies, openCopies, type ReadOptions } from './copies/copies.ts';
export type { CopyOptions } from './copies/options.ts';
export type { CopyEvents, CopySource, CopySourceOptions, Lane, SourceRead } from './copies/source.ts';
export type { Copy, CopyCounts } from './copies/table.ts';
export type { Durable } from './durable/durable.ts';
export type { Health, HealthState } from './health.ts';
export { openKv } from './open.ts';
export type { StateOptions } from './options.ts';
export { type Outcome, outcomeOf } from './outcome.ts';
export type { HashView, Procedure, Reply, SortedView, View } from './procedure.ts';
export type { StateSurroundings } from './surroundings.ts';
