import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { needs } from '@palier/testkit/program';
import { startKnownAnswerServer } from '@palier/testkit/servers';
import { describe, expect, it } from 'vitest';
import { runPalier, writeSystem } from './testing/palier.ts';
import { startReleases, writeReleasesSystem } from './testing/releases.ts';

const k6 = needs('k6', { go: 'go.k6.io/k6@latest' });
const locust = needs('locust', { debian: 'python3-locust' });

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

/** Runs an exported script; counts of requests by its own name for the route. */
type Play = (
  folder: TemporaryFolder,
  url: string,
) => Promise<{ readonly status: number; readonly text: string; readonly counts: Readonly<Record<string, number>> }>;

const playK6: Play = async (folder, url) => {
  const words = ['run', '--quiet', '--no-usage-report', '-e', `BASE_URL=${url}`, '--out', 'csv=samples.csv'];
  const ended = await run(folder, k6.path as string, [...words, 'short.k6.js']);
  const [head = '', ...lines] = (await readFile(folder.file('samples.csv'), 'utf8')).split('\n');
  const column = head.split(',').indexOf('name');
  const requests = lines.filter((line) => line.startsWith('http_reqs,'));
  return { ...ended, counts: countBy(requests.map((line) => line.split(',')[column] as string)) };
};

const playLocust: Play = async (folder, url) => {
  const words = ['--headless', '--only-summary', '--host', url, '--csv', 'said', '-f', 'short_locust.py'];
  const ended = await run(folder, locust.path as string, words);
  const lines = (await readFile(folder.file('said_stats.csv'), 'utf8')).trim().split(/\r?\n/);
  const rows = lines.map((line) => line.split(',')).filter(([method]) => method === 'GET' || method === 'POST');
  return { ...ended, counts: Object.fromEntries(rows.map(([, name = '', count]) => [name, Number(count)])) };
};

describe.each([
  { tool: 'k6', program: k6, play: playK6, broken: 99 },
  { tool: 'locust', program: locust, play: playLocust, broken: 1 },
])('the script that palier export $tool wrote', ({ tool, program, play, broken }) => {
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
    expect(Object.fromEntries(Object.entries(answered).map(([name, count]) => [name.slice(0, -4), count]))).toEqual(
      counts,
    );
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

async function run(
  folder: TemporaryFolder,
  program: string,
  words: readonly string[],
): Promise<{ readonly status: number; readonly text: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(program, words, { cwd: folder.path, env, timeout: 60_000 });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status: status ?? -1, text };
}

function countBy(names: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(names, (name) => name)];
  return Object.fromEntries(groups.map(([name, list]) => [name, list.length]));
}
