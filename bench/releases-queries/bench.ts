/** What the tuning of the queries of apps/releases is worth on 100 000 releases: each thing taken back by itself, and all of them. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lacking, startServer } from '../batch/engines.ts';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { pinned } from '../process/cores.ts';
import { machineCpu } from '../process/cpu.ts';
import { atEnd } from '../process/ending.ts';
import { palier } from '../process/ours.ts';

const engines = ['sqlite', 'mariadb'] as const;
type Engine = (typeof engines)[number];
const names: Readonly<Record<Engine, string>> = { sqlite: 'SQLite', mariadb: 'MariaDB' };
const kinds = ['newest first', 'a type by title', 'far behind', 'search', 'one release', 'dashboard'] as const;
const cases = engines.flatMap((engine) => kinds.map((kind) => `${names[engine]}: ${kind}`));
const lists = kinds.slice(0, 3);
const releases = 100_000;
const application = join(import.meta.dirname, '..', '..', 'apps', 'releases');

/** Ours but for one thing; `bare`: on tables that have only what every database makes by itself. */
const peers: Readonly<Record<string, { readonly way: string; readonly bare: boolean }>> = {
  'no indexes': { way: 'palier', bare: true },
  'row by row': { way: 'row by row', bare: false },
  'not prepared': { way: 'not prepared', bare: false },
  'as found': { way: 'as found', bare: true },
};

interface Told {
  readonly requests: number;
  readonly elapsedMs: number;
  readonly cpuMs: number;
  readonly statements: number;
}

interface Player {
  play(asked: object): Promise<Told>;
  stop(): Promise<void>;
}

const peer = (name: string): Contestant => ({
  name,
  role: 'peer',
  howToGet: 'it is here',
  version: () => 'ours, untuned',
});

export const bench: Bench = {
  name: 'releases-queries',
  sentence: `Reads of apps/releases on ${releases} releases, one after the other: ours, ours without one thing, and as an existing packer has them.`,
  cases,
  contestants: [palier, ...Object.keys(peers).map(peer)],
  measures: [
    { key: 'ms', title: 'ms/read', better: 'less', compare: 'ratio' },
    { key: 'statements', title: 'statements/read', better: 'less', compare: 'ratio' },
  ],
  // Of a list a tenth of what it took before; the other reads are shown.
  goals: engines.flatMap((engine) =>
    lists.map((kind) => ({ measure: 'ms', case: `${names[engine]}: ${kind}`, limit: 0.1, peer: 'as found' })),
  ),
  paces: {
    full: { rounds: 9, warmUpMs: 100, measureMs: 400 },
    quick: { rounds: 3, warmUpMs: 50, measureMs: 150 },
  },
  runMs: 800,
  open,
};

async function open(setting: Setting): Promise<Field> {
  const players = new Map<string, Player>();
  const stops: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    await Promise.all([...players.values()].map((player) => player.stop()));
    for (const stop of stops) await stop();
  };
  const missing: string[] = [];
  try {
    for (const engine of engines) {
      const why = lacking(engine);
      if (why !== null) {
        missing.push(`${names[engine]} is left out: ${why}.`);
        continue;
      }
      for (const bare of [false, true]) {
        const server = await startServer(engine, setting.cores);
        stops.push(server.stop);
        const beganMs = performance.now();
        fill(server.url, bare);
        const seconds = ((performance.now() - beganMs) / 1000).toFixed(0);
        console.log(`${names[engine]}: filled${bare ? ', its indexes taken back,' : ''} in ${seconds} s.`);
        players.set(`${engine} ${bare}`, startPlayer(server.url, setting.cores.client));
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  const playerOf = (contestant: string, caseName: string): Player | undefined => {
    const engine = engines.find((one) => caseName.startsWith(names[one]));
    return players.get(`${engine} ${peers[contestant]?.bare ?? false}`);
  };
  return {
    notes: [
      'One read after the other, in a process of its own, through Kysely and kit/state/sql; a total is remembered for two seconds, as in the service.',
      ...missing,
    ],
    fits: (contestant, caseName) => playerOf(contestant, caseName) !== undefined,
    run: (contestant, caseName) =>
      measured(playerOf(contestant, caseName), peers[contestant]?.way ?? 'palier', caseName, setting),
    close,
  };
}

async function measured(
  player: Player | undefined,
  way: string,
  caseName: string,
  { warmUpMs, measureMs }: Setting,
): Promise<RunValues> {
  if (player === undefined) throw new Error('The engine is not there.');
  const kind = caseName.slice(caseName.indexOf(': ') + 2);
  const before = machineCpu();
  const { requests, elapsedMs, cpuMs, statements } = await player.play({
    way,
    kind,
    warmMs: warmUpMs,
    forMs: measureMs,
  });
  const after = machineCpu();
  const stolenMs = before === null || after === null ? 0 : after.stealMs - before.stealMs;
  return {
    values: { ms: elapsedMs / requests, statements: statements / requests },
    cores: { client: cpuMs / elapsedMs, stolen: stolenMs / (warmUpMs + elapsedMs) },
  };
}

/** By the application's own seed; what it takes is no part of the figures. */
function fill(url: string, bare: boolean): void {
  const env = { ...process.env, DATABASE_URL: url, DATA_DIR: tmpdir(), SEED_RELEASES: String(releases) };
  run(['seed.ts'], env);
  if (bare) run(['testing/queries/main.ts', url, 'drop'], env);
}

function run(words: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: application, env, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
}

function startPlayer(url: string, core: number | null): Player {
  const [program = '', ...words] = [...pinned(core), process.execPath, 'testing/queries/main.ts', url];
  const child = spawn(program, words, { cwd: application, stdio: ['pipe', 'pipe', 'inherit'] });
  const callOff = atEnd(() => child.kill('SIGKILL'));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async play(asked) {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error(`The client ended while it played ${JSON.stringify(asked)}.`);
      return JSON.parse(answer.value) as Told;
    },
    async stop() {
      callOff();
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
