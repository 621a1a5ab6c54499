/**
 * How an engine is, decided from what was seen of it: `up`; `degraded`, it answers but not always; `down`, it does not. Other rooms ask
 * this before they decide what to do without it; none of them guesses from its own errors.
 */

export type HealthState = 'up' | 'degraded' | 'down';

export interface Health {
  readonly state: HealthState;
  /** The last reason for not being up, for people. */
  readonly reason: string | undefined;
  /** Called at each change; the answer takes it back. At most `maxListeners` at once. */
  onChange(listener: (state: HealthState, reason: string | undefined) => void): () => void;
}

/** What was seen. `failed`: the call reached nobody or got no answer in time. An answer that says no is an answer. */
export type HealthEvent =
  | { readonly kind: 'connected' | 'answered' }
  | { readonly kind: 'disconnected' | 'failed'; readonly reason: string };

export interface HealthFacts {
  readonly state: HealthState;
  readonly reason: string | undefined;
  readonly connected: boolean;
  /** Failures since the last answer, and when the first of them was. */
  readonly failures: number;
  readonly failingSinceMs: number | undefined;
  /** Answers since the last failure. */
  readonly answers: number;
}

export interface HealthOptions {
  /** Failing for that long without one answer is down. Default 1000: a failover that is noticed takes less. */
  readonly downAfterMs: number;
  /** So many answers in a row after a failure are up again. Default 20: one lucky answer of a dying server is none. */
  readonly upAfterAnswers: number;
}

export const unseen: HealthFacts = {
  state: 'down',
  reason: 'not connected yet',
  connected: false,
  failures: 0,
  failingSinceMs: undefined,
  answers: 0,
};

export function nextHealth(facts: HealthFacts, event: HealthEvent, nowMs: number, options: HealthOptions): HealthFacts {
  switch (event.kind) {
    case 'connected':
      return { ...unseen, state: 'up', reason: undefined, connected: true, answers: options.upAfterAnswers };
    case 'answered': {
      const answers = Math.min(facts.answers + 1, options.upAfterAnswers);
      const up = answers >= options.upAfterAnswers;
      return {
        state: up ? 'up' : 'degraded',
        reason: up ? undefined : facts.reason,
        connected: true,
        failures: 0,
        failingSinceMs: undefined,
        answers,
      };
    }
    case 'disconnected':
    case 'failed': {
      const failingSinceMs = facts.failingSinceMs ?? nowMs;
      const connected = facts.connected && event.kind === 'failed';
      const down = facts.state === 'down' || nowMs - failingSinceMs >= options.downAfterMs;
      return {
        state: down ? 'down' : 'degraded',
        reason: event.reason,
        connected,
        failures: facts.failures + 1,
        failingSinceMs,
        answers: 0,
      };
    }
  }
}

/** Of an engine of several nodes: up when all are, down when none answers, else degraded. */
export function overallHealth(nodes: readonly HealthFacts[]): Pick<HealthFacts, 'state' | 'reason'> {
  const ailing = nodes.find(({ state }) => state !== 'up');
  if (ailing === undefined) return nodes.length === 0 ? unseen : { state: 'up', reason: undefined };
  const state = nodes.every((node) => node.state === 'down') ? 'down' : 'degraded';
  return { state, reason: ailing.reason };
}
