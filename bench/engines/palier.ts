/** `palier prove` as a process, on the engines that an application can be given. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RunReport } from '@palier/protocol';
import { mariadbServer, redisServer, startMariadb, startRedis } from '@palier/testkit/engines';
import { atEnd, temporaryFolder } from '../process/ending.ts';

export interface Engines {
  readonly name: string;
  /** Programs that it needs and this machine has not. */
  readonly missing: readonly string[];
  /** Starts them; resolves with what `palier prove` gets in its environment. */
  start(stack: AsyncDisposableStack): Promise<Readonly<Record<string, string>>>;
}

export interface Asked {
  /** Its folder below apps/. */
  readonly app: string;
  /** What stands after `palier prove`. */
  readonly words: readonly string[];
  /** Of each of its services. Default: as its system file has it. */
  readonly replicas?: number;
  /** Of the HTML report, which stays in the application's `.palier/proved/`. */
  readonly report: string;
  /** Whether what palier says goes to the screen. */
  readonly shown: boolean;
}

const root = join(import.meta.dirname, '..', '..');

export const allEngines: readonly Engines[] = [
  { name: 'SQLite', missing: [], start: async () => ({}) },
  {
    name: 'Redis + MariaDB',
    missing: [
      ...(redisServer().path === undefined ? ['redis-server'] : []),
      ...(mariadbServer().path === undefined ? ['mariadbd'] : []),
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

/** Those of ONLY: names of engines, by commas. */
export function enginesOf(all: readonly Engines[]): readonly Engines[] {
  const only = process.env['ONLY']?.split(',');
  return all.filter(({ name }) => only?.includes(name) ?? true);
}

/** On engines and data of its own, which are gone afterwards. Null: it could not be run; palier has said why. */
export async function provedOn(
  engines: Engines,
  { app, words, replicas, report, shown }: Asked,
): Promise<RunReport | null> {
  await using stack = new AsyncDisposableStack();
  const folder = temporaryFolder();
  stack.defer(() => folder.remove());
  const urls = await engines.start(stack);
  const config = writeSystem(folder.path, join(root, 'apps', app), replicas);
  const json = join(folder.path, 'report.json');
  const page = join(root, 'apps', app, '.palier', 'proved', `${report.replaceAll(/[^\w]+/g, '-')}.html`);
  mkdirSync(dirname(page), { recursive: true });
  const palier = join(root, 'cli', 'bin', 'palier.mjs');
  const { REDIS_URL: _r, STATE_URL: _s, DATABASE_URL: _d, ...env } = process.env;
  const args = [...words, '--config', config, '--json', json, '--report', page];
  const child = spawn(process.execPath, [palier, 'prove', ...args], {
    stdio: ['ignore', shown ? 'inherit' : 'ignore', 'inherit'],
    env: { ...env, ...urls },
  });
  const callOff = atEnd(() => child.kill('SIGTERM'));
  await once(child, 'exit');
  callOff();
  return reportIn(json);
}

/** A system file elsewhere: its data lie beside it, so that no run begins with what another one has made. */
function writeSystem(folder: string, app: string, replicas: number | undefined): string {
  const own = replicas === undefined ? '' : `, replicas: ${replicas}`;
  const file = join(folder, 'palier.config.ts');
  writeFileSync(
    file,
    `import system from ${JSON.stringify(join(app, 'palier.config.ts'))};
const services = Object.entries(system.services);
const here = ([name, service]) => [name, { ...service, cwd: ${JSON.stringify(app)}${own} }];
export default { ...system, services: Object.fromEntries(services.map(here)) };
`,
  );
  return file;
}

function reportIn(file: string): RunReport | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RunReport;
  } catch {
    return null;
  }
}
