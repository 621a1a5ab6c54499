import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { PalierError } from '@palier/base/error';
import { Histogram } from '@palier/base/histogram';
import { systemTimers } from '@palier/base/timers';
import type { GeneratorPlan, LoadResult, LoadSecond, PlannedStep, WindowResult } from '@palier/protocol';
import { freePort } from '@palier/testkit/ports';
import { isRunning, startProcess } from '@palier/testkit/processes';
import { needs } from '@palier/testkit/program';
import { type Behaviour, startKnownAnswerServer, startServer, type TestServer } from '@palier/testkit/servers';
import { until } from '@palier/testkit/until';
import { describe, expect, test } from 'vitest';
import { type LoadHandle, startGenerators } from './handle.ts';
import { crowd, planOf, stepOf } from './testing/plan.ts';

const users = 40;
const prlimit = needs('prlimit', { debian: 'util-linux' });
const fileHere = (name: string): string => fileURLToPath(new URL(`./testing/${name}`, import.meta.url));
const oneTask = (...steps: PlannedStep[]) => [{ name: 'only', weight: 100, steps }];
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function at(port: number, change: Partial<GeneratorPlan> = {}): GeneratorPlan {
  return planOf({
    target: { host: '127.0.0.1', port, basePath: '', authority: `127.0.0.1:${port}`, tls: null },
    ...change,
  });
}

function begin(plan: GeneratorPlan, count = 1): { readonly load: LoadHandle; readonly seconds: LoadSecond[] } {
  const seconds: LoadSecond[] = [];
  const load = startGenerators(plan, { timers: systemTimers(), count, onSecond: (second) => seconds.push(second) });
  return { load, seconds };
}

async function played(plan: GeneratorPlan): Promise<WindowResult> {
  return (await begin(plan).load.result).windows[0] as WindowResult;
}

interface Measured {
  /** The judged window. */
  readonly hold: WindowResult;
  /** Milliseconds by the server's own log. */
  readonly truth: Histogram;
}

/** 40 users against a server of its own; the first second is not judged. */
async function measured(behaviour: Behaviour, thinkMs: GeneratorPlan['thinkMs'], holdMs: number): Promise<Measured> {
  await using server = await startKnownAnswerServer(behaviour);
  const windows = [
    { name: 'warm-up', startMs: 0, endMs: 1000, judged: false },
    { name: 'hold', startMs: 1000, endMs: 1000 + holdMs, judged: true },
  ];
  const ramp = { kind: 'ramp' as const, fromLevel: 0, toLevel: users, durationMs: 500 };
  const stay = { kind: 'hold' as const, fromLevel: users, toLevel: users, durationMs: holdMs + 500 };
  const { load } = begin(at(server.port, { stages: [ramp, stay], windows, thinkMs }));
  const hold = (await load.result).windows[1] as WindowResult;
  const truth = new Histogram();
  for (const { arrivedMs, answeredMs } of await server.truth()) {
    if (arrivedMs > 1000) truth.record((answeredMs - arrivedMs) * 1000);
  }
  return { hold, truth };
}

function startShop(): Promise<TestServer> {
  return startServer({ command: [fileHere('shop/main.ts')], ready: /^listening on (\d+)$/ });
}

async function refusal(result: Promise<LoadResult>): Promise<PalierError> {
  return result.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as PalierError,
  );
}

// Another process in the way of the server or of the generator makes real delays, which are no error of measurement; one of several runs
// is free of them. What is systematically wrong is wrong in all.
describe('what is measured', { retry: 6 }, () => {
  test('a server that takes 100 ms is measured within 2 % of what its own log says', async () => {
    const { hold, truth } = await measured({ kind: 'constant', ms: 100 }, { min: 0, max: 200 }, 4000);
    expect(hold.total.requests).toBeGreaterThan(600);
    expect(hold.total.errors).toEqual({});
    // How late the server itself was tells how busy the machine was; the way there and back, which no log sees, was no quieter.
    const busyMicros = truth.quantile(0.99) - 100_000;
    for (const part of [hold.total.response, hold.total.service]) {
      for (const q of [0.5, 0.95, 0.99]) {
        const off = Math.abs(Histogram.from(part).quantile(q) - truth.quantile(q));
        expect(off).toBeLessThan(0.02 * truth.quantile(q) + (q > 0.5 ? busyMicros : 0));
      }
    }
  });

  test('a stall of 2 s shows as arithmetic says', async () => {
    const stall = { kind: 'stall', ms: 0, afterMs: 2000, stallMs: 2000 } as const;
    const { hold } = await measured(stall, { min: 100, max: 100 }, 5000);
    const response = Histogram.from(hold.total.response);
    // Each user waits for an answer before it asks again, so each has exactly one request in the stall. It was sent within the first
    // 100 ms of it (its pause), so it waits 1.9 to 2.0 s.
    expect(response.countAbove(1_850_000)).toBe(users);
    expect(response.max).toBeGreaterThan(1_900_000);
    expect(response.max).toBeLessThan(2_000_000 * 1.02);
    // Without the stall a user asks about every 100 ms for 3 s: some 40 · 30 = 1200 requests, of which 40 are 3.3 %: in p99, not in p95.
    expect(hold.total.requests).toBeGreaterThan(900);
    expect(response.quantile(0.99)).toBeGreaterThan(1_850_000);
    expect(response.quantile(0.95)).toBeLessThan(200_000);
    // Little's law: 40 users, each of whose moments was waiting or thinking.
    expect((hold.waitMs + hold.thinkMs) / hold.userMs).toBeCloseTo(1, 2);
  });

  test('a trickled body counts to its last byte', async () => {
    await using server = await startKnownAnswerServer({ kind: 'trickle', parts: 5, gapMs: 20 });
    const all = await played(at(server.port, { stages: crowd(5, 1000) }));
    expect(all.total.errors).toEqual({});
    expect(all.total.response.min).toBeGreaterThanOrEqual(80_000);
  });
});

describe('what goes wrong is counted once, and rightly', () => {
  test.each(['before', 'within', 'after'] as const)('a server that closes %s its answer', async (how) => {
    await using server = await startKnownAnswerServer({ kind: 'closing', every: 3, how });
    const all = await played(at(server.port, { stages: crowd(5, 1000), thinkMs: { min: 5, max: 20 } }));
    const truth = await server.truth();
    const closed = truth.filter(({ outcome }) => outcome === 'closed').length;
    const { reset = 0, ...others } = all.total.errors;
    expect(others).toEqual({});
    expect(truth.length).toBe(all.total.requests + all.retried);
    // A request that lost a kept connection before any answer is sent once more.
    expect(how === 'before' ? reset + all.retried : reset).toBe(closed);
    expect(all.total.requests).toBeGreaterThan(50);
  });

  test.each(['not-http', 'length-and-chunks', 'bad-chunk'] as const)('an answer that is no HTTP (%s)', async (what) => {
    await using server = await startKnownAnswerServer({ kind: 'malformed', every: 4, what });
    const all = await played(at(server.port, { stages: crowd(4, 800), thinkMs: { min: 5, max: 20 } }));
    const wrong = (await server.truth()).filter(({ outcome }) => outcome === 'malformed').length;
    expect(all.total.errors).toEqual({ malformed: wrong });
    expect(wrong).toBeGreaterThan(10);
  });

  test('statuses, checks and timeouts, each with its route and an example', async () => {
    await using shop = await startShop();
    const check = { status: [], contains: 'goodbye', json: {} };
    const paths = [
      stepOf({ path: '/status/404' }),
      stepOf({ path: '/status/503' }),
      stepOf({ path: '/x', check }),
      stepOf({ path: '/never' }),
    ];
    const tasks = paths.map((step) => ({ name: step.path, weight: 25, steps: [step] }));
    const plan = at(shop.port, { tasks, stages: crowd(8, 2000), thinkMs: { min: 10, max: 50 }, requestTimeoutMs: 300 });
    const { routes } = await played(plan);
    const kinds = Object.fromEntries(Object.entries(routes).map(([name, { errors }]) => [name, Object.keys(errors)]));
    expect(kinds).toEqual({
      'GET /status/404': ['4xx'],
      'GET /status/503': ['5xx'],
      'GET /x': ['check'],
      'GET /never': ['timeout'],
    });
    for (const { requests, errors } of Object.values(routes)) {
      expect(Object.values(errors).reduce((sum, count) => sum + count, 0)).toBe(requests);
    }
    expect(routes['GET /never']?.response.min).toBeGreaterThanOrEqual(300_000);
    expect(routes['GET /x']?.examples.check).toMatch(/^the body does not contain "goodbye"; it is "hello" \(trace /);
  });

  test.runIf(prlimit.path !== undefined)('descriptors that run out are not the server’s errors', async () => {
    await using shop = await startShop();
    const stages = [{ kind: 'hold' as const, fromLevel: 0, toLevel: 0, durationMs: 1500 }, ...crowd(60, 1000)];
    const { load } = begin(at(shop.port, { stages, thinkMs: { min: 100, max: 100 } }));
    await pause(700);
    spawnSync(prlimit.path as string, ['--pid', String(load.pids[0]), '--nofile=40:40']);
    const all = (await load.result).windows[0] as WindowResult;
    expect(all.exhausted).toBeGreaterThan(0);
    expect(all.total.errors).toEqual({});
    expect(all.total.requests).toBeGreaterThan(0);
    expect(all.sendsMade).toBe(all.total.requests);
  });
});

describe('what users do', () => {
  test('log in once, use what they got, send forms, from an address of their own, over two processes', async () => {
    await using shop = await startShop();
    const login = stepOf({
      method: 'POST',
      path: '/login',
      body: { kind: 'json', json: {} },
      take: { token: 'access.token' },
    });
    const own = stepOf({ path: '/own', headers: { authorization: 'Bearer {{token}}' } });
    const me = stepOf({ path: '/me', check: { status: [], contains: '127.0.1.', json: {} } });
    const base64 = Buffer.alloc(100_000, 'x').toString('base64');
    const parts = [{ name: 'file', filename: 'x.bin', contentType: 'application/octet-stream', base64 }];
    const upload = stepOf({
      method: 'POST',
      path: '/upload',
      headers: { authorization: 'Bearer {{token}}' },
      body: { kind: 'form', parts },
      check: { status: [200], contains: '{"bytes":100', json: {} },
    });
    const plan = at(shop.port, {
      start: [login],
      tasks: oneTask(own, me, upload),
      stages: crowd(10, 1500),
      thinkMs: { min: 50, max: 100 },
    });
    const { load, seconds } = begin(plan, 2);
    const all = (await load.result).windows[0] as WindowResult;
    expect(load.pids).toHaveLength(2);
    expect(all.total.errors).toEqual({});
    expect(all.routes['POST /login']?.requests).toBe(10);
    expect(all.routes['POST /upload']?.requests).toBeGreaterThan(10);
    expect(seconds[0]?.users).toBe(10);
    expect(seconds.reduce((sum, second) => sum + second.requests, 0)).toBe(all.total.requests);
  });
});

describe('the processes', () => {
  test('a dead target is told before anything is sent, and nothing is left', async () => {
    const port = await freePort();
    const { load } = begin(at(port));
    const error = await refusal(load.result);
    expect(error.code).toBe('PALIER_LOAD_TARGET_DEAD');
    expect(error.message).toContain(`Nothing answers at 127.0.0.1:${port} (ECONNREFUSED)`);
    for (const pid of load.pids) expect(isRunning(pid)).toBe(false);
  });

  test('a generator that dies is an error with its reason, and the others end with it', async () => {
    await using shop = await startShop();
    const { load, seconds } = begin(at(shop.port, { stages: crowd(2, 60_000), thinkMs: { min: 50, max: 50 } }), 2);
    await until('a second of the load', () => seconds.length > 0);
    process.kill(load.pids[1] as number, 'SIGKILL');
    const error = await refusal(load.result);
    expect(error.code).toBe('PALIER_LOAD_GENERATOR_DIED');
    expect(error.message).toContain('Generator process 2 of 2 ended (SIGKILL)');
    for (const pid of load.pids) expect(isRunning(pid)).toBe(false);
  });

  test('stop() ends the load at once with what was done; Ctrl-C alone does not', async () => {
    await using shop = await startShop();
    const { load, seconds } = begin(at(shop.port, { stages: crowd(2, 60_000), thinkMs: { min: 50, max: 50 } }));
    await until('a second of the load', () => seconds.length > 0);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.kill(load.pids[0] as number, signal);
    await until('another second', () => seconds.length > 1);
    load.stop();
    const result = await load.result;
    expect(result.endedEarly).toBe('stopped');
    expect(result.windows[0]?.total.requests).toBeGreaterThan(10);
    expect(result.windows[0]?.total.errors).toEqual({});
    expect(isRunning(load.pids[0] as number)).toBe(false);
  });

  test('stop() before the start ends it too', async () => {
    await using shop = await startShop();
    const { load } = begin(at(shop.port, { stages: crowd(2, 60_000) }));
    load.stop();
    const result = await load.result;
    expect(result.endedEarly).toBe('stopped');
  });

  test('a parent that is killed leaves no generator', async () => {
    await using shop = await startShop();
    const plan = at(shop.port, { stages: crowd(2, 60_000), thinkMs: { min: 50, max: 50 } });
    const command = [fileHere('parent/main.ts'), JSON.stringify(plan)] as const;
    await using parent = await startProcess({ command, ready: /^playing in (\d+)$/ });
    const generator = Number(parent.ready[1]);
    expect(isRunning(generator)).toBe(true);
    process.kill(parent.pid, 'SIGKILL');
    await until('the end of the generator', () => !isRunning(generator));
  });

  test('a generator that was stopped for 300 ms says so', async () => {
    await using shop = await startShop();
    const { load, seconds } = begin(at(shop.port, { stages: crowd(20, 2500), thinkMs: { min: 20, max: 60 } }));
    await until('a second of the load', () => seconds.length > 0);
    process.kill(load.pids[0] as number, 'SIGSTOP');
    await pause(310);
    process.kill(load.pids[0] as number, 'SIGCONT');
    const all = (await load.result).windows[0] as WindowResult;
    expect(all.generator.longestStallMs).toBeGreaterThan(290);
    // All 20 were pausing or about to; their next sends were up to 300 ms late.
    expect(Histogram.from(all.generator.lag).max).toBeGreaterThan(200_000);
  });
});
