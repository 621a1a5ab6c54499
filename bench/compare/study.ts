/** How often `palier compare` sees a change where there is none, and where one was planted. */
import type { ComparedFigure } from '@palier/protocol';
import type { Study } from '../study.ts';
import { type Counted, countPairs, type PairOfRuns } from './counted.ts';
import { realCounts, realRuns } from './real.ts';
import { nothingPlanted, type Planted, runOf, type World, worldOf } from './simulated.ts';

/** Nothing planted: of 100 comparisons of like with like, so many must be silent. */
const wantedSilent = 0.95;
/** Of real pairs that differ by a fifth, so many must be seen. */
const wantedSeen = 0.8;
const runs = {
  full: { alike: 100, planted: 25, lengths: 20, real: { alike: 10, slower: 2, judgedMs: 16_000 } },
  quick: { alike: 20, planted: 6, lengths: 4, real: { alike: 3, slower: 1, judgedMs: 16_000 } },
};

interface Plant {
  readonly name: string;
  readonly planted: Partial<Planted>;
  /** The figure that must be called worse. */
  readonly figure: ComparedFigure['figure'];
  /** What the world must be for the plant to be that. */
  readonly shape: Partial<World>;
}

const plants: readonly Plant[] = [
  { name: 'p95 +10 %', planted: { slower: 1.1 }, figure: 'p95', shape: {} },
  { name: 'p95 +20 %', planted: { slower: 1.2 }, figure: 'p95', shape: {} },
  // Errors of 0.1 % are those of a world that has them.
  { name: 'errors 0.1 → 0.5 %', planted: { errors: 5 }, figure: 'errors', shape: { errorShare: 0.001 } },
  { name: 'errors 0.1 → 1 %', planted: { errors: 10 }, figure: 'errors', shape: { errorShare: 0.001 } },
  { name: 'CPU +20 %', planted: { cpu: 1.2 }, figure: 'cpu', shape: {} },
  // With think time a tenth of the service time is no tenth of the throughput, X = N / (R + Z): without it, it is.
  {
    name: 'throughput −10 %, closed',
    planted: { slower: 1 / 0.9 },
    figure: 'throughput',
    shape: { thinkMs: { min: 0, max: 0 }, level: 8 },
  },
  // A system that holds fewer at once: what finds no place is refused, and the second run is a lower bound.
  {
    name: 'throughput −10 %, open',
    planted: { places: 15 },
    figure: 'throughput',
    shape: { level: 150, maxConcurrent: 200, medianMs: 60 },
  },
];

const lengths = [30, 60, 120, 300].map((seconds) => seconds * 1000);
/** Systems by how restless they are: the standard deviation of a second's speed, and how much of it stays in the next. */
const kinds = [
  { name: 'calm', shape: { sway: 0.03, memory: 0.2, pauseEveryMs: 15_000 } },
  { name: 'ordinary', shape: { sway: 0.1, memory: 0.5, pauseEveryMs: 8000 } },
  { name: 'restless', shape: { sway: 0.2, memory: 0.8, pauseEveryMs: 4000 } },
] as const;

type Wanted = (typeof runs)[keyof typeof runs];

export const study: Study = {
  name: 'compare',
  sentence:
    'How often `palier compare` sees a change where there is none (seeded and real), and where one was planted.',
  async run({ quick }) {
    const wanted = quick ? runs.quick : runs.full;
    const only = process.env['ONLY']?.split(',') ?? ['alike', 'planted', 'mix', 'lengths', 'real'];
    const alike = only.includes('alike') ? tell(countAlike(wanted)) : null;
    const planted = only.includes('planted') ? plants.map((plant) => tell(countPlanted(plant, wanted.planted))) : [];
    const mix = only.includes('mix') ? tell(countMix(wanted.planted)) : null;
    const byLength = only.includes('lengths') ? lengthTable(wanted.lengths) : [];
    const real = only.includes('real') ? realCounts(await realRuns(wanted.real)) : null;
    if (real !== null) for (const counted of Object.values(real)) tell(counted);
    const silent = [alike, real?.alike ?? null].every(
      (one) => one === null || one.comparisons - one.seen >= wantedSilent * one.comparisons,
    );
    const seen = real === null || real.slower.seen >= wantedSeen * real.slower.comparisons;
    return { met: silent && seen ? 'yes' : 'no', result: { alike, planted, mix, byLength, real } };
  },
};

function tell(counted: Counted): Counted {
  const { name, seen, comparisons, wrongWay, inconclusive, refused, visible, said } = counted;
  console.log(
    `${name.padEnd(26)} ${String(seen).padStart(3)} of ${comparisons} seen, ${wrongWay} said to be better, ${inconclusive} inconclusive; would show: p95 +${visible.p95.toFixed(0)} %, requests/s −${visible.throughput.toFixed(1)} %`,
  );
  if (refused.length > 0) console.log(`    ${refused.length} not comparable; ${refused[0]}`);
  if (name.includes('nothing')) for (const line of said) console.log(`    ${line}`);
  return counted;
}

function countAlike({ alike }: Wanted): Counted {
  return countPairs(
    'nothing planted',
    pairs(alike, (seed) => pairOf(seed, worldOf(seed), {})),
    () => true,
  );
}

function countPlanted({ name, planted, figure, shape }: Plant, comparisons: number): Counted {
  return countPairs(
    name,
    pairs(comparisons, (seed) => pairOf(seed, { ...worldOf(1000 + seed), ...shape }, planted)),
    (one) => one.figure === figure && one.scope !== 'route' && one.outcome === 'worse',
  );
}

/** Twice as many of the slow uploads, and no route any slower: whoever looks at all requests alone calls it slower. */
function countMix(comparisons: number): Counted {
  return countPairs(
    'nothing but the mix (10 → 20 % uploads)',
    pairs(comparisons, (seed) => pairOf(seed, worldOf(2000 + seed), { uploads: 20 })),
    ({ figure }) => figure === 'p50' || figure === 'p95' || figure === 'p99',
  );
}

/** What shows in 8 of 10 comparisons, by kind of system and length of the judged time. */
function lengthTable(comparisons: number): readonly Counted[] {
  return kinds.flatMap(({ name, shape }) =>
    lengths.map((holdMs) => {
      const world = (seed: number): World => ({
        ...worldOf(3000 + seed),
        ...shape,
        level: 60,
        thinkMs: { min: 500, max: 1500 },
        holdMs: holdMs + 5000,
      });
      return tell(
        countPairs(
          `${name}, ${holdMs / 1000} s, p95 +20 %`,
          pairs(comparisons, (seed) => pairOf(seed, world(seed), { slower: 1.2 })),
          (one) => one.figure === 'p95' && one.scope === 'total' && one.outcome === 'worse',
        ),
      );
    }),
  );
}

function* pairs(comparisons: number, pair: (seed: number) => PairOfRuns): Generator<PairOfRuns> {
  for (let seed = 1; seed <= comparisons; seed++) yield pair(seed);
}

function pairOf(seed: number, world: World, planted: Partial<Planted>): PairOfRuns {
  return {
    name: `seed ${seed}`,
    before: runOf(world, 'before', nothingPlanted),
    after: runOf(world, 'after', { ...nothingPlanted, ...planted }),
  };
}
