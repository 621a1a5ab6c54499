/** Whether an application keeps its limits on each engine that it can be given: `palier prove`, the same system, other URLs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport, Verdict } from '@palier/protocol';
import { mariadbServer, redisServer, startMariadb, startRedis } from '@palier/testkit/engines';
import { atEnd, temporaryFolder } from '../process/ending.ts';
import type { Met } from '../rows.ts';

interface Engines {
  readonly name: string;
  /** The programs that it needs. */
  readonly needs: readonly { readonly path: string | undefined; readonly name: string }[];
  /** Starts them; resolves with what `palier prove` gets in its environment. */
  start(stack: AsyncDisposableStack): Promise<Readonly<Record<string, string>>>;
}

interface Proof {
  readonly engines: string;
  /** As palier was asked for it. */
  readonly scenario: string;
  readonly verdict: Verdict | 'none';
  readonly p95Ms: number | null;
  readonly requests: number | null;
  readonly reasons: readonly string[];
}

const root = join(import.meta.dirname, '..', '..');

const all: readonly Engines[] = [
  { name: 'SQLite', needs: [], start: async () => ({}) },
  {
    name: 'Redis + MariaDB',
    needs: [
      { name: 'redis-server', path: redisServer().path },
      { name: 'mariadbd', path: mariadbServer().path },
    ],
    async start(stack) {
      // As a site runs them: every commit of the database is on the disk before it is answered.
      const [redis, mariadb] = await Promise.all([startRedis(), startMariadb()]);
      stack.use(redis);
      stack.use(mariadb);
      return { REDIS_URL: redis.url, DATABASE_URL: mariadb.url };
    },
  },
];

/** `app`: its folder. `runs`: what palier is asked for, one after the other, each as after `palier prove`. ONLY: names of engines. */
export async function proveOnEngines(
  app: string,
  runs: readonly (readonly string[])[],
): Promise<{ met: Met; result: object }> {
  const only = process.env['ONLY']?.split(',');
  const asked = all.filter(({ name }) => only?.includes(name) ?? true);
  const proofs: Proof[] = [];
  for (const engines of asked) {
    const missing = engines.needs.filter(({ path }) => path === undefined).map(({ name }) => name);
    if (missing.length > 0) console.log(`Left out: ${engines.name}: there is no ${missing.join(', no ')}.`);
    else for (const words of runs) proofs.push(await prove(engines, app, words));
  }
  console.log('');
  for (const { engines, scenario, verdict, p95Ms, requests, reasons } of proofs) {
    const figures = p95Ms === null ? '' : `, p95 ${p95Ms.toFixed(0)} ms of ${requests} requests`;
    console.log(`${engines}, ${scenario}: ${verdict}${figures}${verdict === 'pass' ? '' : `; ${reasons.join(' ')}`}`);
  }
  return { met: metOf(proofs, all.length * runs.length), result: { app, proofs } };
}

/** Nothing that was left out is met. */
function metOf(proofs: readonly Proof[], wanted: number): Met {
  if (proofs.some(({ verdict }) => verdict === 'fail' || verdict === 'none')) return 'no';
  return proofs.length === wanted && proofs.every(({ verdict }) => verdict === 'pass') ? 'yes' : 'unclear';
}

async function prove(engines: Engines, app: string, words: readonly string[]): Promise<Proof> {
  await using stack = new AsyncDisposableStack();
  const urls = await engines.start(stack);
  const folder = temporaryFolder();
  stack.defer(() => folder.remove());
  const report = join(folder.path, 'report.json');
  const names = Object.entries(urls).map(([name, url]) => `${name}=${url.replace(/:[^:@/]+@/, ':…@')} `);
  console.log(`\n${names.join('')}palier prove ${words.join(' ')}`);
  const config = join(root, 'apps', app, 'palier.config.ts');
  const palier = join(root, 'cli', 'bin', 'palier.mjs');
  const { REDIS_URL: _r, STATE_URL: _s, DATABASE_URL: _d, ...env } = process.env;
  const child = spawn(process.execPath, [palier, 'prove', ...words, '--config', config, '--json', report], {
    stdio: 'inherit',
    env: { ...env, ...urls },
  });
  const callOff = atEnd(() => child.kill('SIGTERM'));
  await once(child, 'exit');
  callOff();
  const [scenario] = scenariosOf(report);
  return {
    engines: engines.name,
    scenario: words.join(' '),
    verdict: scenario?.verdict ?? 'none',
    p95Ms: scenario?.total.responseMs.p95 ?? null,
    requests: scenario?.total.requests ?? null,
    reasons: scenario?.reasons ?? ['It could not be run; what palier says stands above.'],
  };
}

function scenariosOf(report: string): RunReport['scenarios'] {
  try {
    return (JSON.parse(readFileSync(report, 'utf8')) as RunReport).scenarios;
  } catch {
    return [];
  }
}
