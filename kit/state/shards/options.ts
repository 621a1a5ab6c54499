/** What can be set on the moving of slots, and why it is as it is. */
import { kitError } from '../../errors.ts';

export interface LookOptions {
  /** How long each primary is watched, one after the other, and before that all of them by their own counters. Default 1000 ms. */
  readonly sampleMs?: number;
  /** Calls of a primary after which it is watched no more. Default 50 000: what 10 MB of names are. */
  readonly maxSampled?: number;
  /** How many of the hottest slots are told. Default 16. */
  readonly hottest?: number;
}

export interface RebalanceOptions {
  /** The busiest shard may have so many times the mean load. Default 1.1: what is nearer to even is within what a sample tells. */
  readonly goal?: number;
}

export interface MoveOptions {
  /** Stops after the slot in hand. */
  readonly signal?: AbortSignal;
  /** Told after each slot. */
  readonly progress?: (progress: MoveProgress) => void;
}

export interface MoveProgress {
  readonly slot: number;
  readonly movedSlots: number;
  readonly ofSlots: number;
  readonly movedKeys: number;
  /** By the pace until now. */
  readonly leftMs: number;
}

export type CheckedLookOptions = Required<LookOptions>;

const defaultGoal = 1.1;

/** A server answers nobody while it hands keys over: batches that take about so long, and never more keys at once. */
export const batchMs = 10;
export const maxBatchKeys = 500;
/** One batch, on the wire between the two servers; a large value takes what it takes. */
export const migrateTimeoutMs = 10_000;
/** A slot that cannot be moved now (a failover, a server that restarts) is tried again for so long: four times the node-timeout of a Cluster as it comes. */
export const patienceMs = 60_000;
/** All nodes' maps are compared after so many slots. */
export const agreeEvery = 16;

export function checkedLookOptions(options: LookOptions): CheckedLookOptions {
  return {
    sampleMs: whole('sampleMs', options.sampleMs ?? 1000, 50, 60_000),
    maxSampled: whole('maxSampled', options.maxSampled ?? 50_000, 100, 1_000_000),
    hottest: whole('hottest', options.hottest ?? 16, 1, 1000),
  };
}

export function checkedGoal({ goal = defaultGoal }: RebalanceOptions): number {
  if (Number.isFinite(goal) && goal >= 1.01 && goal <= 10) return goal;
  throw kitError('PALIER_STATE_OPTION', { option: 'goal', value: goal, expected: 'a number from 1.01 to 10' });
}

function whole(option: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw kitError('PALIER_STATE_OPTION', { option, value, expected: `a whole number from ${least} to ${most}` });
}
