/**
 * A file is read in one sitting.
 */
import type { Project } from '../project.ts';
import type { Rule } from '../rule.ts';

const maxLines = 500;
const maxMedianLines = 150;

export const fileSize: Rule = {
  name: 'file-size',
  sentence: `At most ${maxLines} lines a file; the median source file at most ${maxMedianLines}.`,
  check(project) {
    const median = medianLines(project);
    const breaches = project.sources
      .filter(({ lineCount }) => lineCount > maxLines)
      .map(({ path, lineCount }) => ({
        path,
        line: maxLines + 1,
        is: `${lineCount} lines`,
        should: `at most ${maxLines}: part it by noun`,
      }));
    if (median <= maxMedianLines) return breaches;
    const is = `the median source file has ${median} lines`;
    return [...breaches, { path: 'tools/tidy/shape/file-size.ts', line: 1, is, should: `at most ${maxMedianLines}` }];
  },
  canaries: [
    {
      shows: 'a file of 501 lines, a test',
      breach: { 'base/a.test.ts': '\n'.repeat(501) },
      at: ['base/a.test.ts:501'],
      sound: { 'base/a.test.ts': '\n'.repeat(500) },
    },
    {
      shows: 'a median over 150',
      breach: { 'base/a.ts': '\n'.repeat(152), 'base/b.ts': '\n'.repeat(200), 'base/c.ts': '' },
      at: ['tools/tidy/shape/file-size.ts:1'],
      sound: { 'base/a.ts': '\n'.repeat(150), 'base/b.ts': '\n'.repeat(200), 'base/c.ts': '' },
    },
  ],
};

/** Over source files; tests are not counted. */
export function medianLines(project: Project): number {
  const counts = project.sources.filter(({ kind }) => kind !== 'test').map(({ lineCount }) => lineCount);
  return counts.toSorted((a, b) => a - b)[Math.floor(counts.length / 2)] ?? 0;
}
