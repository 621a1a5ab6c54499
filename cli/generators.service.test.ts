import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import { describe, expect, it } from 'vitest';
import { below, reportIn, runPalier, startPalier, writeSystem } from './testing/palier.ts';

describe('palier prove with several generators', () => {
  it('plays an open model with two processes and tells one result that says so', async () => {
    await using folder = await temporaryFolder('two');
    const open = {
      arrivals: { maxConcurrent: 100 },
      thinkTime: undefined,
      stages: [{ rateTo: 100, within: '0s' }, { hold: '6s' }],
    };
    await writeSystem(folder, { scenario: open });
    await using palier = await startPalier(folder, 'prove', 'short', '--generators', '2', '--json', 'out.json');
    await until('two generators', () => below(palier, 'load/generator/main').length === 2);
    await palier.ended;
    const report = await reportIn(folder);
    const [scenario] = report.scenarios;
    expect(scenario?.generator.processes).toBe(2);
    expect(report.conditions.pinning.filter((sentence) => /^generator [12] of 2: /.test(sentence))).toHaveLength(2);
    // Every arrival of both shares: all of Poisson's 600, give or take six times its deviation.
    const all = (scenario?.overall.requests ?? 0) + (scenario?.arrivals?.refused ?? 0);
    expect(Math.abs(all - 600)).toBeLessThan(6 * Math.sqrt(600));
  }, 120_000);

  it('lowers a number of processes above that of the users, and tells it', async () => {
    await using folder = await temporaryFolder('many');
    await writeSystem(folder, { scenario: { stages: [{ rampTo: 2, perSecond: 2 }, { hold: '3s' }] } });
    const { text } = await runPalier(folder, 'prove', 'short', '--generators', '5', '--json', 'out.json');
    expect(text).toContain('5 generator processes were asked for; 2 play, since there are at most 2 users.');
    expect((await reportIn(folder)).scenarios[0]?.generator.processes).toBe(2);
  }, 120_000);
});
