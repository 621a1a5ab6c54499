import { readFile, writeFile } from 'node:fs/promises';
import { type LimitReport, parseLimitReport } from '@palier/protocol';
import { type TemporaryFolder, temporaryFolder } from '@palier/testkit/folder';
import { freePort } from '@palier/testkit/ports';
import { startProcess } from '@palier/testkit/processes';
import { describe, expect, it } from 'vitest';
import { believed } from './testing/believed.ts';
import { type Outcome, runPalier, startPalier, writeSystem } from './testing/palier.ts';

/**
 * Takes one every 5 ms and answers it 15 ms later, by the clock: 200 a second, however late its timers are. `/often` is answered 429 beyond 50 a
 * second.
 */
const knownServer = `
import { createServer } from 'node:http';
let takenMs = 0;
let second = 0;
let seen = 0;
const serve = (response) => {
  takenMs = Math.max(takenMs, performance.now()) + 5;
  setTimeout(() => response.end('ok'), takenMs + 15 - performance.now());
};
const server = createServer((request, response) => {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) [second, seen] = [now, 0];
  if (request.url === '/often' && ++seen > 50) response.writeHead(429).end();
  else serve(response);
});
server.listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
`;

/**
 * Sixty users, an eighth of it, where a search begins, wait 200 ms and keep the limit; three times as many wait 800. Those sixty make the 200
 * requests a second already that are answered, so whatever a search finds it finds these.
 */
const scenario = {
  stages: [{ rampTo: 480, perSecond: 480 }, { hold: '12s' }],
  thinkTime: ['50ms', '150ms'],
  limits: { p95Ms: 500, errorPercent: 1 },
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

/** A search that the measurement gave out on tells nothing; one that found nothing else did is wrong. */
function gaveOut({ status, text }: Outcome): string | null {
  return status === 3 && text.includes('INVALID') ? text.split('\n').slice(-20).join('\n') : null;
}

// All at once, since most of a search is waiting, and the known server waits rather than works.
describe.concurrent('palier limit', () => {
  it('finds the capacity of a server that is known to serve 200 a second, and that it recovers', async (context) => {
    const { expect } = context;
    await using folder = await temporaryFolder('limit');
    await write(folder);
    // The way up, and a run near the edge.
    const words = ['limit', '--quick', '--max-time', '20s', '--json', 'out.json'];
    const { status, text } = await believed(context, () => runPalier(folder, ...words), gaveOut);
    expect(text.replaceAll(/\s*\n\s+/g, ' ')).toMatch(
      /FOUND {2}short {3}\d+ requests\/s \(95 %: \d+–\d+\), .* users with 0\.05–0\.15 s of think time/,
    );
    expect(status).toBe(0);
    const { limit, outcome, probes, recovery } = await reportIn(folder);
    expect(outcome).toBe('found');
    const { value = 0, low = 0, high = 0 } = limit?.requestsPerSecond ?? {};
    // What the probes within 15 % of the limit made of their levels is taken for the limit's.
    expect(Math.abs(value / 200 - 1)).toBeLessThan(0.2);
    expect([low < value, value < high]).toEqual([true, true]);
    expect(limit?.brokenBy).toBe('p95 response time');
    expect(probes.some((probe) => probe.purpose === 'edge')).toBe(true);
    expect(recovery).not.toBeNull();
  }, 240_000);

  it('runs the numbers of replicas that are asked for, also above what the file says; who interrupts it then keeps what it knows', async (context) => {
    const { expect } = context;
    await using folder = await temporaryFolder('limit');
    await write(folder);
    // A run or two each: what is found from that is the simulated searches' to say.
    const words = ['limit', '--quick', '--max-time', '12s', '--replicas', '1,2', '--json', 'out.json'];
    const run = async (): Promise<Outcome> => {
      await using palier = await startPalier(folder, ...words);
      void palier.line(/overload, then back/, 120_000).then(
        () => process.kill(palier.pid, 'SIGINT'),
        () => undefined,
      );
      const { code } = await palier.ended;
      return { status: code, text: palier.lines.join('\n') };
    };
    const { status, text } = await believed(context, run, gaveOut);
    expect({ status, text }).toMatchObject({ status: 130, text: expect.stringContaining('Stopped before the end') });
    expect(text).toMatch(/1 replica +\d+ requests\/s {2}95 %: \d+–\d+/);
    const { limits, probes } = await reportIn(folder);
    expect(limits.map(({ replicas }) => replicas)).toEqual([1, 2]);
    const most = (count: number): number =>
      Math.max(...probes.filter(({ replicas }) => replicas === count).map((probe) => probe.requestsPerSecond));
    expect(most(2) / most(1)).toBeGreaterThan(1.5);
  }, 240_000);

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
      mortal.replace("response.end('ok')", "{ response.end('ok'); if (--left === 0) process.exit(); }"),
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

  it.each([
    ['no limit', {}],
    ['none but on pages', { pages: { '/': { scriptErrors: 1 } } }],
  ])('searches nothing where there is %s, and says so before anything is started', async (_, limits) => {
    await using folder = await temporaryFolder('limit');
    await write(folder, '/', { limits });
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
