/** The exported scripts over several processes of their tool: together they are the load that one would be. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { freePort } from '@palier/testkit/ports';
import { describe, expect, it } from 'vitest';
import {
  type Counts,
  type Ended,
  k6,
  k6Counts,
  locust,
  locustCounts,
  locustWorkersEnv,
  runTool,
} from './testing/load-tools.ts';
import { runPalier } from './testing/palier.ts';
import { startReleases, writeReleasesSystem } from './testing/releases.ts';

const users = 9;
const limits = { p95Ms: 20_000, errorPercent: 1 };
const closed = {
  stages: [{ rampTo: users, within: '1s' }, { hold: '4s' }],
  warmUp: '1s',
  thinkTime: ['200ms', '400ms'],
  limits,
};
const people = Array.from({ length: users }, (_, at) => ({ name: `user${at}` }));
/** Each user says who it is; the scenario ends in the midst of answers of 3 s, longer than Locust's master waits for its workers. */
const named = {
  stages: [{ rampTo: users, within: '1s' }, { hold: '4s' }],
  warmUp: '1s',
  thinkTime: ['50ms', '100ms'],
  data: { user: { rows: people } },
  tasks: { look: { weight: 100, steps: [{ request: 'GET /{{user.name}}', name: 'GET /look' }] } },
  limits,
};
const rate = 30;
const open = {
  arrivals: { spacing: 'even', maxConcurrent: 60 },
  stages: [{ rateTo: rate, within: '1s' }, { hold: '4s' }],
  warmUp: '1s',
  tasks: { look: { weight: 100, steps: [{ request: 'GET /look' }] } },
  limits,
};
/** Half of the ramp, all of the hold. */
const arrivals = rate * 0.5 + rate * 4;

/** Runs a script in two processes; what both counted, together. */
type Share = (folder: TemporaryFolder, url: string) => Promise<{ readonly ended: Ended[]; readonly counts: Counts }>;

const shareK6: Share = async (folder, url) => {
  const ended = await Promise.all(
    ['0:1/2', '1/2:1'].map((segment, at) =>
      runTool(k6, folder, [
        'run',
        '--quiet',
        '--no-usage-report',
        '--address=',
        `--env=BASE_URL=${url}`,
        `--execution-segment=${segment}`,
        '--execution-segment-sequence=0,1/2,1',
        `--out=csv=samples-${at}.csv`,
        'short.k6.js',
      ]),
    ),
  );
  const [first = {}, second = {}] = await Promise.all([0, 1].map((at) => k6Counts(folder.file(`samples-${at}.csv`))));
  const names = Object.keys({ ...first, ...second });
  return {
    ended,
    counts: Object.fromEntries(names.map((name) => [name, (first[name] ?? 0) + (second[name] ?? 0)])),
  };
};

const shareLocust: Share = async (folder, url) => {
  const port = String(await freePort());
  const env = await locustWorkersEnv(folder);
  const script = ['-f', 'short_locust.py', '--master-port', port];
  const own = ['--master', '--headless', '--only-summary', '--expect-workers', '2', '--master-bind-port', port];
  const worker = [...script, '--worker', '--master-host', '127.0.0.1'];
  const ended = await Promise.all([
    runTool(locust, folder, [...own, '-f', 'short_locust.py', '--host', url, '--csv', 'said'], env),
    runTool(locust, folder, worker, env),
    runTool(locust, folder, worker, env),
  ]);
  return { ended, counts: await locustCounts(folder.file('said_stats.csv')) };
};

describe.each([
  { tool: 'k6', program: k6, share: shareK6 },
  { tool: 'locust', program: locust, share: shareLocust },
])('the script that palier export $tool wrote, run by two processes', ({ tool, program, share }) => {
  const options = { ...program.options, timeout: 120_000 };

  async function play(
    scenario: Readonly<Record<string, unknown>>,
    answerMs: number,
  ): Promise<{ counts: Counts; paths: string[] }> {
    await using folder = await temporaryFolder('shared');
    await using server = await startListener(answerMs);
    const file = { name: 'sample', services: { api: { command: ['node', 'x.mjs'] } }, scenarios: { short: scenario } };
    await writeFile(folder.file('palier.config.json'), JSON.stringify(file));
    expect((await runPalier(folder, 'export', tool, 'short')).status).toBe(0);
    const { ended, counts } = await share(folder, server.url);
    for (const one of ended) expect(one).toMatchObject({ status: 0 });
    return { counts, paths: server.paths };
  }

  it('counts what the application counted, and logs in as many users as there are', options, async () => {
    await using folder = await temporaryFolder('shared');
    await using releases = await startReleases(folder);
    await writeReleasesSystem(folder, closed);
    expect((await runPalier(folder, 'export', tool, 'short')).status).toBe(0);
    const { ended, counts } = await share(folder, releases.url);
    for (const one of ended) expect(one).toMatchObject({ status: 0 });
    const { 'GET /metrics 200': _, ...byStatus } = await releases.answered();
    const answered: Record<string, number> = {};
    for (const [name, count] of Object.entries(byStatus)) {
      answered[name.slice(0, -4)] = (answered[name.slice(0, -4)] ?? 0) + count;
    }
    expect(answered).toEqual(counts);
    expect(counts['POST /api/auth/login']).toBe(users);
  });

  it('gives each user a row of its own, and counts what was under way at its end', options, async () => {
    const { counts, paths } = await play(named, 3000);
    expect([...new Set(paths)].toSorted()).toEqual(people.map(({ name }) => `/${name}`));
    expect(counts).toEqual({ 'GET /look': paths.length });
    // The users of a ramp of a second come within it: all are there before anybody has the first answer.
    expect(new Set(paths.slice(0, users)).size).toBe(users);
  });

  it('sends the planned rate once, not twice', options, async () => {
    const { counts, paths } = await play(open, 100);
    expect(counts).toEqual({ 'GET /look': paths.length });
    // Locust has as many users as arrivals a second; they come in bunches, and leave within a second of the end.
    expect(paths.length).toBeGreaterThan(tool === 'k6' ? arrivals - 3 : arrivals / 2);
    expect(paths.length).toBeLessThan(tool === 'k6' ? arrivals + 3 : arrivals * 1.5);
  });
});

/** Answers each request after so long, and keeps the paths that were asked for. */
async function startListener(
  answerMs: number,
): Promise<AsyncDisposable & { readonly url: string; readonly paths: string[] }> {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    setTimeout(() => response.end('{}'), answerMs);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
