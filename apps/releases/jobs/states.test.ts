import { expect, test } from 'vitest';
import { isFinal, jobStatuses, releaseAfter, statesBefore } from './states.ts';

test('A job is pending, then running or cancelled; a running one completes, fails or is cancelled; then nothing moves it', () => {
  const ways = jobStatuses.flatMap((to) => statesBefore(to).map((from) => `${from} → ${to}`));
  expect(ways.toSorted()).toEqual([
    'pending → cancelled',
    'pending → running',
    'running → cancelled',
    'running → completed',
    'running → failed',
  ]);
  expect(jobStatuses.filter((status) => isFinal(status))).toEqual(['completed', 'failed', 'cancelled']);
});

test('A release that was packed once stays complete, whatever becomes of a later job', () => {
  expect(releaseAfter('completed', true)).toBe('completed');
  for (const status of ['failed', 'cancelled'] as const) expect(releaseAfter(status, true)).toBe('completed');
  expect([releaseAfter('failed', false), releaseAfter('cancelled', false)]).toEqual(['failed', 'draft']);
});
