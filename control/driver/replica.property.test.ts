import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  newReplica,
  type Replica,
  type ReplicaAction,
  type ReplicaFact,
  type ReplicaRules,
  stepReplica,
} from './replica.ts';

const rules = (settleMs: number | null): ReplicaRules => ({
  startTimeoutMs: 1000,
  stopTimeoutMs: 500,
  settleMs,
  restart: { firstMs: 100, maxMs: 1000, floor: 0.5 },
  forgetAfterMs: 5000,
  maxPortTries: 3,
  random: seededRandom(1),
});

const fact: fc.Arbitrary<ReplicaFact> = fc.oneof(
  fc.constantFrom<ReplicaFact>(
    { kind: 'begin' },
    { kind: 'spawned' },
    { kind: 'refused', reason: 'no' },
    { kind: 'passed' },
    { kind: 'failed', answer: 'status 500' },
    { kind: 'gone' },
    { kind: 'drained' },
    { kind: 'tick' },
    { kind: 'tick' },
  ),
  fc.boolean().map((portTaken): ReplicaFact => ({ kind: 'exited', how: 'exit code 1', portTaken })),
  { weight: 1, arbitrary: fc.constantFrom<ReplicaFact>({ kind: 'stop' }, { kind: 'kill' }) },
);
const happening = fc.record({ fact, afterMs: fc.integer({ min: 0, max: 3000 }) });
const story = fc.record({
  first: fc.boolean(),
  settleMs: fc.constantFrom(null, 300),
  happenings: fc.array(happening, { maxLength: 60 }),
});

interface Moment {
  readonly before: Replica;
  readonly replica: Replica;
  readonly fact: ReplicaFact;
  readonly actions: readonly ReplicaAction[];
  readonly nowMs: number;
}

function play(told: {
  first: boolean;
  settleMs: number | null;
  happenings: readonly { fact: ReplicaFact; afterMs: number }[];
}): Moment[] {
  let replica = newReplica(told.first);
  let nowMs = 0;
  return told.happenings.map(({ fact, afterMs }) => {
    nowMs += afterMs;
    const before = replica;
    const step = stepReplica(before, fact, nowMs, rules(told.settleMs));
    replica = step.replica;
    return { before, replica, fact, actions: step.actions, nowMs };
  });
}

/** Undefined, or a story in which it does not hold, with its seed. */
function refuted(holds: (moments: readonly Moment[], first: boolean) => boolean): string | undefined {
  const result = fc.check(
    fc.property(story, (told) => holds(play(told), told.first)),
    { numRuns: 2000 },
  );
  return result.failed ? fc.defaultReportMessage(result) : undefined;
}

describe('a replica, whatever happens to it in whatever order,', () => {
  it('is never launched while it has a process, and never twice under one number', () => {
    const wrong = refuted((moments) => {
      let lives = 0;
      let running = false;
      let right = true;
      for (const { fact, actions, before } of moments) {
        const refused = fact.kind === 'refused' && before.phase === 'launching';
        if (fact.kind === 'exited' || fact.kind === 'gone' || refused) running = false;
        for (const action of actions) {
          if (action.kind !== 'launch') continue;
          lives++;
          right &&= !running && action.life === lives;
          running = true;
        }
      }
      return right;
    });
    expect(wrong).toBeUndefined();
  });

  it('is not launched again once somebody wants it to end', () => {
    const wrong = refuted((moments) =>
      moments.every(({ replica, actions }) => replica.stop === 'no' || !actions.some(({ kind }) => kind === 'launch')),
    );
    expect(wrong).toBeUndefined();
  });

  it('does nothing after its end', () => {
    const wrong = refuted((moments) =>
      moments.every(
        ({ before, replica, actions }) =>
          before.phase !== 'ended' || (replica.phase === 'ended' && actions.length === 0),
      ),
    );
    expect(wrong).toBeUndefined();
  });

  it('always knows when to act next, unless somebody else has to', () => {
    const timed = new Set(['waiting', 'starting', 'draining', 'stopping']);
    const wrong = refuted((moments) =>
      moments.every(({ replica }) => (replica.dueMs !== null) === timed.has(replica.phase)),
    );
    expect(wrong).toBeUndefined();
  });

  it('is signalled only while it has a process', () => {
    const running = new Set(['launching', 'starting', 'healthy', 'unhealthy', 'draining', 'stopping']);
    const wrong = refuted((moments) =>
      moments.every(
        ({ before, actions }) => running.has(before.phase) || !actions.some(({ kind }) => kind === 'signal'),
      ),
    );
    expect(wrong).toBeUndefined();
  });

  it('fails the start of the system only when it belongs to it and was never healthy', () => {
    const wrong = refuted((moments, first) => {
      const failedAt = moments.findIndex(({ actions }) => actions.some(({ kind }) => kind === 'fail'));
      const healthyAt = moments.findIndex(({ replica }) => replica.phase === 'healthy');
      return failedAt === -1 || (first && (healthyAt === -1 || healthyAt > failedAt));
    });
    expect(wrong).toBeUndefined();
  });

  it('ends within its timeouts when it is stopped, its ticks come and its signals kill', () => {
    const property = fc.property(story, fc.boolean(), (told, obeys) => {
      const moments = play(told);
      const stopMs = moments.at(-1)?.nowMs ?? 0;
      const { replica, nowMs } = stopped(
        moments.at(-1)?.replica ?? newReplica(told.first),
        stopMs,
        obeys,
        told.settleMs,
      );
      return replica.phase === 'ended' && nowMs - stopMs <= 2 * rules(null).stopTimeoutMs;
    });
    const result = fc.check(property, { numRuns: 2000 });
    expect(result.failed ? fc.defaultReportMessage(result) : undefined).toBeUndefined();
  });

  it('waits between half its bound and its bound, and its bound doubles up to the longest', () => {
    let replica: Replica = { ...newReplica(false), phase: 'healthy', life: 1 };
    for (let crash = 1; crash <= 8; crash++) {
      const step = stepReplica(replica, { kind: 'exited', how: 'x', portTaken: false }, 0, rules(null));
      const bound = Math.min(1000, 100 * 2 ** (crash - 1));
      expect(step.replica).toMatchObject({ phase: 'waiting', crashes: crash });
      expect(step.replica.dueMs).toBeGreaterThanOrEqual(bound / 2);
      expect(step.replica.dueMs).toBeLessThanOrEqual(bound);
      replica = { ...step.replica, phase: 'healthy', healthySinceMs: 0 };
    }
    const calm = stepReplica(replica, { kind: 'exited', how: 'x', portTaken: false }, 5000, rules(null));
    expect(calm.replica.crashes).toBe(1);
  });
});

/** Stops it in a world where SIGKILL always, and SIGTERM perhaps, ends a process at once, and nothing ever drains. */
function stopped(
  start: Replica,
  startMs: number,
  obeys: boolean,
  settleMs: number | null,
): { readonly replica: Replica; readonly nowMs: number } {
  let replica = start;
  let nowMs = startMs;
  const queue: ReplicaFact[] = [{ kind: 'stop' }];
  if (replica.phase === 'launching') queue.push({ kind: 'spawned' });
  if (replica.phase === 'killing') queue.push({ kind: 'exited', how: 'SIGKILL', portTaken: false }, { kind: 'gone' });
  for (let turns = 0; turns < 50 && replica.phase !== 'ended'; turns++) {
    const next = queue.shift();
    if (next === undefined) nowMs = replica.dueMs ?? nowMs;
    const step = stepReplica(replica, next ?? { kind: 'tick' }, nowMs, rules(settleMs));
    replica = step.replica;
    for (const action of step.actions) {
      if (action.kind !== 'signal' || (action.signal === 'SIGTERM' && !obeys)) continue;
      queue.push({ kind: 'exited', how: action.signal, portTaken: false }, { kind: 'gone' });
    }
  }
  return { replica, nowMs };
}
