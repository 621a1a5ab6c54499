import { writeFile } from 'node:fs/promises';
import { systemClock } from '@palier/base/clock';
import { systemTimers } from '@palier/base/timers';
import { runSystem } from '@palier/control/system';
import { searchDefaults } from '@palier/load/capacity';
import {
  type Bottleneck,
  checkSystem,
  type Intervention,
  type LimitEstimate,
  type Probe,
  type Scenario,
} from '@palier/protocol';
import { temporaryFolder } from '@palier/testkit/folder';
import { describe, expect, it, type TestContext } from 'vitest';
import { findBottleneck } from './limit-bottleneck.ts';
import { sessionOf } from './limit-session.ts';
import { startShow } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';
import { systemSurroundings } from './system-surroundings.ts';
import { believed } from './testing/believed.ts';

/**
 * Each request has one of POOL_SIZE places for 40 ms, or, with LOCK, the one lock of all replicas for 10 ms. `/metrics` tells of the pool.
 */
const server = `
import { mkdirSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
const size = Number(process.env.POOL_SIZE ?? 1);
const line = [];
let taken = 0;
const work = async () => {
  if (process.env.LOCK === undefined) return sleep(40);
  for (;;) {
    try { mkdirSync(process.env.LOCK); break; } catch { await sleep(1); }
  }
  await sleep(10);
  rmdirSync(process.env.LOCK);
};
createServer(async (request, response) => {
  if (request.url === '/health') return response.end('ok');
  if (request.url === '/metrics') {
    return response.end('palier_pool_in_use ' + taken + '\\npalier_pool_size ' + size + '\\npalier_pool_waiting ' + line.length + '\\n');
  }
  if (taken === size) await new Promise((enter) => line.push(enter));
  else taken++;
  await work();
  response.end('ok');
  const next = line.shift();
  if (next === undefined) taken--;
  else next();
}).listen(Number(process.env.PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit());
`;

const limits = { p95Ms: 150, errorPercent: 1 };
const tasks = { look: { weight: 100, steps: [{ request: 'GET /' }] } };
const closed = { stages: [{ rampTo: 50, perSecond: 50 }, { hold: '12s' }], thinkTime: ['50ms', '150ms'] };
const open = { stages: [{ rateTo: 50, within: '1s' }, { hold: '12s' }], arrivals: { spacing: 'poisson' } };

interface Sought {
  readonly bottleneck: Bottleneck;
  readonly probes: readonly Probe[];
}

/** The bottleneck of a system whose limit lies at so many users, or arrivals a second. */
async function found(
  context: TestContext,
  service: Readonly<Record<string, unknown>>,
  users: number,
  load: Readonly<Record<string, unknown>> = closed,
): Promise<Bottleneck> {
  const whyNot = ({ probes }: Sought): string | null =>
    probes.find(({ outcome }) => outcome === 'invalid')?.reason ?? null;
  return (await believed(context, () => sought(service, users, load), whyNot)).bottleneck;
}

async function sought(
  service: Readonly<Record<string, unknown>>,
  users: number,
  load: Readonly<Record<string, unknown>>,
): Promise<Sought> {
  await using folder = await temporaryFolder('bottleneck');
  await writeFile(folder.file('server.mjs'), server);
  const api = { command: ['node', 'server.mjs'], health: '/health', metrics: '/metrics', ...service };
  const short = { ...load, tasks, limits };
  const file = { name: 'sample', services: { api }, scenarios: { short } };
  const { system, scenarios } = checkSystem(file, folder.file('palier.config.ts'));
  const never = new AbortController().signal;
  const surroundings: Surroundings = {
    folder: folder.path,
    screen: { write: () => true },
    env: process.env as Record<string, string>,
    clock: systemClock(),
    timers: systemTimers(),
    seed: 1,
    stop: { asked: never, insisted: never },
  } as unknown as Surroundings;
  const show = startShow(system.name, system.services, surroundings.screen);
  const running = await runSystem(system, systemSurroundings(surroundings, show, null));
  try {
    const arena = {
      scenario: scenarios['short'] as Scenario,
      system,
      generatorCpus: null,
      generators: { asked: 1, cores: 1 },
      originMs: surroundings.clock.monotonicMs(),
      target: running.urls['api'] as string,
      replicas: 1,
      watch: (...[onSample, onEvent]: Parameters<Parameters<typeof sessionOf>[0]['watch'] & object>) =>
        running.watch({ onSample, onEvent }),
      failed: running.failed,
    };
    const options = { ...searchDefaults, whole: true, minLevel: 1, maxLevel: 1000, startLevel: 5, unit: 'users' };
    const session = sessionOf(arena, options, surroundings, show);
    const level = { value: users, low: users, high: users };
    const limit: LimitEstimate = { level, requestsPerSecond: level, replicas: 1, brokenBy: 'p95 response time' };
    const bottleneck = await findBottleneck(limit, running, session);
    expect(running.replicas()).toHaveLength(1);
    if (bottleneck === null) throw new Error('The load could not be played.');
    return { bottleneck, probes: session.probes };
  } finally {
    await running.stop();
    show.end();
  }
}

// All at once: each is a minute of waiting for holds long enough for an interval, and its server sleeps more than it works.
describe.concurrent('the bottleneck of a real system', { timeout: 480_000 }, () => {
  it('that has a pool of five is proved by a pool of ten', async (context) => {
    const { expect } = context;
    // Five places for 40 ms serve 125 a second; 36 users who think for 0.1 s would send 250.
    const tunables = { pool: { env: 'POOL_SIZE', from: 5, to: 10 } };
    const { causes, interventions, proved, sentence } = await found(context, { tunables }, 36);
    expect(interventions).toMatchObject([{ change: 'pool of api from 5 to 10', helped: true }]);
    expect(causes[0]).toMatchObject({ kind: 'pool', component: 'api' });
    expect(proved).toBe(true);
    expect(sentence).toContain('proved by a change');
    expect(causes[0]?.evidence.join(' ')).toContain('Tried: pool of api from 5 to 10; it helped');
  });

  it('at which people arrive, however slow it is, is proved by the limit that is kept again rather than by more answers', async (context) => {
    const { expect } = context;
    // A tenth more than 118 a second is more than the 125 that five places serve, by so little that nearly as many are answered.
    const tunables = { pool: { env: 'POOL_SIZE', from: 5, to: 10 } };
    const { causes, interventions, proved } = await found(context, { tunables }, 118, open);
    expect(interventions).toMatchObject([
      {
        change: 'pool of api from 5 to 10',
        helped: true,
        figure: { title: 'p95 response time', limit: 150, kept: true },
      },
    ]);
    const [{ figure }] = interventions as [Intervention];
    expect(figure?.before.low).toBeGreaterThan(figure?.after.high ?? Number.NaN);
    expect(proved).toBe(true);
    expect(causes[0]?.kind).toBe('pool');
    expect(causes[0]?.evidence.join(' ')).toMatch(
      /it helped \(p95 response time .* ms → .* ms, limit 150 ms, kept now; /,
    );
  });

  it('at which people arrive and whose lock all replicas share is not relieved by one more replica', async (context) => {
    const { expect } = context;
    const env = { LOCK: '{{dataDir}}/lock' };
    const { interventions, proved } = await found(context, { env, replicas: { min: 1, max: 2 } }, 95, open);
    expect(interventions).toMatchObject([{ change: 'one more replica of api', helped: false }]);
    expect(proved).toBe(false);
  });

  it('whose lock all replicas share is not relieved by one more replica', async (context) => {
    const { expect } = context;
    const env = { LOCK: '{{dataDir}}/lock' };
    const { causes, interventions, proved } = await found(context, { env, replicas: { min: 1, max: 2 } }, 24);
    expect(interventions).toMatchObject([{ change: 'one more replica of api', helped: false }]);
    expect(proved).toBe(false);
    expect(causes[0]?.kind).toBe('downstream');
  });

  it('that does not start with the other value keeps its suspicion, unproved, and runs on', async (context) => {
    const { expect } = context;
    const tunables = { pool: { env: 'POOL_SIZE', from: 5, to: 'none' } };
    const broken = ['sh', '-c', 'test "$POOL_SIZE" = none && exit 7; exec node server.mjs'];
    const { causes, interventions, proved } = await found(context, { tunables, command: broken }, 36);
    expect(interventions).toEqual([]);
    expect(causes[0]?.kind).toBe('pool');
    expect(proved).toBe(false);
  });
});
