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

function promise(holds: (moments: readonly Moment[], first: boolean) => void): void {
  fc.assert(
    fc.property(story, (told) => holds(play(told), told.first)),
    { numRuns: 2000 },
  );
}

describe('a replica, whatever happens to it in whatever order,', () => {
  it('is never launched while it has a process, and never twice under one number', () => {
    promise((moments) => {
      let lives = 0;
      let running = false;
      for (const { fact, actions, before } of moments) {
        if (fact.kind === 'exited' || fact.kind === 'gone' || (fact.kind === 'refused' && before.phase === 'launching'))
          running = false;
        for (const action of actions) {
          if (action.kind !== 'launch') continue;
          expect(running).toBe(false);
          expect(action.life).toBe(++lives);
          running = true;
        }
      }
    });
  });

  it('is not launched again once somebody wants it to end', () => {
    promise((moments) => {
      for (const { replica, actions } of moments) {
        if (replica.stop !== 'no') expect(actions.filter((action) => action.kind === 'launch')).toEqual([]);
      }
    });
  });

  it('does nothing after its end', () => {
    promise((moments) => {
      for (const { before, replica, actions } of moments) {
        if (before.phase !== 'ended') continue;
        expect(replica.phase).toBe('ended');
        expect(actions).toEqual([]);
      }
    });
  });

  it('always knows when to act next, unless somebody else has to', () => {
    promise((moments) => {
      for (const { replica } of moments) {
        const timed = ['waiting', 'starting', 'draining', 'stopping'].includes(replica.phase);
        expect(replica.dueMs !== null, replica.phase).toBe(timed);
      }
    });
  });

  it('is signalled only while it has a process', () => {
    promise((moments) => {
      for (const { before, actions } of moments) {
        const signalled = actions.some((action) => action.kind === 'signal');
        if (signalled)
          expect(['launching', 'starting', 'healthy', 'unhealthy', 'draining', 'stopping']).toContain(before.phase);
      }
    });
  });

  it('fails the start of the system only when it belongs to it and was never healthy', () => {
    promise((moments, first) => {
      let healthy = false;
      for (const { replica, actions } of moments) {
        if (replica.phase === 'healthy') healthy = true;
        if (actions.some((action) => action.kind === 'fail')) expect([first, healthy]).toEqual([true, false]);
      }
    });
  });

  it('ends within its timeouts when it is stopped, its ticks come and its signals kill', () => {
    fc.assert(
      fc.property(story, fc.boolean(), (told, obeys) => {
        const moments = play(told);
        let replica = moments.at(-1)?.replica ?? newReplica(told.first);
        let nowMs = moments.at(-1)?.nowMs ?? 0;
        const stopMs = nowMs;
        const queue: ReplicaFact[] = [{ kind: 'stop' }];
        if (replica.phase === 'launching') queue.push({ kind: 'spawned' });
        if (replica.phase === 'killing')
          queue.push({ kind: 'exited', how: 'SIGKILL', portTaken: false }, { kind: 'gone' });
        for (let turns = 0; turns < 50 && replica.phase !== 'ended'; turns++) {
          const next = queue.shift();
          if (next === undefined) nowMs = replica.dueMs ?? nowMs;
          const step = stepReplica(replica, next ?? { kind: 'tick' }, nowMs, rules(told.settleMs));
          replica = step.replica;
          for (const action of step.actions) {
            if (action.kind !== 'signal' || (action.signal === 'SIGTERM' && !obeys)) continue;
            queue.push({ kind: 'exited', how: action.signal, portTaken: false }, { kind: 'gone' });
          }
        }
        expect(replica.phase).toBe('ended');
        expect(nowMs - stopMs).toBeLessThanOrEqual(2 * 500);
      }),
      { numRuns: 2000 },
    );
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
