/** What a request pays for its session: ours beside express-session with connect-redis and @fastify/session, on one Redis. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { startChild } from '../process/child.ts';
import { temporaryFolder } from '../process/ending.ts';
import { palier } from '../process/ours.ts';
import { freePorts, untilListening } from '../process/port.ts';
import type { Order, Told } from './subject.ts';

const frameworks = ['Express', 'Fastify'] as const;
const cases = [
  ...frameworks.flatMap((one) => [`${one}: read`, `${one}: read, local copies`, `${one}: write`]),
  '1000 clients',
  'memory',
];
const peerOf = { Express: 'connect-redis', Fastify: '@fastify/session' } as const;
/** Ours may take so much of a peer's time: 1 : 1.5, 1 : 5, 1 : 1.3. */
const shares = { read: 1 / 1.5, 'read, local copies': 1 / 5, write: 1 / 1.3 } as const;

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
    {
      key: 'micros',
      title: 'CPU µs/request for the session',
      better: 'less',
      compare: 'ratio',
      beyond: bare.name,
      cases: cases.filter((one) => one.includes(':')),
    },
    {
      key: 'p99Ms',
      title: 'p99 of a session operation, ms',
      better: 'less',
      compare: 'ratio',
      cases: ['1000 clients'],
    },
    { key: 'heapMiB', title: 'MiB of heap for 10 000 sessions', better: 'less', compare: 'ratio', cases: ['memory'] },
  ],
  goals: [
    ...frameworks.flatMap((framework) =>
      Object.entries(shares).map(([what, limit]) => ({
        measure: 'micros',
        case: `${framework}: ${what}`,
        peer: peerOf[framework],
        limit,
      })),
    ),
    { measure: 'p99Ms', case: '1000 clients', limit: 5 },
    { measure: 'heapMiB', case: 'memory', peer: peerOf.Express, limit: 0.3 },
  ],
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
      'framework costs without a session is measured in the same round and taken off. CPU is the process’s own, from /proc by way of Node.',
      'A read opens a session of about 300 bytes and changes nothing; a write changes one of its eight fields. In the case "memory" the peer is',
      'the in-memory store of express-session, and ours reads 10 000 sessions with its default limits. A busy case has 1000 sessions, as many as',
      'ours remembers signatures of by default.',
    ],
    fits: (contestant, caseName) => fits(contestant, caseName),
    run: (contestant, caseName) => run({ contestant, caseName, url: `redis://127.0.0.1:${port}`, setting }),
    async close() {
      await redis.stop();
      folder.remove();
    },
  };
}

function fits(contestant: string, caseName: string): boolean {
  if (contestant === palier.name) return true;
  if (caseName === '1000 clients') return false;
  if (caseName === 'memory') return contestant === peerOf.Express;
  return contestant === bare.name || caseName.startsWith(contestant === peerOf.Express ? 'Express' : 'Fastify');
}

interface Run {
  readonly contestant: string;
  readonly caseName: string;
  readonly url: string;
  readonly setting: Setting;
}

async function run({ contestant, caseName, url, setting }: Run): Promise<RunValues> {
  const { warmUpMs, measureMs } = setting;
  const order: Order = { contestant, caseName, url, warmUpMs, measureMs };
  const file = join(import.meta.dirname, 'subject-main.ts');
  const command = [process.execPath, '--conditions=palier-source', '--expose-gc', file, JSON.stringify(order)];
  const child = await startChild(contestant, setting.cores.client, command);
  const status = await child.finished;
  const told = /^TOLD (.*)$/m.exec(child.output())?.[1];
  if (status !== 0 || told === undefined)
    throw new Error(`${contestant} ended with ${status}: ${child.output().slice(-500)}`);
  const { values, cores } = JSON.parse(told) as Told;
  return { values, cores: { subject: cores } };
}

function versionOf(name: string): string | null {
  const file = join(import.meta.dirname, '..', 'node_modules', name, 'package.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : null;
}
