/** What a running system needs, and what it offers. */
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';
import type { ServiceChange, SystemEvent, SystemSample } from '@palier/protocol';
import type { DriverReplica } from '../driver/index.ts';
import type { RunConditions } from './conditions.ts';

export interface SystemSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Palier's own environment; replicas get it with their service's on top. */
  readonly env: Readonly<Record<string, string>>;
  /** The cores that replicas and balancer are pinned to; null: all. */
  readonly cpus: readonly number[] | null;
  /** Aborted: a start that is under way is broken off. What runs is stopped by `stop()`. */
  readonly stop: AbortSignal;
  /** Aborted: everything is killed at once; a `stop()` under way gets done. */
  readonly kill: AbortSignal;
  /** From the beginning of the start to the end of the stop. */
  readonly onEvent: (event: SystemEvent) => void;
  /** Lines that a replica or a preparation wrote. */
  readonly onOutput?: (replica: string, lines: readonly string[]) => void;
}

export interface SystemListener {
  readonly onSample?: (sample: SystemSample) => void;
  readonly onEvent?: (event: SystemEvent) => void;
}

export interface RunningSystem {
  /** The balancer's address of each service with HTTP: `http://127.0.0.1:4711`. */
  readonly urls: Readonly<Record<string, string>>;
  readonly conditions: RunConditions;
  /** Resolves when it cannot go on: the keeper or the balancer is lost. Call `stop()` then. */
  readonly failed: Promise<Error>;
  /** Each second's sample, each event; returns what ends it. */
  watch(listener: SystemListener): () => void;
  replicas(): readonly DriverReplica[];
  /** Resolves when it is done. Throws PALIER_SCALE_RANGE, PALIER_SERVICE_UNKNOWN. */
  scale(service: string, count: number): Promise<void>;
  /**
   * Replaces all replicas of a service by as many that differ from the system file in `change`; an empty change goes back to it. The service
   * answers nothing meanwhile. Throws PALIER_CHANGE_FAILED, PALIER_SERVICE_UNKNOWN.
   */
  change(service: string, change: ServiceChange): Promise<void>;
  /** Drains and stops everything, the last service first. Resolves when nothing is left. */
  stop(): Promise<void>;
  /** Kills everything at once; call `stop()` to wait for it. */
  kill(): void;
}
