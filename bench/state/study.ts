/** What the promises of kit/state cost: its calls beside those of the bare client, against the same Redis. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startChild } from '../process/child.ts';
import { type Cores, divideCores, pinned } from '../process/cores.ts';
import { temporaryFolder } from '../process/ending.ts';
import { freePorts, untilListening } from '../process/port.ts';
import type { Met } from '../rows.ts';
import type { Study } from '../study.ts';
import { aligned, number } from '../table.ts';
import { type CaseResult, metOf, type Pair, resultOf } from './pairs.ts';

interface Case {
  readonly name: string;
  readonly title: string;
  readonly least: number | null;
  readonly replicas?: number;
}

/**
 * Of the bare client's throughput at 64 in flight. The copies are shown, not judged: a read that is no call has no peer here; so is the price of
 * durable calls, with two replicas on the server's core.
 */
const cases: readonly Case[] = [
  { name: 'get', title: 'get', least: 0.85 },
  { name: 'set', title: 'set', least: 0.85 },
  { name: 'procedure', title: 'a procedure (EVALSHA)', least: 0.85 },
  { name: 'copy', title: 'get from a local copy, beside a GET', least: null },
  { name: 'durable', title: 'set, durable on 2 replicas, beside set', least: null, replicas: 2 },
  { name: 'durable-by-hand', title: 'the same, beside SET + WAIT each', least: null, replicas: 2 },
];
/** Of each case, before anything counts (pairs-main.ts). */
const warmUpSlices = 4;
/** More pairs where a goal is judged: the whole interval must lie on the right side of it. */
const full = { judged: 60, shown: 20, sliceMs: 500 };
const quick = { judged: 41, shown: 11, sliceMs: 150 };

export const study: Study = {
  name: 'state',
  sentence: 'Calls of kit/state at 64 in flight beside the bare @redis/client against one Redis, in pairs.',
  run: playAll,
};

async function playAll({ quick: isQuick }: { readonly quick: boolean }): Promise<{ met: Met; result: object }> {
  if (spawnSync('redis-server', ['--version']).status !== 0) {
    throw new Error('The bench state cannot be run here: there is no redis-server (Debian: redis-server).');
  }
  const cores = divideCores();
  const { judged: judgedPairs, shown, sliceMs } = isQuick ? quick : full;
  const pairsOf = ({ least }: Case): number => (least === null ? shown : judgedPairs);
  const allPairs = cases.reduce((sum, one) => sum + pairsOf(one), 0);
  const warmUpMs = cases.length * (warmUpSlices * Math.max(sliceMs, 200) + 1000);
  const seconds = Math.ceil((2 * allPairs * sliceMs + warmUpMs) / 1000);
  console.log(
    `${cores.sentence}\n${judgedPairs} pairs of a case with a goal, ${shown} of the others, ${sliceMs} ms each, ours and bare first by turns; ` +
      `100-byte values, 1000 keys. About ${seconds} s.`,
  );
  const results: {
    readonly name: string;
    readonly pairs: readonly Pair[];
    readonly summary: CaseResult;
    readonly met: Met | null;
  }[] = [];
  for (const replicas of [0, 2]) {
    const servers = await startServers(cores, replicas);
    try {
      for (const one of cases.filter((some) => (some.replicas ?? 0) === replicas)) {
        const { name, least } = one;
        const played = playCase(servers.url, name, pairsOf(one), sliceMs, cores);
        const summary = resultOf(played);
        results.push({ name, pairs: played, summary, met: least === null ? null : metOf(summary.rate, least) });
      }
    } finally {
      await servers.stop();
    }
  }
  const table = [
    ['what', 'ours/s', 'bare/s', 'ours : bare', 'CPU µs ours', 'bare', 'goal', 'met'],
    ...cases.map(({ title, least }, i) => {
      const { summary, met } = results[i] as (typeof results)[number];
      const { rate } = summary;
      return [
        title,
        number(summary.oursPerSecond),
        number(summary.barePerSecond),
        rate === null ? '–' : `${rate.median.toFixed(2)} [${rate.low.toFixed(2)}–${rate.high.toFixed(2)}]`,
        summary.oursCpuMicros.toFixed(2),
        summary.bareCpuMicros.toFixed(2),
        least === null ? '' : `≥ ${least}`,
        met === null ? '' : met,
      ];
    }),
  ];
  console.log(`\n${aligned(table, [1, 2, 4, 5])}\n`);
  const judged = new Set(results.flatMap(({ met }) => met ?? []));
  const met: Met = judged.has('no') ? 'no' : judged.has('unclear') ? 'unclear' : 'yes';
  return { met, result: { judgedPairs, shown, sliceMs, pinning: cores.sentence, results } };
}

/** In a process of its own, on the client's core: what this one does must not be measured. */
function playCase(url: string, name: string, pairs: number, sliceMs: number, { client }: Cores): readonly Pair[] {
  const main = fileURLToPath(new URL('./pairs-main.ts', import.meta.url));
  const command = [...pinned(client), process.execPath, main, url, name, String(pairs), String(sliceMs)];
  const { status, stdout, stderr } = spawnSync(command[0] as string, command.slice(1), {
    encoding: 'utf8',
    maxBuffer: 16_777_216,
    timeout: 10 * pairs * sliceMs + 60_000,
  });
  if (status !== 0) throw new Error(`The case ${name} failed: ${stderr.slice(0, 2000)}`);
  return JSON.parse(stdout) as readonly Pair[];
}

interface Server {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

async function startServers(cores: Cores, replicas: number): Promise<Server> {
  const servers = [await startServer(cores)];
  const primary = servers[0] as Server;
  const stop = async (): Promise<void> => {
    for (const one of servers.toReversed()) await one.stop();
  };
  try {
    const follow = ['--replicaof', '127.0.0.1', String(primary.port), '--repl-diskless-sync-delay', '0'];
    for (let i = 0; i < replicas; i++) servers.push(await startServer(cores, follow));
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...primary, stop };
}

async function startServer({ server }: Cores, more: readonly string[] = []): Promise<Server> {
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder();
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder.path,
    '--save',
    '',
    '--appendonly',
    'no',
    ...more,
  ];
  const child = await startChild('redis-server', server, ['redis-server', ...settings]);
  await untilListening(port, () => (child.ended() ? `redis-server did not start: ${child.output()}` : null));
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    async stop() {
      await child.stop();
      folder.remove();
    },
  };
}
