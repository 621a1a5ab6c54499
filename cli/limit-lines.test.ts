import { expect, it } from 'vitest';
import { limitLines } from './limit-lines.ts';
import { deathWords } from './limit-session.ts';
import type { Paint } from './picture/index.ts';
import { limitSamples } from './report/testing/limits.ts';

const plain: Paint = (_, text) => text;

it('says of each change by which figure it was judged, and what became of the good answers', () => {
  const lines = limitLines(limitSamples.found(), 200, plain);
  expect(lines).toContain(
    '  Tried: one more replica of api; it helped (p95 response time 1312 ms → 96 ms, limit 400 ms, kept now; 397 → 567 good answers/s).',
  );
  expect(lines).toContain('  Tried: a pool of 20 instead of 10; it did not help (397 → 394 good answers/s).');
});

it.each(['found', 'metastable', 'not-reached', 'below', 'invalid'] as const)(
  'the result "%s" stays within the width that it is given',
  (name) => {
    const lines = limitLines(limitSamples[name](), 79, plain);
    const prose = lines.filter((line) => !/[█▏▎▍▌▋▊▉─↓]/.test(line));
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(80);
    const together = (text: readonly string[]): string => text.join(' ').replaceAll(/\s+/g, ' ');
    expect(together(lines)).toBe(together(limitLines(limitSamples[name](), 10_000, plain)));
  },
);

it('a target that died above what it had carried may have been killed by the load; below, the load does not explain it', () => {
  const probes = [
    { level: 45, outcome: 'kept' },
    { level: 135, outcome: 'invalid' },
  ] as const;
  expect(deathWords(135, probes, 'open')).toBe(
    'The target died at 135 arrivals/s: it stopped answering, and accepts no connection any more. It had carried 45 arrivals/s before: if the load killed it, 135 arrivals/s is out of its reach, and a limit that kills is no limit.',
  );
  expect(deathWords(30, probes, 'open')).toMatch(/kept the limits at 45 arrivals\/s before: the load alone does not/);
});
