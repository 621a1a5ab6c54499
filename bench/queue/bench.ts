/** Jobs a second, and how soon one is picked up: ours beside what a user would pick, and beside what the engine itself can do. */
import type { Bench, Contestant, Field, Goal, RunValues, Setting } from '../bench.ts';
import { palier } from '../process/ours.ts';
import { npmPeer } from '../process/peers.ts';
import { drain, pickUp } from './measure.ts';
import { type Player, startPlayer } from './player.ts';
import { openStage, type Place, type Stage, type Store } from './stage.ts';

const stores: Readonly<Record<string, Store>> = { PostgreSQL: 'postgres', MariaDB: 'mariadb', SQLite: 'sqlite' };
const served = ['PostgreSQL', 'MariaDB'];

const bare = ([1, 2] as const).map((connections): Contestant => {
  const version = (): string => 'statements of 500';
  return { name: `bare × ${connections}`, role: 'peer', howToGet: 'it is this repository', version };
});
const bosses = ['default', 'published', 'fastest'].map((setting): Contestant => {
  const { howToGet, version } = npmPeer('pg-boss');
  return { name: `pg-boss ${setting}`, role: 'peer', howToGet, version };
});
const peers: Readonly<Record<string, readonly string[]>> = {
  'graphile-worker': ['PostgreSQL'],
  ...Object.fromEntries(bosses.map(({ name }) => [name, ['PostgreSQL']])),
  bullmq: ['PostgreSQL'],
  sidequest: ['MariaDB'],
  'bare × 1': Object.keys(stores),
  // SQLite has one writer.
  'bare × 2': served,
};

/** What its pick-up is at half load tells what claiming and finishing alone make of it here. */
const barest = 'bare × 1';

/** Jobs/s of ours to theirs. */
const least: readonly (Pick<Goal, 'case' | 'limit'> & { readonly peer: string })[] = [
  { case: 'PostgreSQL', peer: 'graphile-worker', limit: 1.2 },
  { case: 'PostgreSQL', peer: 'pg-boss published', limit: 5 },
  { case: 'MariaDB', peer: 'sidequest', limit: 10 },
  ...served.flatMap((name) => bare.map((one) => ({ case: name, peer: one.name, limit: 0.5 }))),
];
const mostPickUpMs = 20;

/** Of what the same run carries on its way from being added to being finished: under load a job costs both at once. */
const halfLoad = 0.5;
const lotsPerSecond = 200;
const lightPerSecond = 100;

export const bench: Bench = {
  name: 'queue',
  sentence:
    'Jobs/s and pick-up of kit/queue beside graphile-worker, pg-boss, Sidequest, BullMQ and bare statements, by engine.',
  cases: Object.keys(stores),
  contestants: [palier, npmPeer('graphile-worker'), ...bosses, npmPeer('sidequest'), npmPeer('bullmq'), ...bare],
  measures: [
    { key: 'added', title: 'jobs added a second, in bulk', better: 'more', compare: 'ratio' },
    { key: 'rate', title: 'jobs/s', better: 'more', compare: 'ratio' },
    { key: 'perCore', title: 'jobs per second of a core, client and server', better: 'more', compare: 'ratio' },
    { key: 'half', title: 'jobs added a second at half load', better: 'more', compare: 'ratio' },
    { key: 'halfP50Ms', title: 'pick-up at half load, p50 ms', better: 'less', compare: 'ratio' },
    { key: 'halfP99Ms', title: 'pick-up at half load, p99 ms', better: 'less', compare: 'ratio' },
    { key: 'halfDueP99Ms', title: 'the same from the moment it was due, p99 ms', better: 'less', compare: 'ratio' },
    { key: 'lightP50Ms', title: `pick-up at ${lightPerSecond}/s, p50 ms`, better: 'less', compare: 'ratio' },
    { key: 'lightP99Ms', title: `pick-up at ${lightPerSecond}/s, p99 ms`, better: 'less', compare: 'ratio' },
  ],
  goals: [
    ...least.map(({ case: name, peer, limit }) => ({ measure: 'rate', case: name, peer, limit })),
    ...served.map((name) => ({ measure: 'halfP99Ms', case: name, limit: mostPickUpMs })),
  ],
  runMs: 6500,
  paces: {
    full: { rounds: 5, warmUpMs: 500, measureMs: 1500 },
    quick: { rounds: 2, warmUpMs: 300, measureMs: 800 },
  },
  open,
};

async function open(setting: Setting): Promise<Field> {
  const stage = await openStage(setting.cores);
  return {
    notes: [
      ...stage.notes,
      'jobs/s: a backlog of handlers that do nothing, 24 at once in one process, from the first handler to the last finished row, as the store says; as many as',
      'take the measured time by the rate just before. Pick-up: from the answer to the commit of a job, which another process adds when it is due, to its',
      `handler; half load is half of what the same run adds and finishes one after the other, in ${lotsPerSecond} lots a second; ${lightPerSecond}/s are added one by one. Bare`,
      "statements stand for the engine's own limit: the same rows, claimed and deleted 500 at once over one or two connections, which look again after a millisecond when there was nothing;",
      'the pick-up of one is what a loop of nothing but statements gets here, where server, worker and who adds share two cores.',
      'graphile-worker and Sidequest play in their fastest settings.',
      'pg-boss plays without options (24 workers), as published (32 workers, 64 at once, twice a second: what the goal was made from), and as fast as it goes.',
      'BullMQ keeps its jobs in Redis: it stands beside PostgreSQL as what a user would pick.',
    ],
    fits: (contestant, caseName) => fits(stage, contestant, caseName),
    run: (contestant, caseName) => run(stage, setting, contestant, caseName),
    close: () => stage.close(),
  };
}

function fits(stage: Stage, contestant: string, caseName: string): boolean {
  if (!stage.has(stores[caseName] as Store)) return false;
  if (contestant === palier.name) return true;
  if (contestant === 'bullmq' && !stage.has('redis')) return false;
  return peers[contestant]?.includes(caseName) ?? false;
}

async function run(stage: Stage, setting: Setting, contestant: string, caseName: string): Promise<RunValues> {
  const place = await stage.open(contestant === 'bullmq' ? 'redis' : (stores[caseName] as Store));
  const worker = startPlayer(contestant, place.url, setting.cores.client);
  try {
    // Its tables are there when it answers.
    await worker.play({ kind: 'rest' });
    const producer = startPlayer(contestant, place.url, setting.cores.client);
    try {
      return await playAll(worker, producer, place, setting, contestant);
    } finally {
      await producer.stop();
    }
  } finally {
    await worker.stop();
    await place.drop();
  }
}

async function playAll(
  worker: Player,
  producer: Player,
  place: Place,
  setting: Setting,
  contestant: string,
): Promise<RunValues> {
  const { added, values: drained, cores } = await drain(worker, producer, place, setting);
  // More of them only tell how fast the engine can be.
  if (contestant.startsWith('bare') && contestant !== barest) return { values: drained, cores };
  const half = halfLoad / (1 / added + 1 / (drained['rate'] as number));
  const lot = Math.max(1, Math.round(half / lotsPerSecond));
  const halfway = await pickUp(worker, producer, setting, half, lot);
  const values = {
    ...drained,
    // Its jobs are added by ours.
    ...(contestant === barest ? {} : { added }),
    half,
    halfP50Ms: halfway.p50Ms,
    halfP99Ms: halfway.p99Ms,
    halfDueP99Ms: halfway.dueP99Ms,
  };
  // Who cannot keep up has no latency, but a backlog.
  if (half < lightPerSecond || contestant === barest) return { values, cores };
  const light = await pickUp(worker, producer, setting, lightPerSecond, 1);
  return { values: { ...values, lightP50Ms: light.p50Ms, lightP99Ms: light.p99Ms }, cores };
}
