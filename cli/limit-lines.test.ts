import { expect, it } from 'vitest';
import { limitLines } from './limit-lines.ts';
import type { Paint } from './picture/index.ts';
import { limitSamples } from './report/testing/limits.ts';

const plain: Paint = (_, text) => text;

it('says of each change by which figure it was judged, and what became of the good answers', () => {
  const lines = limitLines(limitSamples.found(), plain);
  expect(lines).toContain(
    '  Tried: one more replica of api; it helped (p95 response time 1312 ms → 96 ms, limit 400 ms, kept now; 397 → 567 good answers/s).',
  );
  expect(lines).toContain('  Tried: a pool of 20 instead of 10; it did not help (397 → 394 good answers/s).');
});
