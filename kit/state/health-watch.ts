/** The health of an engine while it is used: the pure decision of `health.ts` for each of its nodes, told to whoever listens. */
import type { Clock } from '@palier/base/clock';
import {
  type Health,
  type HealthEvent,
  type HealthFacts,
  type HealthState,
  nextHealth,
  overallHealth,
  unseen,
} from './health.ts';

const maxListeners = 100;
const options = { downAfterMs: 1000, upAfterAnswers: 20 };

export class HealthWatch implements Health {
  readonly #clock: Clock;
  readonly #listeners = new Set<(state: HealthState, reason: string | undefined) => void>();
  /** By node; an engine of one node has one, under the empty name. */
  readonly #nodes = new Map<string, HealthFacts>();
  #state: HealthState = 'down';
  #reason: string | undefined = unseen.reason;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get state(): HealthState {
    return this.#state;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  onChange(listener: (state: HealthState, reason: string | undefined) => void): () => void {
    if (this.#listeners.size >= maxListeners) throw new RangeError(`More than ${maxListeners} listen to one health.`);
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  see(event: HealthEvent, node = ''): void {
    const facts = this.#nodes.get(node) ?? unseen;
    // The common case, on every call's way: all is well, and stays so.
    if (event.kind === 'answered' && facts.state === 'up' && facts.failures === 0) return;
    this.#nodes.set(node, nextHealth(facts, event, this.#clock.monotonicMs(), options));
    this.#tell();
  }

  /** The node is no part of the engine any more. */
  forget(node: string): void {
    if (this.#nodes.delete(node)) this.#tell();
  }

  #tell(): void {
    const { state, reason } = overallHealth([...this.#nodes.values()]);
    const changed = state !== this.#state;
    this.#state = state;
    this.#reason = reason;
    if (!changed) return;
    for (const listener of this.#listeners) listener(state, reason);
  }
}
