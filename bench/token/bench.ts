/** What a validation costs a service, beside jose and one read of Redis for each request. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { type Child, startChild } from '../process/child.ts';
import { machineCpu, processCpuMs } from '../process/cpu.ts';
import { temporaryFolder } from '../process/ending.ts';
import { palier } from '../process/ours.ts';
import { freePorts, untilListening } from '../process/port.ts';
import { drawStream, type Stream, streamOfStrangers } from './stream.ts';
import type { Figures, PacedFigures } from './validator.ts';

const peer: Contestant = {
  name: 'jose + redis',
  role: 'peer',
  howToGet: 'npm run bench installs it; redis-server: apt-get install redis-server',
  version: () => (spawnSync('redis-server', ['--version']).status === 0 ? 'jose 6.2, node-redis 6.3' : null),
};

interface Case {
  /** As many tokens as `setting` needs. */
  stream(setting: Setting): Promise<Stream>;
  /** Null: as fast as it can. */
  readonly perSecond: number | null;
  /** How it is asked at that rate. */
  readonly how?: 'frames' | 'http';
}

const rate = 5000;
const tokenNew = `${rate}/s, each token new`;
const userNew = `${rate}/s, token and user new`;
const overHttp = `${rate}/s, token and user new, over HTTP`;
/** Nothing but new tokens: the compilers are not through with the rarer ways before. */
const pacedWarmUpMs = ({ warmUpMs }: Setting): number => Math.max(2000, warmUpMs);
/** Of Poisson arrivals: a tenth more than on average. */
const pacedTokens = (setting: Setting): number =>
  Math.ceil((1.1 * rate * (pacedWarmUpMs(setting) + setting.measureMs)) / 1000);
const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(
    [1, 5, 20, 100].map((n) => [
      `${n} requests a token`,
      { stream: () => drawStream('ES256', n, 20_000), perSecond: null },
    ]),
  ),
  ...Object.fromEntries(
    (['EdDSA', 'RS256', 'HS256'] as const).map((algorithm) => [
      `each token new, ${algorithm}`,
      { stream: () => drawStream(algorithm, 1, 8000), perSecond: null },
    ]),
  ),
  [tokenNew]: { stream: (setting) => drawStream('ES256', 1, pacedTokens(setting)), perSecond: rate },
  [userNew]: { stream: (setting) => streamOfStrangers('ES256', pacedTokens(setting)), perSecond: rate },
  [overHttp]: {
    stream: (setting) => streamOfStrangers('ES256', pacedTokens(setting)),
    perSecond: rate,
    how: 'http',
  },
};
/** The library's call; HTTP stands beside it without a goal. */
const judged = [tokenNew, userNew];
const paced = [...judged, overHttp];
const saturated = Object.keys(cases).filter((name) => !paced.includes(name));
/** To start and to end, beyond the times of a run. */
const patienceMs = 15_000;

export const bench: Bench = {
  name: 'token',
  sentence:
    'Validations of access tokens on one core (ES256 unless said), beside jose and one Redis read a request; users drawn by Zipf.',
  cases: Object.keys(cases),
  contestants: [palier, peer],
  measures: [
    { key: 'perCore', title: 'validations per second of a core', better: 'more', compare: 'ratio', cases: saturated },
    { key: 'cpuMicros', title: 'CPU µs/validation', better: 'less', compare: 'ratio' },
    { key: 'p50Ms', title: 'p50 ms', better: 'less', compare: 'difference', cases: paced },
    { key: 'p99Ms', title: 'p99 ms', better: 'less', compare: 'difference', cases: paced },
    { key: 'backMs', title: 'p99 ms, answer back at who asked', better: 'less', compare: 'difference', cases: paced },
    { key: 'lateMs', title: 'p99 ms of the asking alone', better: 'less', compare: 'difference', cases: paced },
  ],
  goals: [
    { measure: 'perCore', case: '20 requests a token', peer: peer.name, limit: 10 },
    ...judged.map((name) => ({ measure: 'p99Ms', case: name, limit: 5 })),
  ],
  open,
};

async function open(setting: Setting): Promise<Field> {
  if (peer.version() === null) throw new Error('There is no redis-server; apt-get install redis-server.');
  const [port = 0] = await freePorts(1);
  const folder = temporaryFolder();
  const command = ['redis-server', '--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder.path];
  const redis = await startChild('redis', setting.cores.client, command);
  await untilListening(port, () => (redis.ended() ? `Redis did not start: ${redis.output()}` : null));
  const files = new Map<string, string>();
  const fileOf = async (name: string, one: Case): Promise<string> => {
    const file = files.get(name) ?? join(folder.path, `${files.size}.json`);
    if (!files.has(name)) writeFileSync(file, JSON.stringify(await one.stream(setting)));
    files.set(name, file);
    return file;
  };
  return {
    notes: [
      'A replica has one core with all its threads (at 5000/s both), Redis the other; 64 requests in hand. No HTTP: the validation alone.',
      `At ${rate}/s a process of a higher priority on the other core asks over a local socket, open model, Poisson; times count from when a request was due until the replica's call has told.`,
      'The peer keeps its key, verifies each token and reads one key of Redis; its client is node-redis without its slow deadline.',
    ],
    async run(contestant, caseName) {
      const one = cases[caseName] as Case;
      const words = [contestant, await fileOf(caseName, one), `redis://127.0.0.1:${port}`];
      return one.perSecond === null
        ? saturate(words, redis, setting)
        : pace(words, redis, setting, {
            perSecond: one.perSecond,
            how: one.how ?? 'frames',
            socket: join(folder.path, 'replica.sock'),
          });
    },
    async close() {
      await redis.stop();
      folder.remove();
    },
  };
}

async function saturate(words: readonly string[], redis: Child, setting: Setting): Promise<RunValues> {
  const times = [setting.warmUpMs, setting.measureMs].map(String);
  const replica = await startChild('replica', setting.cores.server, nodeOf('replica-main.ts', [...words, ...times]));
  try {
    await told(replica, /^begin$/m, setting.warmUpMs + patienceMs);
    const coresUsed = watchCores({ redis });
    const [, json = ''] = await told(replica, /^end (.*)$/m, setting.measureMs + patienceMs);
    const { validations, seconds, cpuMs } = JSON.parse(json) as Figures;
    const own = { replica: cpuMs / (seconds * 1000) };
    const values = { perCore: (1000 * validations) / cpuMs, cpuMicros: (1000 * cpuMs) / validations };
    return { values, cores: coresUsed(own) };
  } finally {
    await replica.stop();
  }
}

async function pace(
  words: readonly string[],
  redis: Child,
  setting: Setting,
  { perSecond, how, socket }: { readonly perSecond: number; readonly how: string; readonly socket: string },
): Promise<RunValues> {
  const { cores, measureMs } = setting;
  const warmUpMs = pacedWarmUpMs(setting);
  rmSync(socket, { force: true });
  // One core bears fewer (the first case says how many): signatures are checked on threads, wherever there is a core.
  const replica = await startChild('replica', null, nodeOf('replica-main.ts', [...words, how, socket]));
  try {
    await told(replica, /^listening$/m, patienceMs);
    const asking = [words[1] as string, socket, how, ...[warmUpMs, measureMs, perSecond].map(String)];
    const asker = await startChild('asker', cores.client, nodeOf('paced-main.ts', asking));
    try {
      await told(asker, /^begin$/m, warmUpMs + patienceMs);
      const coresUsed = watchCores({ redis, replica, asker });
      const [, json = ''] = await told(asker, /^end (.*)$/m, measureMs + patienceMs);
      const { validations, seconds, p50Ms, p99Ms, backP99Ms, lateP99Ms } = JSON.parse(json) as PacedFigures;
      const used = coresUsed({});
      // Null in JSON is infinity: it was never answered.
      if (p99Ms === null || p50Ms === null)
        throw new Error(`More than one in a hundred had no answer: ${replica.output()}`);
      const cpuMicros = ((used['replica'] ?? Number.NaN) * seconds * 1e6) / validations;
      return { values: { cpuMicros, p50Ms, p99Ms, backMs: backP99Ms, lateMs: lateP99Ms }, cores: used };
    } finally {
      await asker.stop();
    }
  } finally {
    await replica.stop();
  }
}

function nodeOf(main: string, words: readonly string[]): string[] {
  return [
    process.execPath,
    '--conditions=palier-source',
    fileURLToPath(new URL(`./${main}`, import.meta.url)),
    ...words,
  ];
}

/** From now on; the answer tells the cores used until it is asked, with those that are known already. */
function watchCores(children: Readonly<Record<string, Child>>): (known: RunValues['cores']) => Record<string, number> {
  const read = () => ({
    atMs: performance.now(),
    machine: machineCpu(),
    ms: Object.entries(children).map(([name, { pid }]) => [name, processCpuMs(pid)] as const),
  });
  const before = read();
  return (known) => {
    const after = read();
    const elapsedMs = after.atMs - before.atMs;
    const cores: Record<string, number> = { ...known };
    after.ms.forEach(([name, ms], at) => {
      const from = before.ms[at]?.[1] ?? null;
      if (ms !== null && from !== null) cores[name] = (ms - from) / elapsedMs;
    });
    if (after.machine !== null && before.machine !== null) {
      const ours = Object.values(cores).reduce((sum, one) => sum + one, 0);
      cores['elsewhere'] = Math.max(0, (after.machine.busyMs - before.machine.busyMs) / elapsedMs - ours);
      cores['stolen'] = (after.machine.stealMs - before.machine.stealMs) / elapsedMs;
    }
    return cores;
  };
}

async function told(child: Child, line: RegExp, withinMs: number): Promise<RegExpExecArray> {
  const deadlineMs = performance.now() + withinMs;
  while (performance.now() < deadlineMs) {
    const found = line.exec(child.output());
    if (found !== null) return found;
    if (child.ended()) throw new Error(`The ${child.name} ended by itself: ${child.output()}`);
    await sleep(10);
  }
  throw new Error(`The ${child.name} did not say ${line.source} within ${withinMs} ms.`);
}
