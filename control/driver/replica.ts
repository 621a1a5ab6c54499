/**
 * What to do with one replica: a pure function of its state, a fact and the time. A replica is a place (`api-1`) that lives through
 * processes (its first life, then `api-1.2`, `api-1.3`, …); at most one of them is wanted at a time.
 *
 * A failure during the very first start is the system's failure (`fail`); after the first healthy answer a replica is started again and
 * again, with growing waits, until somebody stops it.
 */
import { backoffMs, type BackoffOptions } from '@palier/base/backoff';
import type { Random } from '@palier/base/random';
import type { SystemEvent } from '@palier/protocol';

export type ReplicaPhase =
  | 'idle'
  /** For the time of its next start. */
  | 'waiting'
  /** The keeper has been asked. */
  | 'launching'
  /** Its process runs and has not yet been healthy. */
  | 'starting'
  | 'healthy'
  | 'unhealthy'
  /** Gets no new request; those in flight are answered. */
  | 'draining'
  /** SIGTERM has been sent. */
  | 'stopping'
  /** SIGKILL has been sent. */
  | 'killing'
  /** Nothing is left of it, for good. */
  | 'ended';

export interface Replica {
  readonly phase: ReplicaPhase;
  /** How many processes it has had. */
  readonly life: number;
  /** Never healthy so far, and part of the system's start. */
  readonly first: boolean;
  /** Somebody wants it to end. */
  readonly stop: 'no' | 'drain' | 'kill';
  /** Crashes in a row. */
  readonly crashes: number;
  /** Ports in a row that somebody else held. */
  readonly portsLost: number;
  /** When a `tick` is due; null: never. */
  readonly dueMs: number | null;
  readonly healthySinceMs: number | null;
  /** The last answer to a question for its health. */
  readonly answer: string;
  /** How its process ended, while others of its group still run. */
  readonly ended: string | null;
}

export type ReplicaFact =
  | { readonly kind: 'begin' }
  | { readonly kind: 'spawned' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly answer: string }
  /** `how`: "exit code 1", "SIGKILL". */
  | { readonly kind: 'exited'; readonly how: string; readonly portTaken: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'drained' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'kill' }
  | { readonly kind: 'tick' };

export type ReplicaAction =
  | { readonly kind: 'launch'; readonly life: number }
  | { readonly kind: 'signal'; readonly signal: 'SIGTERM' | 'SIGKILL' }
  | { readonly kind: 'event'; readonly event: SystemEvent['kind']; readonly message: string; readonly output: boolean }
  /** The system's start has failed. */
  | { readonly kind: 'fail'; readonly why: 'refused' | 'crashed' | 'unhealthy'; readonly how: string };

export interface ReplicaRules {
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Null: has HTTP, is healthy when it answers. A number: no HTTP, is healthy when it has run for so long. */
  readonly settleMs: number | null;
  readonly restart: BackoffOptions;
  readonly forgetAfterMs: number;
  readonly maxPortTries: number;
  readonly random: Random;
}

export interface ReplicaStep {
  readonly replica: Replica;
  readonly actions: readonly ReplicaAction[];
}

export function newReplica(first: boolean, lives = 0): Replica {
  return {
    phase: 'idle',
    life: lives,
    first,
    stop: 'no',
    crashes: 0,
    portsLost: 0,
    dueMs: null,
    healthySinceMs: null,
    answer: 'no answer yet',
    ended: null,
  };
}

/** One step. A fact that means nothing in this phase changes nothing. */
export function stepReplica(replica: Replica, fact: ReplicaFact, nowMs: number, rules: ReplicaRules): ReplicaStep {
  switch (fact.kind) {
    case 'begin':
      return replica.phase === 'idle' ? launch(replica) : same(replica);
    case 'tick':
      return replica.dueMs === null || nowMs < replica.dueMs ? same(replica) : due(replica, nowMs, rules);
    case 'spawned':
      return replica.phase === 'launching' ? spawned(replica, nowMs, rules) : same(replica);
    case 'refused':
      return replica.phase === 'launching' ? refused(replica, fact.reason, nowMs, rules) : same(replica);
    case 'passed':
      return passed(replica, nowMs);
    case 'failed':
      return failed(replica, fact.answer);
    case 'exited':
      return exited(replica, fact.how, fact.portTaken, nowMs, rules);
    case 'gone':
      return gone(replica, nowMs, rules);
    case 'drained':
      return replica.phase === 'draining' ? terminate(replica, nowMs, rules, []) : same(replica);
    case 'stop':
      return stop(replica, nowMs, rules);
    case 'kill':
      return kill(replica);
  }
}

function launch(replica: Replica): ReplicaStep {
  const life = replica.life + 1;
  const next: Replica = { ...replica, phase: 'launching', life, dueMs: null, healthySinceMs: null, ended: null };
  return { replica: { ...next, answer: 'no answer yet' }, actions: [{ kind: 'launch', life }] };
}

function spawned(replica: Replica, nowMs: number, rules: ReplicaRules): ReplicaStep {
  if (replica.stop === 'drain') return terminate(replica, nowMs, rules, []);
  if (replica.stop === 'kill') return shoot(replica, []);
  const dueMs = nowMs + (rules.settleMs ?? rules.startTimeoutMs);
  return { replica: { ...replica, phase: 'starting', dueMs }, actions: [say('replica-starting', 'starts')] };
}

function refused(replica: Replica, reason: string, nowMs: number, rules: ReplicaRules): ReplicaStep {
  if (replica.stop !== 'no') return end(replica, []);
  if (replica.first) return end(replica, [{ kind: 'fail', why: 'refused', how: reason }]);
  return wait(replica, `could not be started: ${reason}`, nowMs, rules);
}

function passed(replica: Replica, nowMs: number): ReplicaStep {
  if (replica.phase === 'starting') {
    const next = {
      ...replica,
      phase: 'healthy',
      first: false,
      portsLost: 0,
      dueMs: null,
      healthySinceMs: nowMs,
    } as const;
    return { replica: next, actions: [say('replica-healthy', 'is healthy')] };
  }
  if (replica.phase !== 'unhealthy') return same(replica);
  return { replica: { ...replica, phase: 'healthy' }, actions: [say('replica-healthy', 'is healthy again')] };
}

function failed(replica: Replica, answer: string): ReplicaStep {
  if (replica.phase === 'starting') return same({ ...replica, answer });
  if (replica.phase !== 'healthy') return same(replica);
  const event = say('replica-unhealthy', `is unhealthy (${answer}) and gets no request until it answers again`);
  return { replica: { ...replica, phase: 'unhealthy', answer }, actions: [event] };
}

/** Its first process ended; when it is being stopped, what is left of its group has the rest of the time. */
function exited(replica: Replica, how: string, portTaken: boolean, nowMs: number, rules: ReplicaRules): ReplicaStep {
  switch (replica.phase) {
    case 'starting':
      if (portTaken && replica.portsLost + 1 < rules.maxPortTries) {
        const step = launch({ ...replica, portsLost: replica.portsLost + 1 });
        const note = say('note', 'found its port taken by another program and gets another one', true);
        return { ...step, actions: [note, ...step.actions] };
      }
      if (replica.first) return end(replica, [{ kind: 'fail', why: 'crashed', how }]);
      return wait(replica, `ended while it started, with ${how}`, nowMs, rules);
    case 'healthy':
    case 'unhealthy':
      return wait(replica, `crashed with ${how}`, nowMs, rules);
    case 'draining':
      return terminate({ ...replica, ended: `${how}, before it was asked to` }, nowMs, rules, []);
    case 'stopping':
    case 'killing':
      return same({ ...replica, ended: how });
    default:
      return same(replica);
  }
}

function gone(replica: Replica, nowMs: number, rules: ReplicaRules): ReplicaStep {
  if (replica.phase !== 'stopping' && replica.phase !== 'killing') return same(replica);
  if (replica.stop === 'no') return wait(replica, 'was not healthy in time', nowMs, rules);
  return end(replica, [say('replica-stopped', `has stopped (${replica.ended ?? 'all its processes ended'})`)]);
}

function due(replica: Replica, nowMs: number, rules: ReplicaRules): ReplicaStep {
  switch (replica.phase) {
    case 'waiting':
      return launch(replica);
    case 'starting': {
      if (rules.settleMs !== null) return passed(replica, nowMs);
      if (!replica.first) return shoot(replica, []);
      return shoot({ ...replica, stop: 'kill' }, [{ kind: 'fail', why: 'unhealthy', how: replica.answer }]);
    }
    case 'draining':
      return terminate(replica, nowMs, rules, [
        say('note', `still had requests in flight after ${rules.stopTimeoutMs / 1000} s of draining`),
      ]);
    case 'stopping':
      return shoot(replica, [
        say('note', `did not end within ${rules.stopTimeoutMs / 1000} s after SIGTERM and is killed`),
      ]);
    default:
      return same(replica);
  }
}

function stop(replica: Replica, nowMs: number, rules: ReplicaRules): ReplicaStep {
  if (replica.stop !== 'no') return same(replica);
  const asked: Replica = { ...replica, stop: 'drain' };
  switch (replica.phase) {
    case 'idle':
    case 'waiting':
      return end(asked, [say('replica-stopped', 'has stopped')]);
    case 'starting':
      return terminate(asked, nowMs, rules, []);
    case 'healthy':
    case 'unhealthy':
      if (rules.settleMs !== null) return terminate(asked, nowMs, rules, []);
      return {
        replica: { ...asked, phase: 'draining', dueMs: nowMs + rules.stopTimeoutMs },
        actions: [say('replica-draining', 'gets no new request and finishes those that it has')],
      };
    default:
      return same(asked);
  }
}

function kill(replica: Replica): ReplicaStep {
  const asked: Replica = { ...replica, stop: 'kill' };
  switch (replica.phase) {
    case 'idle':
    case 'waiting':
      return end(asked, [say('replica-stopped', 'has stopped')]);
    case 'starting':
    case 'healthy':
    case 'unhealthy':
    case 'draining':
    case 'stopping':
      return shoot(asked, []);
    default:
      return same(asked);
  }
}

function terminate(
  replica: Replica,
  nowMs: number,
  rules: ReplicaRules,
  before: readonly ReplicaAction[],
): ReplicaStep {
  const next: Replica = { ...replica, phase: 'stopping', dueMs: nowMs + rules.stopTimeoutMs };
  return { replica: next, actions: [...before, { kind: 'signal', signal: 'SIGTERM' }] };
}

function shoot(replica: Replica, before: readonly ReplicaAction[]): ReplicaStep {
  const next: Replica = { ...replica, phase: 'killing', dueMs: null };
  return { replica: next, actions: [...before, { kind: 'signal', signal: 'SIGKILL' }] };
}

function wait(replica: Replica, what: string, nowMs: number, rules: ReplicaRules): ReplicaStep {
  const calm = replica.healthySinceMs !== null && nowMs - replica.healthySinceMs >= rules.forgetAfterMs;
  const crashes = calm ? 1 : replica.crashes + 1;
  const waitMs = Math.ceil(backoffMs(crashes - 1, rules.restart, rules.random));
  const next: Replica = { ...replica, phase: 'waiting', crashes, portsLost: 0, dueMs: nowMs + waitMs };
  const again = `${what}; it is started again in ${(waitMs / 1000).toFixed(1)} s`;
  return {
    replica: { ...next, healthySinceMs: null },
    actions: [say('replica-crashed', crashes === 1 ? again : `${again} (${crashes} times in a row)`, true)],
  };
}

function end(replica: Replica, actions: readonly ReplicaAction[]): ReplicaStep {
  return { replica: { ...replica, phase: 'ended', dueMs: null }, actions };
}

function say(event: SystemEvent['kind'], message: string, output = false): ReplicaAction {
  return { kind: 'event', event, message, output };
}

function same(replica: Replica): ReplicaStep {
  return { replica, actions: [] };
}
