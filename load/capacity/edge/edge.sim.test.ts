import { type Random, seededRandom } from '@palier/base/random';
import type { Estimate } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { searchLimit, type SearchedProbe } from '../loop.ts';
import { searchDefaults } from '../search-options.ts';

/** Of each limit its figure's share of it, at a level, in a run that something slowed by so much. */
type Planted = (level: number, random: Random, slowed: number) => Readonly<Record<string, number>>;

/** The level at which the planted systems break. */
const edge = 1000;

const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** A processor that is used more with the load, less than in proportion, full at 1.25 of its limit; answers are late once it is. */
const processor =
  (noise: number, betweenRuns = 0): Planted =>
  (level, random, slowed) => ({
    cpu: Math.min(1.25, (level / edge) ** 0.8 * Math.exp(noise * normal(random) + betweenRuns * slowed)),
    p95: level > 1.25 * edge ? 20 : 0.05,
  });

/** Answers take no time until they suddenly take far too long, at a level that moves from probe to probe; the processor stays short of its limit. */
const leaping: Planted = (level, random) => {
  const own = edge * Math.exp(0.04 * normal(random));
  return { p95: level < own ? 0.03 : 3 * (level / own) ** 4, cpu: Math.min(1.2, (0.8 * level) / edge) };
};

/** One probe in twenty is spoiled by a neighbour. */
const disturbed: Planted = (level, random) => ({
  cpu: Math.min(1.25, (level / edge) ** 0.8 * Math.exp(0.04 * normal(random)) * (random.next() < 0.05 ? 1.25 : 1)),
});

async function search(planted: Planted, seed: number): Promise<Estimate> {
  const random = seededRandom(seed);
  let now = 0;
  const { limit } = await searchLimit<SearchedProbe>(
    {
      play({ levels, holdMs, purpose, untilBroken }) {
        const slowed = normal(random);
        const all = levels.map((level): SearchedProbe => {
          const shares = planted(level, random, slowed);
          const outcome = Math.max(...Object.values(shares)) < 1 ? 'kept' : 'broken';
          const rates = { requestsPerSecond: level, goodPerSecond: level, errorPercent: 0 };
          const times = { startMs: 0, durationMs: holdMs, meanMs: 1, p50Ms: 1, p95Ms: 1, p99Ms: null };
          const probe = { purpose, level, replicas: 1, change: null, outcome, reason: '', ...times, ...rates } as const;
          return { probe, brokenBy: null, refusedWith: null, shares };
        });
        const end = untilBroken ? all.findIndex(({ probe }) => probe.outcome === 'broken') : -1;
        const played = end < 0 ? all : all.slice(0, end + 1);
        now += 2000 + played.length * (holdMs + 2500);
        return Promise.resolve(played);
      },
      spentMs: () => now,
      stopped: () => false,
    },
    { ...searchDefaults, startLevel: 25, minLevel: 1, maxLevel: 1e6, whole: false, unit: 'arrivals/s' },
  );
  if (limit === null) throw new Error(`Seed ${seed} found no limit.`);
  return limit.level;
}

const seeds = Array.from({ length: 60 }, (_, i) => i + 1);

describe('a search of three minutes', () => {
  it.each<[string, Planted, number]>([
    // Deviations of 60 searches that were seen when this was written: 1.8, 3.9, 2.2 and 2.1 %; by kept and broken alone 2.5, 5.5, 2.1 and 2.9 %.
    ['a processor that probes see to 5 %', processor(0.05), 0.024],
    ['a processor that probes see to 10 %', processor(0.1), 0.05],
    ['answers that leap', leaping, 0.03],
    ['a processor, with one probe in twenty spoiled', disturbed, 0.03],
  ])('of %s has the edge in its interval in nine of ten, and they agree', async (_, planted, deviation) => {
    const found = await Promise.all(seeds.map((seed) => search(planted, seed)));
    const inside = found.filter(({ low, high }) => low <= edge && edge <= high).length;
    expect(inside / seeds.length).toBeGreaterThanOrEqual(0.9);
    const off = found.map(({ value }) => Math.log(value / edge));
    const mean = off.reduce((sum, one) => sum + one, 0) / off.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.sqrt(off.reduce((sum, one) => sum + (one - mean) ** 2, 0) / off.length)).toBeLessThan(deviation);
  });

  it('says so by a wider interval where whole runs are slower or quicker than others', async () => {
    const widthOf = async (planted: Planted): Promise<number> => {
      const found = await Promise.all(seeds.map((seed) => search(planted, seed)));
      return found.reduce((sum, { low, high, value }) => sum + (high - low) / value, 0) / found.length;
    };
    expect(await widthOf(processor(0.04, 0.08))).toBeGreaterThan(1.5 * (await widthOf(processor(0.04))));
  });
});
