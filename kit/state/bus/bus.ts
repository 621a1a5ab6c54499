/**
 * The port for messages between replicas: what every engine promises, in sentences that `conformance/` holds each driver to.
 *
 * - A message reaches each subscriber at most once, in the order in which its channel's messages were published, byte for byte.
 * - Who may have missed one is told so (`gap`), before the next one is handed over, and at the latest when his connection stands again: he reads
 *   again what the messages were about. Who missed nothing is told nothing.
 * - What was published after `subscribe` was answered comes, or a gap does. Who publishes hears himself.
 */
import type { Health } from '../health.ts';
import type { CallOptions, KvEngine, Value } from '../kv.ts';

export interface Subscriber {
  /** The bytes are the subscriber's own. */
  message(bytes: Buffer): void;
  /** Something may have been missed. */
  gap(): void;
  /** Whether messages come: false when the connection is lost, true when it stands again and a gap, if there was one, was told. */
  listening?(listens: boolean): void;
}

export interface Subscription {
  readonly listening: boolean;
  /** Nothing comes after it. */
  close(): void;
}

export interface Bus extends AsyncDisposable {
  readonly engine: KvEngine;
  readonly health: Health;
  /** Resolves when the engine has it, not when anybody heard it. Rejects as `Kv.set` does. */
  publish(channel: string, message: Value, options?: CallOptions): Promise<void>;
  /** Resolves when messages come. Rejects with PALIER_STATE_LATE, or PALIER_STATE_BUSY when too many subscribe. */
  subscribe(channel: string, subscriber: Subscriber, options?: CallOptions): Promise<Subscription>;
  /** Ends what is under way within `timeoutMs`, then lets go; subscribers hear nothing more. */
  close(): Promise<void>;
}
