import { type Random, seededRandom } from '@palier/base/random';
import type { Probe } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateEdge } from './edge/edge.ts';
import { cutShort, searchLimit, type SearchedProbe, type SearchResult } from './loop.ts';
import { nextStep, type ProbeRun, type SearchEnd, type SearchState } from './search.ts';
import { searchDefaults, type SearchOptions } from './search-options.ts';

const options: SearchOptions = {
  ...searchDefaults,
  startLevel: 12,
  minLevel: 1,
  maxLevel: 100_000,
  whole: false,
  unit: 'users',
};

/** A queue whose waiting grows as 1/(capacity − level): its p95, seen with noise as a probe of some seconds sees it. */
function queue(capacity: number, noise: number): { p95Ms(level: number, random: Random): number; edge: number } {
  const limitMs = 100;
  const clean = (level: number): number => (level >= capacity ? 1e6 : 20 + (3 * 20 * level) / (capacity - level) / 4);
  // 20 + 15·L/(C − L) = 100
  const edge = (80 * capacity) / 95;
  const normal = (random: Random): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  return { edge, p95Ms: (level, random) => (clean(level) * Math.exp(noise * normal(random)) * 100) / limitMs };
}

async function search(
  capacity: number,
  noise: number,
  seed: number,
  wanted = options,
): Promise<SearchResult<SearchedProbe>> {
  const system = queue(capacity, noise);
  const random = seededRandom(seed);
  let now = 0;
  return searchLimit(
    {
      async play({ levels, holdMs, purpose, untilBroken }) {
        const played: SearchedProbe[] = [];
        for (const level of levels) {
          now += holdMs + 2000;
          const p95Ms = system.p95Ms(level, random);
          const kept = p95Ms < 100;
          played.push({
            probe: probe(level, kept ? 'kept' : 'broken', purpose),
            brokenBy: kept ? null : 'p95',
            refusedWith: null,
            shares: { p95: p95Ms / 100 },
          });
          if (!kept && untilBroken) break;
        }
        return played;
      },
      spentMs: () => now,
      stopped: () => false,
    },
    wanted,
  );
}

function probe(level: number, outcome: Probe['outcome'], purpose: Probe['purpose']): Probe {
  return {
    purpose,
    level,
    replicas: 1,
    change: null,
    startMs: 0,
    durationMs: 6000,
    outcome,
    reason: `was ${outcome}`,
    requestsPerSecond: level / 2,
    goodPerSecond: level / 2,
    meanMs: 50,
    p50Ms: 50,
    p95Ms: 90,
    p99Ms: null,
    errorPercent: 0,
  };
}

describe('the search, on a simulated queue', () => {
  it('has the true edge in its interval in at least 90 % of 200 seeds', async () => {
    let inside = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const capacity = 40 + 7 * seed;
      const { limit } = await search(capacity, 0.15, seed);
      const { edge } = queue(capacity, 0);
      if (limit !== null && limit.level.low <= edge && edge <= limit.level.high) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(180);
  });

  it('ten searches on one system agree within ±5 %', async () => {
    const found = await Promise.all(Array.from({ length: 10 }, (_, seed) => search(500, 0.15, seed)));
    const { edge } = queue(500, 0);
    for (const { limit } of found) expect(Math.abs((limit?.level.value ?? 0) / edge - 1)).toBeLessThan(0.05);
  });

  it('says the rate beside the level, and what broke', async () => {
    const { limit, outcome } = await search(500, 0.05, 1);
    expect(outcome).toBe('found');
    expect(limit?.requestsPerSecond.value).toBeCloseTo((limit?.level.value ?? 0) / 2, 6);
    expect(limit?.brokenBy).toBe('p95');
  });

  it('says no higher rate than any probe made, where none was near the limit', async () => {
    let now = 0;
    // Sixty users make 200 a second already, and more only wait longer.
    const { limit, found } = await searchLimit<SearchedProbe>(
      {
        play: ({ levels, purpose }) => {
          now += 10_000;
          const played = levels.map((level): SearchedProbe => {
            const kept = level < 120;
            const rates = { requestsPerSecond: Math.min(200, level * 9) };
            const told = { ...probe(level, kept ? 'kept' : 'broken', purpose), ...rates };
            return { probe: told, brokenBy: kept ? null : 'p95', refusedWith: null, shares: {} };
          });
          return Promise.resolve(played);
        },
        spentMs: () => now,
        stopped: () => false,
      },
      { ...options, startLevel: 60, growth: 3, maxSearchMs: 5000 },
    );
    expect(found.some(({ probe: { level } }) => Math.abs(Math.log(level / (limit?.level.value ?? 0))) < 0.15)).toBe(
      false,
    );
    const { value = 0, low = 0, high = 0 } = limit?.requestsPerSecond ?? {};
    expect(value).toBeCloseTo(200);
    // As uncertain as the number of users is.
    expect([low < value, value < high]).toEqual([true, true]);
  });

  it('ends with both edges known when the time is used up', async () => {
    const { outcome, limit, reasons } = await search(500, 0.15, 1, {
      ...options,
      maxSearchMs: 70_000,
      targetShare: 0.001,
    });
    expect(outcome).toBe('found');
    expect(limit?.level.low).toBeLessThan(limit?.level.high ?? 0);
    expect(reasons[0]).toMatch(/ended with the edge known to ±\d+ %/);
  });

  it('never calls the highest level that was allowed a limit', async () => {
    const { outcome, limit, reasons } = await search(500, 0.05, 1, { ...options, maxLevel: 100 });
    expect([outcome, limit]).toEqual(['not-reached', null]);
    expect(reasons[0]).toContain('still kept at 100 users');
  });

  it('says that the lowest load breaks the limits already', async () => {
    const { outcome, limit } = await search(0.5, 0.05, 1);
    expect([outcome, limit]).toEqual(['below', null]);
  });
});

describe('what was measured wrongly', () => {
  const ports = (outcome: Probe['outcome']): Parameters<typeof searchLimit>[0] => {
    let now = 0;
    return {
      play: ({ levels, purpose }) => {
        now += 10_000;
        const played = {
          probe: probe(levels[0] as number, outcome, purpose),
          brokenBy: null,
          refusedWith: null,
          shares: {},
        };
        return Promise.resolve([played]);
      },
      spentMs: () => now,
      stopped: () => false,
    };
  };

  it('is never called capacity: three invalid runs end the search', async () => {
    const { outcome, limit, reasons } = await searchLimit(ports('invalid'), options);
    expect([outcome, limit]).toEqual(['invalid', null]);
    expect(reasons[0]).toContain('the measurement gave out');
  });

  /** Keeps the limits below a level, breaks them by itself from another one on, and refuses from a third. */
  const limited = (breaksFrom: number, refusesFrom: number): Parameters<typeof searchLimit>[0] => {
    let now = 0;
    return {
      play: ({ levels, purpose }) => {
        now += 10_000;
        const played = levels.map((level): SearchedProbe => {
          const refusedWith = level >= refusesFrom ? '429 Too Many Requests (trace 4bf92f35)' : null;
          const isKept = level < Math.min(breaksFrom, refusesFrom);
          return {
            probe: probe(level, isKept ? 'kept' : 'broken', purpose),
            brokenBy: isKept ? null : 'p95',
            refusedWith,
            shares: {},
          };
        });
        return Promise.resolve(played);
      },
      spentMs: () => now,
      stopped: () => false,
    };
  };

  it('a 429 is no capacity: what was kept below it is said, with the unit, and is no limit', async () => {
    const { outcome, limit, reasons } = await searchLimit(limited(9999, 100), options);
    expect([outcome, limit]).toEqual(['not-reached', null]);
    expect(reasons[0]).toBe(
      'The limits were kept up to 96 users; from 192 users the server answers "429 Too Many Requests" (trace 4bf92f35): a rate limiter or load shedding, not a capacity.',
    );
  });

  it('a 429 at the lowest load that was tried is invalid, after one run', async () => {
    const { outcome, reasons } = await searchLimit(limited(9999, 1), options);
    expect(outcome).toBe('invalid');
    expect(reasons[0]).toMatch(/^Already at 12 users the server answers/);
  });

  it('a 429 far above the level at which limits break by themselves hides no limit', async () => {
    const { outcome, limit } = await searchLimit(limited(100, 500), options);
    expect(outcome).toBe('found');
    expect(Math.abs((limit?.level.value ?? 0) / 100 - 1)).toBeLessThan(0.05);
  });

  it('a search whose target died says what was known, and gives no limit', async () => {
    const found = await searchLimit(limited(100, 9999), options);
    const { outcome, limit, reasons } = cutShort(found, options);
    expect([outcome, limit]).toEqual(['invalid', null]);
    expect(reasons[0]).toMatch(/kept up to 9\d.* users, and broken from 1\d\d.* users on.* no limit\.$/);
    expect(cutShort({ ...found, found: [] }, options).reasons[0]).toContain('kept at none of the loads');
  });
});

describe('nextStep', () => {
  const outcome = fc.constantFrom<Probe['outcome']>('kept', 'broken', 'unknown', 'invalid');
  const run = fc.array(
    fc.record({
      level: fc.double({ min: 1, max: 5000, noNaN: true }),
      outcome,
      share: fc.double({ min: 0, max: 20, noNaN: true }),
    }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const states = fc.array(run, { maxLength: 12 }).map(
    (runs): SearchState => ({
      runs: runs.map((probes) =>
        probes.map(({ level, outcome: how, share }) => ({ ...probe(level, how, 'edge'), shares: { p95: share } })),
      ),
      spentMs: 20_000 * runs.length,
    }),
  );

  it('asks only for levels within the bounds, ascending, whole where they have to be, and ends when the time is up', () => {
    fc.assert(
      fc.property(states, fc.boolean(), (state, whole) => {
        const bounded = { ...options, minLevel: 1, maxLevel: 5000, whole };
        const step = nextStep(state, bounded);
        const wrong = step.kind === 'done' ? wrongEnd(step) : wrongRun(step, bounded);
        expect(wrong).toEqual([]);
        expect(step.kind === 'done' || state.spentMs < options.maxSearchMs).toBe(true);
      }),
    );
  });
});

function wrongEnd({ edge, outcome, reasons }: SearchEnd): string[] {
  const words = [];
  if ((edge !== null) !== (outcome === 'found')) words.push('an edge that was not found, or none that was');
  if (outcome !== 'found' && reasons.length === 0) words.push('no reason');
  return words;
}

function wrongRun({ levels, holdMs }: ProbeRun, { minLevel, maxLevel, whole, maxHoldMs }: SearchOptions): string[] {
  const words = [];
  if (levels.length === 0) words.push('no level');
  if (levels.some((level) => level < minLevel || level > maxLevel)) words.push('out of bounds');
  if (whole && !levels.every(Number.isInteger)) words.push('not whole');
  if (levels.some((level, i) => level <= (levels[i - 1] ?? 0))) words.push('not ascending');
  if (holdMs > maxHoldMs) words.push('too long');
  return words;
}

describe('estimateEdge', () => {
  it('does not depend on the order, and more of the same evidence never widens the interval much', () => {
    const observation = fc.record({
      level: fc.double({ min: 10, max: 1000, noNaN: true }),
      kept: fc.boolean(),
      share: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
      run: fc.integer({ min: 0, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(observation, { minLength: 2, maxLength: 20 }), (list) => {
        const { estimate } = estimateEdge(list);
        expect(estimate.low).toBeLessThanOrEqual(estimate.value);
        expect(estimate.value).toBeLessThanOrEqual(estimate.high);
        expect(estimateEdge(list.toReversed()).estimate.value).toBeCloseTo(estimate.value, 6);
      }),
    );
  });

  it('holds where a thousand probes contradict each other, and over as many decades as there are', () => {
    const told = (level: number, kept: boolean) => ({ level, kept, share: null, run: 0 });
    const all = Array.from({ length: 500 }, () => [told(600, true), told(400, false)]).flat();
    const { value, low, high } = estimateEdge(all).estimate;
    expect([400 / 1.5 <= low, low < value, value < high, high <= 600 * 1.5]).toEqual([true, true, true, true]);
    const far = estimateEdge([told(1, true), told(1e6, false)]);
    expect(far.estimate.value / 1e3).toBeCloseTo(1, 1);
    expect(far.quantile(0.005)).toBeGreaterThan(1);
    expect(far.quantile(0.995)).toBeLessThan(1e6);
  });
});
