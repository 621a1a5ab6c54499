/** Our reporter, loaded by Vitest itself. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, it } from 'vitest';
import { root } from '../tidy/disk.ts';
import { runProgram } from './part.ts';
import type { VitestReport } from './reporter.ts';

const tests = `
  describe('a', () => { beforeAll(() => { throw new Error('no server'); }); it('waits for it', () => {}); });
  it('differs', () => expect({ a: 1 }).toEqual({ a: 2 }));
  let tries = 0;
  it('takes two', { retry: 1 }, () => expect(++tries).toBe(2));
  it('passes', () => {});
`;

it('tells failures of tests and of hooks with their errors, and what was tried again', async () => {
  await using folder = await temporaryFolder('reporter');
  await writeFile(folder.file('a.test.js'), tests);
  const reporter = `--reporter=${join(root, 'tools/test/reporter.ts')}`;
  const command = ['vitest', 'run', '--globals', '--root', folder.path, reporter];
  const env = { PALIER_TEST_REPORT: folder.file('report.json') };
  const { status, output } = await runProgram(command, { live: false, env });
  expect({ status, output }).toMatchObject({ status: 1 });
  const report = JSON.parse(await readFile(folder.file('report.json'), 'utf8')) as VitestReport;
  expect(report.passed).toBe(2);
  expect(report.failures.map(({ what }) => what.replace(/^.*a\.test\.js/, ''))).toEqual([
    ': a (before or after its tests)',
    ': differs',
  ]);
  expect(report.failures[0]?.error).toContain('no server');
  expect(report.failures[1]?.error).toMatch(/expected { a: 1 } to deeply equal { a: 2 }[^]*-\s+"a": 2[^]*\+\s+"a": 1/);
  expect(report.leftOut).toEqual([expect.stringMatching(/a > waits for it \(see the failure\)$/)]);
  expect(report.retried).toEqual([expect.stringMatching(/takes two \(2 tries\)$/)]);
});
