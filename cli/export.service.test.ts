import { readdir, readFile } from 'node:fs/promises';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { startKnownAnswerServer } from '@palier/testkit/servers';
import { describe, expect, it } from 'vitest';
import { type Counts, type Ended, k6, k6Counts, locust, locustCounts, runTool } from './testing/load-tools.ts';
import { runPalier, writeSystem } from './testing/palier.ts';
import { startReleases, writeReleasesSystem } from './testing/releases.ts';

const users = 8;
const leastThinkMs = 200;
const runMs = 7000;
/** The weights of `normal` in apps/releases. */
const shares: Readonly<Record<string, number>> = {
  'GET /api/dashboard/stats 200': 0.3,
  'GET /api/releases 200': 0.4,
  'POST /api/wizard/create 201': 0.1,
  'GET /api/rules 200': 0.2,
};
const short = {
  stages: [{ rampTo: users, within: '1s' }, { hold: '5s' }, { rampTo: 0, within: '1s' }],
  warmUp: '1s',
  thinkTime: [`${leastThinkMs}ms`, '400ms'],
  limits: { p95Ms: 20_000, errorPercent: 1 },
};
/** On the plain server: every answer is found wanting. */
const failing = {
  stages: [{ rampTo: 2, within: '0s' }, { hold: '3s' }],
  warmUp: '1s',
  thinkTime: ['100ms', '200ms'],
  tasks: { look: { weight: 100, steps: [{ request: 'GET /', check: { contains: 'nothing of the kind' } }] } },
  limits: { errorPercent: 1 },
};

/** Runs an exported script. */
type Play = (folder: TemporaryFolder, url: string) => Promise<Ended & { readonly counts: Counts }>;

const playK6: Play = async (folder, url) => {
  const words = ['run', '--quiet', '--no-usage-report', '-e', `BASE_URL=${url}`, '--out', 'csv=samples.csv'];
  const ended = await runTool(k6, folder, [...words, 'short.k6.js']);
  return { ...ended, counts: await k6Counts(folder.file('samples.csv')) };
};

const playLocust: Play = async (folder, url) => {
  const words = ['--headless', '--only-summary', '--host', url, '--csv', 'said', '-f', 'short_locust.py'];
  const ended = await runTool(locust, folder, words);
  return { ...ended, counts: await locustCounts(folder.file('said_stats.csv')) };
};

describe.each([
  { tool: 'k6', program: k6, play: playK6, broken: 99, mostUntold: 0 },
  // It writes its table once a second, and for the last time while the last answers come.
  { tool: 'locust', program: locust, play: playLocust, broken: 1, mostUntold: users },
])('the script that palier export $tool wrote', ({ tool, program, play, broken, mostUntold }) => {
  it('logs in, draws tasks by weight, uploads, and counts what the application counted', {
    ...program.options,
    timeout: 120_000,
  }, async () => {
    await using folder = await temporaryFolder('export');
    await using releases = await startReleases(folder);
    await writeReleasesSystem(folder, short);
    expect((await runPalier(folder, 'export', tool, 'short')).status).toBe(0);
    const { status, text, counts } = await play(folder, releases.url);
    expect({ status, text }).toMatchObject({ status: 0 });
    const { 'GET /metrics 200': _, ...answered } = await releases.answered();
    const served = new Map(Object.entries(answered).map(([name, count]) => [name.slice(0, -4), count]));
    expect([...served.keys()].toSorted()).toEqual(Object.keys(counts).toSorted());
    const untold = Object.entries(counts).map(([name, count]) => (served.get(name) ?? 0) - count);
    expect(Math.min(...untold)).toBeGreaterThanOrEqual(0);
    expect(untold.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(mostUntold);
    // Nothing but what was checked for: the token was taken and sent, the book arrived whole and was read.
    const { 'POST /api/auth/login 200': logins, ...tasks } = answered;
    expect(logins).toBe(users);
    const total = Object.values(tasks).reduce((sum, count) => sum + count, 0);
    expect(Object.keys(tasks).toSorted()).toEqual(Object.keys(shares).toSorted());
    for (const [name, share] of Object.entries(shares)) {
      // Five standard errors: one run in a million by chance.
      const chance = 5 * Math.sqrt((share * (1 - share)) / total);
      expect(Math.abs((tasks[name] ?? 0) / total - share)).toBeLessThan(chance);
    }
    // Nobody begins a task before having thought.
    expect(total).toBeLessThanOrEqual(users * (runMs / leastThinkMs + 1));
  });

  it('ends with another status when a limit was broken', { ...program.options, timeout: 120_000 }, async () => {
    await using folder = await temporaryFolder('export');
    await writeSystem(folder, { scenario: failing });
    expect((await runPalier(folder, 'export', tool, 'short')).status).toBe(0);
    await using server = await startKnownAnswerServer({ kind: 'constant', ms: 5 });
    const { status, text } = await play(folder, server.url);
    expect({ status, text }).toMatchObject({ status: broken });
  });
});

describe('palier export', () => {
  it('writes the same bytes again', async () => {
    await using folder = await temporaryFolder('export');
    await writeReleasesSystem(folder, short);
    const bytes = async (): Promise<Record<string, string>> => {
      expect((await runPalier(folder, 'export', 'k6')).status).toBe(0);
      expect((await runPalier(folder, 'export', 'locust')).status).toBe(0);
      const files = (await readdir(folder.path)).filter((name) => name.startsWith('short')).toSorted();
      return Object.fromEntries(
        await Promise.all(files.map(async (name) => [name, await readFile(folder.file(name), 'utf8')])),
      );
    };
    const first = await bytes();
    expect(Object.keys(first)).toEqual([
      'short.k6.js',
      'short.k6.user.json',
      'short_locust.py',
      'short_locust.user.json',
    ]);
    expect(await bytes()).toEqual(first);
  });

  it('puts the scripts of all scenarios into a folder, paths in them relative to it', async () => {
    await using folder = await temporaryFolder('export');
    await writeReleasesSystem(folder, short);
    expect((await runPalier(folder, 'export', 'k6', '--out', 'load/k6/')).status).toBe(0);
    expect(await readdir(folder.file('load/k6'))).toEqual(['short.k6.js', 'short.k6.user.json']);
    const text = await readFile(folder.file('load/k6/short.k6.js'), 'utf8');
    expect(text).toContain("open('../../.palier/releases/data/handbook.epub', 'b')");
    expect((await runPalier(folder, 'export', 'k6', '--out', 'load')).status).toBe(0);
    expect(await readdir(folder.file('load'))).toContain('short.k6.js');
    const unknown = await runPalier(folder, 'export', 'k6', 'shrot');
    expect(unknown).toMatchObject({ status: 2, text: expect.stringMatching(/no scenario shrot .* there are: short/) });
  });
});
