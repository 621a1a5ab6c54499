/** What millions of jobs that have ended cost those that are still to be done: the same queue with them and without. */
import type { Bench, Contestant, Field, RunValues, Setting } from '../bench.ts';
import { palier } from '../process/ours.ts';
import { drain, pickUp } from '../queue/measure.ts';
import { startPlayer } from '../queue/player.ts';
import { openStage, type Place, type Stage, type Store } from '../queue/stage.ts';
import { addEnded } from './ended.ts';

const stores: Readonly<Record<string, Store>> = { PostgreSQL: 'postgres', MariaDB: 'mariadb', SQLite: 'sqlite' };
const fresh: Contestant = {
  name: 'nothing ended',
  role: 'peer',
  howToGet: 'it is this repository',
  version: () => 'an empty table',
};
const endedJobs = Number(process.env['ENDED'] ?? 10_000_000);
const perSecond = 100;
/** What two runs of the same differ by on a quiet machine is more than what may be lost. */
const least = 0.9;

export const bench: Bench = {
  name: 'queue-ended',
  sentence: 'kit/queue with ten million ended jobs in its table, beside the same queue with none.',
  cases: Object.keys(stores),
  contestants: [palier, fresh],
  measures: [
    { key: 'added', title: 'jobs added a second, in bulk', better: 'more', compare: 'ratio' },
    { key: 'rate', title: 'jobs/s, each kept when it is done', better: 'more', compare: 'ratio' },
    { key: 'p50Ms', title: `pick-up at ${perSecond}/s, p50 ms`, better: 'less', compare: 'ratio' },
    { key: 'p99Ms', title: `pick-up at ${perSecond}/s, p99 ms`, better: 'less', compare: 'ratio' },
  ],
  goals: Object.keys(stores).map((name) => ({ measure: 'rate', case: name, peer: fresh.name, limit: least })),
  runMs: 6500,
  paces: {
    full: { rounds: 6, warmUpMs: 500, measureMs: 1500 },
    quick: { rounds: 2, warmUpMs: 300, measureMs: 800 },
  },
  open,
};

async function open(setting: Setting): Promise<Field> {
  const stage = await openStage(setting.cores);
  const places = new Map<string, Promise<Place>>();
  const placeOf = (contestant: string, caseName: string): Promise<Place> => {
    const key = `${contestant}, ${caseName}`;
    const place = places.get(key) ?? makePlace(stage, stores[caseName] as Store, contestant === palier.name);
    places.set(key, place);
    return place;
  };
  return {
    notes: [
      ...stage.notes,
      `${endedJobs.toLocaleString('en')} done jobs lie in the table from before (ENDED=NUMBER: so many); putting them there takes a minute or two an engine and is not measured.`,
      'Every job stays in the table when it is done, with both.',
    ],
    fits: (_, caseName) => stage.has(stores[caseName] as Store),
    run: async (contestant, caseName) => run(setting, await placeOf(contestant, caseName)),
    close: () => stage.close(),
  };
}

async function makePlace(stage: Stage, store: Store, withEnded: boolean): Promise<Place> {
  const place = await stage.open(store);
  const first = startPlayer('palier, kept', place.url, null);
  try {
    await first.play({ kind: 'fill', jobs: 1 });
    await first.play({ kind: 'drain', jobs: 1 });
  } finally {
    await first.stop();
  }
  if (withEnded) await addEnded(place.url, endedJobs);
  return place;
}

async function run(setting: Setting, place: Place): Promise<RunValues> {
  const core = setting.cores.client;
  const worker = startPlayer('palier, kept', place.url, core);
  const producer = startPlayer('palier, kept', place.url, core);
  try {
    const { values, cores, added } = await drain(worker, producer, place, setting);
    const { p50Ms, p99Ms } = await pickUp(worker, producer, setting, perSecond, 1);
    return { values: { rate: values['rate'] as number, added, p50Ms, p99Ms }, cores };
  } finally {
    await producer.stop();
    await worker.stop();
  }
}
