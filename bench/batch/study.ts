/** Single rows written many at once, beside what a service would do without: row by row, a fixed linger, dataloader, and the engine's own limit. */
import { orderOf } from '../order.ts';
import { type Cores, divideCores } from '../process/cores.ts';
import type { Met } from '../rows.ts';
import { type Estimate, estimate, median } from '../statistics.ts';
import { metOf } from '../state/pairs.ts';
import type { Study } from '../study.ts';
import { aligned, number } from '../table.ts';
import { lacking, startEngine } from './engines.ts';
import type { Asked, Told } from './play-main.ts';
import { type Player, startPlayer } from './player.ts';
import type { Engine } from './rows.ts';

const engines: readonly Engine[] = ['postgres', 'mariadb', 'sqlite'];
/** Of the rows/s of row-by-row writes, with 64 producers that each wait for their row. */
const leastOfSingles = 10;
/** All three engines in five minutes. */
const full = { rounds: 7, warmMs: 200, forMs: 500, offeredRounds: 1, offeredMs: 1000 };
const quick = { rounds: 3, warmMs: 150, forMs: 300, offeredRounds: 1, offeredMs: 500 };
type Pace = typeof full;

const offeredTitle = 'offered rows/s';
const rates = [1000, 10_000, 40_000];
const ways = ['batch', 'singles', 'linger', 'dataloader'];
const names: Readonly<Record<string, string>> = {
  batch: 'kit/batch',
  singles: 'row by row',
  'singles 64': 'row by row, 64 connections',
  linger: 'fixed 10 ms linger',
  dataloader: 'dataloader',
};

interface Slot {
  readonly name: string;
  readonly asked: Asked;
}

interface Closed {
  readonly title: string;
  readonly slots: readonly Slot[];
}

export const study: Study = {
  name: 'batch',
  sentence:
    'Rows written by kit/batch beside row by row, a fixed linger, dataloader and bare bulk statements, on three engines.',
  run: playAll,
};

async function playAll({ quick: isQuick }: { readonly quick: boolean }): Promise<{ met: Met; result: object }> {
  const pace: Pace = isQuick ? quick : full;
  const only = process.env['ONLY']?.split(',');
  const words = process.env['CASES']?.split(',');
  const isMeant = (name: string): boolean => words === undefined || words.some((word) => name.includes(word));
  const cores = divideCores();
  console.log(cores.sentence);
  const results: object[] = [];
  const judged: Met[] = [];
  for (const engine of engines.filter((one) => only === undefined || only.includes(one))) {
    const why = lacking(engine);
    if (why !== null) {
      console.log(`\n${engine}: not played, ${why}.`);
      if (engine !== 'sqlite') judged.push('unclear');
      continue;
    }
    const { met, result } = await playEngine(engine, pace, cores, isMeant);
    if (met !== null) judged.push(met);
    results.push(result);
  }
  return { met: worst(judged) ?? 'unclear', result: { pace, pinning: cores.sentence, results } };
}

/** Null: there is none. */
function worst(all: readonly Met[]): Met | null {
  return (['no', 'unclear', 'yes'] as const).find((met) => all.includes(met)) ?? null;
}

async function playEngine(
  engine: Engine,
  pace: Pace,
  cores: Cores,
  isMeant: (name: string) => boolean,
): Promise<{ met: Met | null; result: object }> {
  const running = await startEngine(engine, cores);
  const player = startPlayer(running.url, cores.client);
  const play = async (asked: Asked): Promise<Told> => {
    await running.empty();
    return player.play(asked);
  };
  try {
    console.log(`\n${engine}: ${running.durability}`);
    const closed: object[] = [];
    const goals: Met[] = [];
    for (const one of casesOf(engine, pace).filter(({ title }) => isMeant(title))) {
      const told = await playClosed({ play, stop: () => player.stop() }, one, pace);
      const { lines, goal, result } = judgeClosed(one, told, engine !== 'sqlite');
      if (goal !== null) goals.push(goal);
      closed.push(result);
      console.log(`\n${aligned(lines, [1, 2, 3, 4, 5])}`);
    }
    const met = worst(goals);
    if (!isMeant(offeredTitle)) return { met, result: { engine, durability: running.durability, closed } };
    const offered = await playOffered(play, pace);
    console.log(`\n${aligned(offered.lines, [2, 3, 4, 5])}`);
    return { met, result: { engine, durability: running.durability, closed, offered: offered.result } };
  } finally {
    await player.stop();
    await running.stop();
  }
}

function casesOf(engine: Engine, { warmMs, forMs }: Pace): Closed[] {
  const closed = (way: string, ahead: number): Slot => ({
    name: names[way] ?? way,
    asked: { kind: 'closed', way, producers: 64, ahead, warmMs, forMs },
  });
  const bulk = (rows: number, connections: number): Slot => {
    const own = engine === 'sqlite' ? 1 : connections;
    return { name: `bulk ${rows} × ${own}`, asked: { kind: 'bulk', rows, connections: own, warmMs, forMs } };
  };
  // A file has one writer, whoever connects.
  const each = ['batch', 'singles', 'dataloader', ...(engine === 'sqlite' ? [] : ['singles 64'])];
  return [
    // Of 64 rows, one after the other: with nobody waiting for a single one, what 64 who each wait can come to at most.
    { title: '64 producers, each waits', slots: [...each.map((way) => closed(way, 1)), bulk(64, 1), bulk(1024, 2)] },
    {
      title: '64 producers, 16 rows ahead',
      slots: [...['batch', 'singles'].map((way) => closed(way, 16)), bulk(1024, 2), bulk(4096, 2)],
    },
  ];
}

/** By contestant, one of each round. */
async function playClosed({ play }: Player, { slots }: Closed, { rounds }: Pace): Promise<Map<string, Told[]>> {
  const told = new Map<string, Told[]>(slots.map(({ name }) => [name, []]));
  // Once unseen: what is not compiled yet would be measured of whoever comes first.
  for (const { asked } of slots) await play(asked);
  for (let round = 0; round < rounds; round++) {
    for (const { name, asked } of orderOf(slots, round)) told.get(name)?.push(await play(asked));
  }
  return told;
}

const perSecond = ({ rows, elapsedMs }: Told): number => (1000 * rows) / elapsedMs;

function judgeClosed(
  { title }: Closed,
  told: ReadonlyMap<string, readonly Told[]>,
  judged: boolean,
): { readonly lines: string[][]; readonly goal: Met | null; readonly result: object } {
  const rate = (name: string): number => median((told.get(name) ?? []).map(perSecond));
  const ours = told.get('kit/batch') ?? [];
  const best = [...told.keys()].filter((name) => name.startsWith('bulk')).toSorted((a, b) => rate(b) - rate(a))[0];
  const lines = [[title, 'rows/s', 'rows a write', 'client CPU µs/row', 'kit/batch :', 'goal', 'met']];
  let goal: Met | null = null;
  const ratios: Record<string, Estimate | null> = {};
  for (const [name, all] of told) {
    const ratio =
      name === 'kit/batch' ? null : estimate(all.map((one, i) => perSecond(ours[i] as Told) / perSecond(one)));
    ratios[name] = ratio;
    const isSingles = name === 'row by row' && judged;
    if (isSingles) goal = metOf(ratio, leastOfSingles);
    lines.push([
      name === best ? `${name} (the limit)` : name,
      number(rate(name)),
      number(median(all.map(({ rows, writes }) => rows / writes))),
      median(all.map(({ cpuMs, rows }) => (1000 * cpuMs) / rows)).toFixed(1),
      ratio === null ? '' : `${ratio.median.toFixed(2)} [${ratio.low.toFixed(2)}–${ratio.high.toFixed(2)}]`,
      isSingles ? `≥ ${leastOfSingles}` : '',
      isSingles ? (goal as string) : '',
    ]);
  }
  return { lines, goal, result: { title, told: Object.fromEntries(told), ratios, best, met: goal } };
}

async function playOffered(
  play: (asked: Asked) => Promise<Told>,
  { offeredRounds, offeredMs }: Pace,
): Promise<{ readonly lines: string[][]; readonly result: object }> {
  const lines = [[offeredTitle, '', 'rows/s', 'p50 ms', 'p99 ms', 'not taken']];
  const result: object[] = [];
  for (const rowsPerSecond of rates) {
    const told = new Map<string, Told[]>(ways.map((way) => [way, []]));
    for (let round = 0; round < offeredRounds; round++) {
      for (const way of orderOf(ways, round)) {
        told.get(way)?.push(await play({ kind: 'offered', way, rowsPerSecond, forMs: offeredMs }));
      }
    }
    for (const [way, all] of told) {
      const middle = (read: (one: Told) => number): number => median(all.map(read));
      lines.push([
        way === 'batch' ? number(rowsPerSecond) : '',
        names[way] ?? way,
        number(middle(perSecond)),
        middle(({ p50Ms }) => p50Ms).toFixed(2),
        middle(({ p99Ms }) => p99Ms).toFixed(2),
        number(middle(({ dropped }) => dropped)),
      ]);
      result.push({ rowsPerSecond, way, told: all });
    }
  }
  return { lines, result };
}
