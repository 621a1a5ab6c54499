import { readFile, writeFile } from 'node:fs/promises';
import { type LimitReport, parseLimitReport } from '@palier/protocol';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { freePort } from '@palier/testkit/ports';
import { startProcess } from '@palier/testkit/processes';
import { describe, expect, it } from 'vitest';
import { runPalier, writeSystem } from './testing/palier.ts';

/** Serves four at a time, each for 20 ms, so 200 a second at most; `/often` is answered 429 beyond 50 a second. */
const knownServer = `
import { createServer } from 'node:http';
let busy = 0;
let second = 0;
let seen = 0;
const queue = [];
const serve = (response) => {
  busy++;
  setTimeout(() => {
    busy--;
    response.end('ok');
    const next = queue.shift();
    if (next !== undefined) serve(next);
  }, 20);
};
const server = createServer((request, response) => {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) [second, seen] = [now, 0];
  if (request.url === '/often' && ++seen > 50) response.writeHead(429).end();
  else if (busy < 4) serve(response);
  else queue.push(response);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
`;

const scenario = {
  // An eighth of it, where a search begins, is kept, and three times that is broken.
  stages: [{ rampTo: 160, perSecond: 160 }, { hold: '12s' }],
  thinkTime: ['50ms', '150ms'],
  limits: { p95Ms: 150, errorPercent: 1 },
};

async function write(folder: TemporaryFolder, path = '/', own: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const tasks = { look: { weight: 100, steps: [{ request: `GET ${path}` }] } };
  await writeSystem(folder, { service: { replicas: 1 }, scenario: { ...scenario, tasks, ...own } });
  await writeFile(folder.file('server.mjs'), knownServer);
}

async function reportIn(folder: TemporaryFolder): Promise<LimitReport> {
  const file = folder.file('out.json');
  return parseLimitReport(JSON.parse(await readFile(file, 'utf8')), file);
}

// All at once, since most of a search is waiting, and the known server waits rather than works.
describe.concurrent('palier limit', () => {
  // Another process in the way makes real delays, on which a short search cannot decide; what is systematically wrong is wrong each time.
  const search = { retry: 2, timeout: 240_000 };
  it(
    'finds the capacity of a server that is known to serve 200 a second, and that it recovers',
    search,
    async ({ expect }) => {
      await using folder = await temporaryFolder('limit');
      await write(folder);
      const { status, text } = await runPalier(folder, 'limit', '--quick', '--max-time', '12s', '--json', 'out.json');
      expect(text.replaceAll(/\s*\n\s+/g, ' ')).toMatch(
        /FOUND {2}short {3}\d+ requests\/s \(95 %: \d+–\d+\), .* users with 0\.05–0\.15 s of think time/,
      );
      expect(status).toBe(0);
      const { limit, outcome, probes, recovery } = await reportIn(folder);
      expect(outcome).toBe('found');
      // A timer of 20 ms takes up to 21.5 ms, and a busy machine is slower still: 160 to 200 a second. --quick ends its search at ±10 %.
      expect(limit?.requestsPerSecond.high).toBeGreaterThan(160);
      expect(limit?.requestsPerSecond.low).toBeLessThan(200);
      expect(limit?.requestsPerSecond.value).toBeGreaterThan(160 * 0.9);
      expect(limit?.requestsPerSecond.value).toBeLessThan(200 * 1.1);
      expect(limit?.brokenBy).toBe('p95 response time');
      expect(probes.some((probe) => probe.purpose === 'edge')).toBe(true);
      expect(recovery).not.toBeNull();
    },
  );

  it('runs the numbers of replicas that are asked for, also above what the file says', search, async ({ expect }) => {
    await using folder = await temporaryFolder('limit');
    await write(folder);
    // A run or two each: what is found from that is the simulated searches' to say.
    const counts = ['--quick', '--max-time', '12s', '--replicas', '1,2'];
    const { text } = await runPalier(folder, 'limit', ...counts, '--json', 'out.json');
    expect(text).toMatch(/1 replica +\d+ requests\/s {2}95 %: \d+–\d+/);
    const { limits, probes } = await reportIn(folder);
    expect(limits.map(({ replicas }) => replicas)).toEqual([1, 2]);
    const most = (count: number): number =>
      Math.max(...probes.filter(({ replicas }) => replicas === count).map((probe) => probe.requestsPerSecond));
    expect(most(2) / most(1)).toBeGreaterThan(1.5);
  });

  it('does not call a rate limiter a capacity', async ({ expect }) => {
    await using folder = await temporaryFolder('limit');
    await write(folder, '/often');
    const { status, text } = await runPalier(folder, 'limit', '--quick');
    expect(status).toBe(3);
    expect(text).not.toContain('FOUND');
    const told = text.replaceAll(/\s+/g, ' ');
    expect(told).toMatch(/\d users the server answers "429 Too Many Requests"/);
    expect(told).toContain('a rate limiter or load shedding, not a capacity');
  }, 120_000);

  it('never passes when the target dies in mid-search, and says what was known by then', async ({ expect }) => {
    await using folder = await temporaryFolder('limit');
    await write(folder);
    // It answers a thousand times, then it is gone.
    const mortal = knownServer.replace('let seen = 0;', 'let seen = 0;\nlet left = 1000;');
    await writeFile(
      folder.file('mortal.mjs'),
      mortal.replace("'ok');", "'ok');\n    if (--left === 0) process.exit();"),
    );
    const port = await freePort();
    await using server = await startProcess({
      command: [process.execPath, folder.file('mortal.mjs')],
      env: { PORT: String(port) },
    });
    const target = `http://127.0.0.1:${port}`;
    await expect
      .poll(
        () =>
          fetch(target).then(
            ({ ok }) => ok,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    const { status, text } = await runPalier(folder, 'limit', '--quick', '--target', target, '--json', 'out.json');
    await server.ended;
    expect(status).toBe(3);
    expect(text.replaceAll(/\s+/g, ' ')).toMatch(
      /INVALID short The target died at \d+ users: .* What was known by then: /,
    );
    const { outcome, limit, probes } = await reportIn(folder);
    expect([outcome, limit]).toEqual(['invalid', null]);
    expect(probes.at(-1)?.outcome).not.toBe('kept');
    expect(probes.filter((probe) => probe.errorPercent === 100).map((probe) => probe.outcome)).not.toContain('broken');
  }, 120_000);

  it('searches nothing where there is no limit, and says so before anything is started', async ({ expect }) => {
    await using folder = await temporaryFolder('limit');
    await write(folder, '/', { limits: {} });
    const { status, text } = await runPalier(folder, 'limit');
    expect(status).toBe(2);
    expect(text).toContain('The scenario short has no limits');
    expect(text).not.toContain('api-1');
  });

  it('says that a target is dead', async ({ expect }) => {
    await using folder = await temporaryFolder('limit');
    await write(folder);
    const { status, text } = await runPalier(folder, 'limit', '--target', `http://127.0.0.1:${await freePort()}`);
    expect(status).toBe(2);
    expect(text).toMatch(/Nothing answers at/);
    expect(text).not.toContain('    at ');
  });

  it.each([
    ['--repeat', '0'],
    ['--replicas', '1,x'],
    ['--max-time', 'soon'],
    ['--max-level', '-3'],
  ])('%s %s is wrong use', async (option, value) => {
    await using folder = await temporaryFolder('limit');
    await write(folder);
    const { status, text } = await runPalier(folder, 'limit', `${option}=${value}`);
    expect(status).toBe(2);
    expect(text).toContain(`${option} is`);
  });
});
