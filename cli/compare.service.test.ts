import { readFile, writeFile } from 'node:fs/promises';
import type { Estimate } from '@palier/protocol';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it } from 'vitest';
import { limitSamples } from './report/testing/limits.ts';
import { samples } from './report/testing/samples.ts';
import { runPalier } from './testing/palier.ts';

describe('palier compare', () => {
  it('says what is wrong with each file that is no report, and ends with 2', async () => {
    await using folder = await temporaryFolder('compare');
    await writeFile(folder.file('text.json'), 'no json');
    await writeFile(folder.file('compared.json'), '{"kind":"palier-compare","version":1}');
    await writeFile(folder.file('limit.json'), '{"kind":"palier-limit","version":1}');
    await writeFile(folder.file('old-limit.json'), '{"kind":"palier-limit","version":7}');
    await writeFile(folder.file('old.json'), '{"kind":"palier-run","version":0}');
    const problems = {
      'none.json': 'none.json cannot be read as a report (ENOENT',
      'text.json': 'text.json cannot be read as a report',
      'compared.json': 'compared.json is not a report of this version of palier (its kind is "palier-compare")',
      'limit.json': 'limit.json is not a report of this version of palier (outcome: ',
      'old-limit.json': 'old-limit.json is not a report of this version of palier (it has version 7)',
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
    expect(worse.text).toMatch(/^More errors: errors of all requests 0 % → \S+ % \(\+/);
    expect(worse.text).toMatch(/all requests\n[^]*  errors +0 % .* worse\n/);
    expect(worse.status).toBe(1);
    expect(JSON.parse(await readFile(folder.file('out.json'), 'utf8'))).toMatchObject({
      kind: 'palier-compare',
      outcome: 'worse',
      before: { file: 'good.json' },
    });
    const better = await runPalier(folder, 'compare', 'bad.json', 'good.json');
    expect(better.text).toMatch(/^Fewer errors: /);
    expect(better.status).toBe(0);
    const same = await runPalier(folder, 'compare', 'good.json', 'good.json');
    expect(same.text).toContain('the same one, which forbids a comparison');
    expect(same.status).toBe(3);
  });

  it('compares two limits, and says so when a limit is to be compared with a run', async () => {
    await using folder = await temporaryFolder('compare');
    const limit = limitSamples.found();
    const found = limit.limit as NonNullable<typeof limit.limit>;
    const times = (estimate: Estimate): Estimate => ({
      value: estimate.value * 0.6,
      low: estimate.low * 0.6,
      high: estimate.high * 0.6,
    });
    const less = { ...found, level: times(found.level), requestsPerSecond: times(found.requestsPerSecond) };
    await writeFile(folder.file('a.json'), JSON.stringify(limit));
    await writeFile(folder.file('b.json'), JSON.stringify({ ...limit, limit: less }));
    await writeFile(folder.file('run.json'), JSON.stringify(samples.pass()));
    const worse = await runPalier(folder, 'compare', 'a.json', 'b.json', '--json', 'out.json');
    expect(worse.text).toMatch(/^A lower limit: \S+ → \S+ requests\/s \(−40 %, 95 %: −\S+ … −\S+ %\)\./);
    expect(worse.status).toBe(1);
    expect(JSON.parse(await readFile(folder.file('out.json'), 'utf8'))).toMatchObject({
      kind: 'palier-compare-limit',
      outcome: 'worse',
    });
    const unlike = await runPalier(folder, 'compare', 'a.json', 'run.json');
    expect(unlike.text).toContain('a.json is of palier limit and run.json of a run');
    expect(unlike.status).toBe(2);
  });
});
