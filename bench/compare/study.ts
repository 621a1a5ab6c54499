/** How often `palier compare` sees a change where there is none, and where one was planted. */
import { compareRuns } from '@palier/load/compare';
import type { ComparedFigure, CompareReport } from '@palier/protocol';
import type { Study } from '../study.ts';
import { nothingPlanted, type Planted, runOf, type World, worldOf } from './simulated.ts';

/** Nothing planted: of 100 comparisons of like with like, so many must be silent. */
const wantedSilent = 0.95;
const runs = { full: { alike: 100, planted: 40 }, quick: { alike: 20, planted: 8 } };

interface Plant {
  readonly name: string;
  readonly planted: Planted;
  /** The figure that must be called worse. */
  readonly figure: ComparedFigure['figure'];
  /** What the world must be for the plant to be that. */
  readonly shape: Partial<World>;
}

/** Without think time throughput is what the server gives; errors of 0.1 % are those of a world that has them. */
const plants: readonly Plant[] = [
  { name: 'p95 +10 %', planted: { slower: 1.1, errors: 1 }, figure: 'p95', shape: {} },
  { name: 'p95 +25 %', planted: { slower: 1.25, errors: 1 }, figure: 'p95', shape: {} },
  { name: 'errors 0.1 → 1 %', planted: { slower: 1, errors: 10 }, figure: 'errors', shape: { errorShare: 0.001 } },
  {
    name: 'throughput −10 %',
    planted: { slower: 1 / 0.9, errors: 1 },
    figure: 'throughput',
    shape: { thinkMs: { min: 0, max: 0 }, users: 8 },
  },
];

interface Counted {
  readonly name: string;
  readonly comparisons: number;
  /** Comparisons in which the planted figure (nothing planted: any) was called worse (any: changed). */
  readonly seen: number;
  /** Comparisons in which a figure was called better though nothing was. */
  readonly wrongWay: number;
  readonly inconclusive: number;
  /** One line for each comparison in which something was said: the seed and the figures. */
  readonly said: readonly string[];
}

export const study: Study = {
  name: 'compare',
  sentence: 'How often `palier compare` sees a change where there is none (seeded), and where one was planted.',
  async run({ quick }) {
    const wanted = quick ? runs.quick : runs.full;
    const alike = countAlike(wanted.alike);
    const silent = alike.comparisons - alike.seen;
    console.log(
      'Each system wanders in speed (autocorrelated), pauses and fails in clumps; 30 to 90 s, 60 to 200 users.\n',
    );
    console.log(`nothing planted    ${silent} of ${alike.comparisons} silent (goal ${wantedSilent * 100} %)`);
    for (const line of alike.said) console.log(`  ${line}`);
    const found = plants.map((plant) => {
      const counted = countPlanted(plant, wanted.planted);
      const { seen, comparisons, wrongWay, inconclusive } = counted;
      console.log(
        `${plant.name.padEnd(17)}  ${seen} of ${comparisons} seen, ${wrongWay} said to be better, ${inconclusive} inconclusive`,
      );
      return counted;
    });
    return { met: silent >= wantedSilent * alike.comparisons ? 'yes' : 'no', result: { alike, planted: found } };
  },
};

function countAlike(comparisons: number): Counted {
  return counted(
    'nothing',
    comparisons,
    (seed) => pairOf(worldOf(seed), nothingPlanted),
    () => true,
  );
}

function countPlanted({ name, planted, figure, shape }: Plant, comparisons: number): Counted {
  const pair = (seed: number): CompareReport => pairOf({ ...worldOf(1000 + seed), ...shape }, planted);
  return counted(name, comparisons, pair, (one) => one.figure === figure && one.outcome === 'worse');
}

function pairOf(world: World, planted: Planted): CompareReport {
  const before = { file: 'before', report: runOf(world, 'before', nothingPlanted) };
  return compareRuns(before, { file: 'after', report: runOf(world, 'after', planted) });
}

function counted(
  name: string,
  comparisons: number,
  pair: (seed: number) => CompareReport,
  isSeen: (figure: ComparedFigure) => boolean,
): Counted {
  let [seen, wrongWay, inconclusive] = [0, 0, 0];
  const said: string[] = [];
  for (let seed = 1; seed <= comparisons; seed++) {
    const { outcome, scenarios } = pair(seed);
    if (outcome === 'not-comparable') throw new Error(`Seed ${seed}: ${scenarios[0]?.reasons.join(' ')}`);
    const news = scenarios.flatMap(({ figures }) => figures).filter((one) => one.outcome !== 'no-change-proved');
    if (news.some(isSeen)) seen++;
    if (news.some((one) => one.outcome === 'better')) wrongWay++;
    if (outcome === 'inconclusive') inconclusive++;
    if (news.length > 0) said.push(`seed ${seed}: ${news.map(inWords).join(', ')}`);
  }
  return { name, comparisons, seen, wrongWay, inconclusive, said };
}

function inWords({ figure, of, change, chance }: ComparedFigure): string {
  return `${figure} of ${of} ${change.value.toFixed(1)} % (chance ${chance.toExponential(1)})`;
}
