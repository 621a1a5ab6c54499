import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KindName } from './jobs.ts';
import { judge, type Note, type Story, wrongs } from './judge.ts';

const pages = 3;
/** When it is does not count beside the number of an attempt. */
const late = 100;
const kinds: readonly KindName[] = ['kept', 'gone', 'effect', 'paged'];
const anyJob = fc.record({
  kind: fc.constantFrom(...kinds),
  attempts: fc.integer({ min: 1, max: 4 }),
  /** Of a job of pages: which of its attempts wrote each. */
  writers: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: pages, maxLength: pages }),
});

/** As it is when all keeps to its promises: the attempt that was begun last ends the job. */
function soundStory(jobs: readonly { kind: KindName; attempts: number; writers: number[] }[]): Story {
  const token = (n: number, attempt: number): string => `${n}-${attempt}`;
  const notes: Note[] = [];
  const story = {
    ended: [] as Story['ended'][number][],
    effects: [] as Story['effects'][number][],
    outputs: [] as Story['outputs'][number][],
  };
  jobs.forEach(({ kind, attempts, writers }, n) => {
    const last = token(n, attempts - 1);
    for (let i = 0; i < attempts; i++) {
      notes.push({ what: 'begun', n, token: token(n, i), attempt: i + 1, atMs: late - i });
    }
    notes.push({ what: 'ended', n, token: last, attempt: attempts, atMs: late });
    if (kind === 'kept' || kind === 'paged')
      story.ended.push({ id: n, result: JSON.stringify({ token: last }), reason: null });
    if (kind === 'effect') story.effects.push({ n, token: last });
    if (kind === 'paged') {
      const inOrder = writers.map((writer) => Math.min(writer, attempts - 1)).toSorted((a, b) => a - b);
      inOrder.forEach((writer, i) => story.outputs.push({ n, page: i + 1, token: token(n, writer) }));
    }
  });
  return {
    jobs: jobs.map(({ kind }, n) => ({ id: n, n, kind })),
    live: new Set(),
    notes,
    refusals: [],
    pages,
    ...story,
  };
}

test('nothing is wrong with jobs that were ended by the attempt that was begun last, however many there were and whoever wrote', () => {
  fc.assert(
    fc.property(fc.array(anyJob, { maxLength: 20 }), (jobs) => {
      const counts = judge(soundStory(jobs));
      expect(wrongs(counts)).toBe(0);
      expect(counts).toMatchObject({
        done: jobs.length,
        begunAgain: jobs.filter(({ attempts }) => attempts > 1).length,
      });
    }),
  );
});

test('each job is done, lost or dead, whatever is missing', () => {
  fc.assert(
    fc.property(fc.array(anyJob, { maxLength: 20 }), fc.array(fc.nat(19)), fc.array(fc.nat(19)), (jobs, gone, dead) => {
      const sound = soundStory(jobs);
      const ended = sound.ended.flatMap((one) => {
        if (gone.includes(one.id)) return [];
        return dead.includes(one.id) ? [{ ...one, result: null, reason: 'condemned' }] : [one];
      });
      const counts = judge({ ...sound, ended });
      expect(counts.done + counts.lost + counts.dead).toBe(jobs.length);
      expect(counts.lost + counts.dead).toBe(
        sound.ended.filter(({ id }) => gone.includes(id) || dead.includes(id)).length,
      );
    }),
  );
});
