/** The life of a job, walked at random: what the table allows, and nothing else. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { claimOf, claimsOf, maxWorkers, workerOf } from './claims.ts';
import {
  codes,
  endedStates,
  holdsLane,
  isLive,
  type JobEvent,
  type JobState,
  liveStates,
  stateOf,
  transitions,
} from './states.ts';

const events = Object.keys(transitions) as JobEvent[];
const states: readonly JobState[] = [...liveStates, ...endedStates];

function walk(path: readonly JobEvent[]): JobState[] {
  const seen: JobState[] = ['ready'];
  for (const event of path) {
    const { from, to } = transitions[event];
    if (from.includes(seen.at(-1) as JobState)) seen.push(to);
  }
  return seen;
}

describe('the life of a job', () => {
  test('an ended job is only ever begun anew, and only a running one ends by its handler', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 60 }), (path) => {
        const seen = walk(path);
        const steps = seen.slice(1).map((to, i) => ({ from: seen[i] as JobState, to }));
        const wrong = steps.filter(
          ({ from, to }) =>
            (!isLive(from) && to !== 'ready' && to !== 'blocked') ||
            ((to === 'done' || to === 'parked' || to === 'suspect') && from !== 'running') ||
            (to === 'running' && from !== 'ready' && from !== 'suspect'),
        );
        expect(wrong).toEqual([]);
      }),
    );
  });

  test('every state can be reached, and from every state the job can end', () => {
    const reach = (start: readonly JobState[]): Set<JobState> => {
      const reached = new Set<JobState>(start);
      for (let size = 0; size !== reached.size; ) {
        size = reached.size;
        for (const { from, to } of Object.values(transitions))
          if (from.some((state) => reached.has(state))) reached.add(to);
      }
      return reached;
    };
    // A job is added as one of these.
    expect([...reach(['ready', 'delayed', 'blocked'])].toSorted()).toEqual([...states].toSorted());
    expect(states.filter((state) => [...reach([state])].every((one) => isLive(one)))).toEqual([]);
  });

  test('codes are told apart, and a code that is none is refused', () => {
    expect(new Set(Object.values(codes)).size).toBe(states.length);
    for (const state of states) expect(stateOf(codes[state])).toBe(state);
    expect(() => stateOf(99)).toThrow(RangeError);
  });

  test('who is on its way holds its place in a lane: that a claim or a crash changes nothing there', () => {
    for (const event of ['claim', 'release', 'again', 'crash'] as const) {
      const { from, to } = transitions[event];
      expect([event, ...from.filter((state) => holdsLane(state) !== holdsLane(to))]).toEqual([event]);
    }
    expect(liveStates.filter((state) => !holdsLane(state))).toEqual(['delayed', 'blocked']);
  });
});

describe('the number of a claim', () => {
  const worker = fc.integer({ min: 1, max: maxWorkers });
  const turn = fc.integer({ min: 0, max: 2 ** 40 });

  test('says whose it is, is exact, and lies among those of its worker and of no other', () => {
    fc.assert(
      fc.property(worker, worker, turn, (one, other, turn) => {
        const claim = claimOf(one, turn);
        expect(Number.isSafeInteger(claim)).toBe(true);
        expect(workerOf(claim)).toBe(one);
        const { first, last } = claimsOf(other);
        expect(claim >= first && claim <= last).toBe(one === other);
      }),
    );
  });
});
