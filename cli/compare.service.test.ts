import { readFile, writeFile } from 'node:fs/promises';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it } from 'vitest';
import { samples } from './report/testing/samples.ts';
import { runPalier } from './testing/palier.ts';

describe('palier compare', () => {
  it('says what is wrong with each file that is no report, and ends with 2', async () => {
    await using folder = await temporaryFolder('compare');
    await writeFile(folder.file('text.json'), 'no json');
    await writeFile(folder.file('limit.json'), '{"kind":"palier-limit","version":1}');
    await writeFile(folder.file('old.json'), '{"kind":"palier-run","version":0}');
    const problems = {
      'none.json': 'none.json cannot be read as a report (ENOENT',
      'text.json': 'text.json cannot be read as a report',
      'limit.json': 'limit.json is not a report of this version of palier (its kind is "palier-limit")',
      'old.json': 'old.json is not a report of this version of palier (it has version 0)',
    };
    for (const [file, problem] of Object.entries(problems)) {
      const { status, text } = await runPalier(folder, 'compare', file, file);
      expect([file, status]).toEqual([file, 2]);
      expect(text).toContain(problem);
      expect(text).not.toContain('    at ');
    }
  });

  it('ends with 1 when something got worse, with 0 when it got better, with 3 for one run twice; --json writes it all', async () => {
    await using folder = await temporaryFolder('compare');
    const report = samples.pass();
    const failing = report.scenarios.map((one) => ({ ...one, total: { ...one.total, errors: { '5xx': 400 } } }));
    await writeFile(folder.file('good.json'), JSON.stringify(report));
    await writeFile(folder.file('bad.json'), JSON.stringify({ ...report, scenarios: failing }));
    const worse = await runPalier(folder, 'compare', 'good.json', 'bad.json', '--json', 'out.json');
    expect(worse.text).toMatch(/errors, all requests +0 % .* worse/);
    expect(worse.status).toBe(1);
    expect(JSON.parse(await readFile(folder.file('out.json'), 'utf8'))).toMatchObject({
      kind: 'palier-compare',
      outcome: 'worse',
      before: { file: 'good.json' },
    });
    expect((await runPalier(folder, 'compare', 'bad.json', 'good.json')).status).toBe(0);
    const same = await runPalier(folder, 'compare', 'good.json', 'good.json');
    expect(same.text).toContain('the same one, which forbids a comparison');
    expect(same.status).toBe(3);
  });
});
