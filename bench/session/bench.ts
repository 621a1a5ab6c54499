/** What a request pays for its session: ours beside express-session with connect-redis and @fastify/session, on one Redis. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { type Child, startChild } from '../process/child.ts';
import { machineCpu, processCpuMs } from '../process/cpu.ts';
import { temporaryFolder } from '../process/ending.ts';
import { palier } from '../process/ours.ts';
import { freePorts, untilListening } from '../process/port.ts';
import type { Order, Told } from './subject.ts';

const frameworks = ['Express', 'Fastify'] as const;
const thinking = '1000 clients';
const cases = [...frameworks, thinking, 'memory'];
const lookEveryMs = 5;
const peerOf = { Express: 'connect-redis', Fastify: '@fastify/session' } as const;
/** Of each way what it is called, and so much of a peer's time ours may take: 1 : 1.5, 1 : 5, 1 : 1.3. */
const ways = [
  ['readMicros', 'read', 1 / 1.5],
  ['copiesMicros', 'read, local copies', 1 / 5],
  ['writeMicros', 'write', 1 / 1.3],
] as const;

/** What the frameworks cost without sessions: taken off everybody's time. */
const bare: Contestant = {
  name: 'bare',
  role: 'control',
  howToGet: 'npm install in bench/',
  version: () => versionOf('fastify'),
};
const peers: readonly Contestant[] = [
  { name: peerOf.Express, role: 'peer', howToGet: 'npm install in bench/', version: () => versionOf('connect-redis') },
  {
    name: peerOf.Fastify,
    role: 'peer',
    howToGet: 'npm install in bench/',
    version: () => versionOf('@fastify/session'),
  },
];

export const bench: Bench = {
  name: 'session',
  sentence:
    'What a request pays for its session: ours beside express-session with connect-redis and @fastify/session, on one Redis.',
  cases,
  contestants: [palier, ...peers, bare],
  measures: [
    ...ways.map(([key, way]) => ({
      key,
      title: `CPU µs/request for the session: ${way}`,
      better: 'less' as const,
      compare: 'ratio' as const,
      beyond: bare.name,
      cases: frameworks,
    })),
    ...(['Read', 'Write'] as const).map((way) => ({
      key: `redis${way}Micros`,
      title: `CPU µs/request of Redis: ${way.toLowerCase()}`,
      better: 'less' as const,
      compare: 'ratio' as const,
      cases: frameworks,
    })),
    { key: 'hits', title: '% of reads from a local copy', better: 'more', compare: 'ratio', cases: frameworks },
    {
      key: 'p99Ms',
      title: 'p99 of the slowest kind of operation, ms',
      better: 'less',
      compare: 'ratio',
      cases: [thinking],
    },
    ...(['all', 'read', 'write', 'logIn', 'logOut'] as const).map((key) => ({
      key,
      title: `p99 of ${{ all: 'all of them', read: 'a read', write: 'a write', logIn: 'a log-in', logOut: 'a log-out' }[key]}, ms`,
      better: 'less' as const,
      compare: 'ratio' as const,
      cases: [thinking],
    })),
    { key: 'rarest', title: 'operations of the rarest kind', better: 'more', compare: 'ratio', cases: [thinking] },
    {
      key: 'pauseMs',
      title: 'longest pause of the garbage collector, ms',
      better: 'less',
      compare: 'ratio',
      cases: [thinking],
    },
    { key: 'heapMiB', title: 'MiB for 10 000 sessions', better: 'less', compare: 'ratio', cases: ['memory'] },
    {
      key: 'copiesMiB',
      title: 'MiB for 10 000 sessions, local copies',
      better: 'less',
      compare: 'ratio',
      cases: ['memory'],
    },
  ],
  goals: [
    ...frameworks.flatMap((framework) =>
      ways.map(([measure, , limit]) => ({ measure, case: framework, peer: peerOf[framework], limit })),
    ),
    { measure: 'p99Ms', case: thinking, limit: 5 },
    { measure: 'heapMiB', case: 'memory', peer: peerOf.Express, limit: 0.3 },
  ],
  runMs: 8300,
  open,
};

async function open(setting: Setting): Promise<Field> {
  const [port] = (await freePorts(1)) as [number];
  const folder = temporaryFolder();
  const words = [
    '--port',
    String(port),
    '--dir',
    folder.path,
    '--appendonly',
    'yes',
    '--maxmemory-policy',
    'noeviction',
  ];
  const redis = await startChild('redis', setting.cores.server, ['redis-server', ...words]);
  await untilListening(port, () => (redis.ended() ? redis.output() : null));
  return {
    notes: [
      'The middleware, or the plugin, is called in its own process with requests and answers of node:http that have no socket; 64 at once. What the',
      'framework costs without a session is measured in the same round and taken off. CPU is the process’s own, all threads (getrusage).',
      '10 000 sessions of about 300 bytes, one of them drawn for each request, all as likely. A read changes nothing, a write changes one of eight',
      'fields. One process plays reads, then writes; ours then reads from local copies, of which it keeps 10 000 by default, so all of these',
      '("% of reads from a local copy"), beside the peer’s reads. What Redis used is its own figure (INFO cpu).',
      '1000 clients: of twenty that are drawn 12 reads, 5 writes, 3 log-outs, and after each a log-in; think time 1 s on average, drawn exponentially; in one process with the service,',
      'timed from when each was due. memory: V8’s heap and buffers after 10 000 sessions were made and read, beside the in-memory store of',
      'express-session; a first service plays the same before, so that compiled code does not count. Ours with default limits.',
    ],
    fits: (contestant, caseName) => fits(contestant, caseName),
    run: (contestant, caseName) => run({ contestant, caseName, url: `redis://127.0.0.1:${port}`, setting, redis }),
    async close() {
      await redis.stop();
      folder.remove();
    },
  };
}

function fits(contestant: string, caseName: string): boolean {
  if (contestant === palier.name) return true;
  if (caseName === thinking) return false;
  if (caseName === 'memory') return contestant === peerOf.Express;
  return contestant === bare.name || contestant === peerOf[caseName as keyof typeof peerOf];
}

interface Run {
  readonly contestant: string;
  readonly caseName: string;
  readonly url: string;
  readonly setting: Setting;
  readonly redis: Child;
}

async function run({ contestant, caseName, url, setting, redis }: Run): Promise<RunValues> {
  const { warmUpMs, measureMs } = setting;
  const order: Order = { contestant, caseName, url, warmUpMs, measureMs };
  const file = join(import.meta.dirname, 'subject-main.ts');
  const command = [process.execPath, '--conditions=palier-source', '--expose-gc', file, JSON.stringify(order)];
  const child = await startChild(contestant, setting.cores.client, command);
  while (!child.output().includes('BEGIN') && !child.ended()) await sleep(lookEveryMs);
  const before = look(redis);
  while (!child.output().includes('TOLD') && !child.ended()) await sleep(lookEveryMs);
  const after = look(redis);
  const status = await child.finished;
  const told = /^TOLD (.*)$/m.exec(child.output())?.[1];
  if (status !== 0 || told === undefined)
    throw new Error(`${contestant} ended with ${status}: ${child.output().slice(-500)}`);
  const { values, cores: subject } = JSON.parse(told) as Told;
  const elapsedMs = after.atMs - before.atMs;
  const redisMs = after.redisMs - before.redisMs;
  const stolen = (after.stealMs - before.stealMs) / elapsedMs;
  const elsewhere = (after.busyMs - before.busyMs - redisMs) / elapsedMs - subject;
  const cores = { subject, redis: redisMs / elapsedMs, elsewhere: Math.max(0, elsewhere), stolen };
  return { values, cores };
}

interface Look {
  readonly atMs: number;
  readonly redisMs: number;
  readonly busyMs: number;
  readonly stealMs: number;
}

function look(redis: Child): Look {
  const { busyMs, stealMs } = machineCpu() ?? { busyMs: 0, stealMs: 0 };
  return { atMs: performance.now(), redisMs: processCpuMs(redis.pid) ?? 0, busyMs, stealMs };
}

function versionOf(name: string): string | null {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null;
}
