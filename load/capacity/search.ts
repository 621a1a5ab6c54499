/**
 * Which levels to probe next, or that the search is over: a pure decision over what the probes have told so far.
 *
 * First a bracket: levels that double until one breaks the limits (or halve until one keeps them). Then runs of a few probes each, spread
 * over where the edge still may lie, lowest first, so that what a broken probe leaves behind never weighs on the next; until the
 * interval is narrow enough, or the time is used up.
 */
import type { LimitOutcome, Probe } from '@palier/protocol';
import { type Edge, estimateEdge, type Observation } from './edge/edge.ts';
import type { SearchOptions } from './search-options.ts';

/** What a probe says to the search. */
export interface ToldProbe extends Pick<Probe, 'level' | 'outcome' | 'purpose' | 'reason'> {
  /** Each limit's figure by its title, as a share of the limit: 1 at the limit, above it broken. */
  readonly shares: Readonly<Record<string, number>>;
}

export interface SearchState {
  /** The probes of each run, in the order of time. */
  readonly runs: readonly (readonly ToldProbe[])[];
  /** Since the search began. */
  readonly spentMs: number;
}

export type SearchStep = ProbeRun | SearchEnd;

/** One load whose level climbs through these. */
export interface ProbeRun {
  readonly kind: 'run';
  readonly purpose: 'bracket' | 'edge';
  readonly levels: readonly number[];
  /** Of each level. */
  readonly holdMs: number;
  /** Whether what follows the first broken level is to be left out. */
  readonly untilBroken: boolean;
}

export interface SearchEnd {
  readonly kind: 'done';
  readonly outcome: LimitOutcome;
  /** Null unless found. */
  readonly edge: Edge['estimate'] | null;
  /** Sentences. */
  readonly reasons: readonly string[];
}

/** Where in the edge's distribution the probes of a run lie; turned from run to run, so that no two runs try the same levels. */
const spreads = [
  [0.1, 0.35, 0.65, 0.9],
  [0.2, 0.45, 0.6, 0.8],
] as const;

/** Beyond the noise of the edge. */
const farAbove = 1.15;
/** An odd few: a probe that something else spoiled does not decide. */
const nearestBroken = 7;

export function nextStep({ runs, spentMs }: SearchState, options: SearchOptions): SearchStep {
  const probes = runs.flat();
  const first = breaksFirst(probes);
  const observations = runs.flatMap((told, index) =>
    told.flatMap(({ level, outcome, shares }): Observation[] =>
      outcome === 'kept' || outcome === 'broken'
        ? [{ level, kept: outcome === 'kept', share: (first === null ? null : shares[first]) ?? null, run: index }]
        : [],
    ),
  );
  const spoiled = runs.length - 1 - runs.findLastIndex((run) => run.some(({ outcome }) => outcome !== 'invalid'));
  if (spoiled >= options.maxInvalidRuns) return invalid(observations, probes.at(-1), options);
  const kept = observations.filter((one) => one.kept).map(({ level }) => level);
  const broken = observations.filter((one) => !one.kept).map(({ level }) => level);
  const timeIsUp = spentMs >= options.maxSearchMs;
  // A lone probe that something spoiled must not hold the search below what was kept since.
  if (broken.length === 0 || highest(kept) > farAbove * highest(broken))
    return upwards(kept, probes, timeIsUp, options);
  if (kept.length === 0) return downwards(Math.min(...broken), probes, timeIsUp, options);
  return nearEdge(observations, probes, timeIsUp, options);
}

/** A level that can be played: within the bounds, whole where it has to be. */
export function playable(level: number, { minLevel, maxLevel, whole }: SearchOptions): number {
  const bounded = Math.min(maxLevel, Math.max(minLevel, level));
  return whole ? Math.round(bounded) : Number(bounded.toPrecision(4));
}

/**
 * The limit that ends the system first: broken in most of the probes nearest to where the breaking begins, since overloads break everything.
 * Null: none has a figure.
 */
export function breaksFirst(probes: readonly Pick<ToldProbe, 'level' | 'outcome' | 'shares'>[]): string | null {
  const broken = probes.filter(({ outcome }) => outcome === 'broken').toSorted((a, b) => a.level - b.level);
  const titles = broken.slice(0, nearestBroken).flatMap(({ shares }) =>
    Object.entries(shares)
      .filter(([, share]) => share >= 1)
      .toSorted(([, a], [, b]) => b - a)
      .map(([title]) => title),
  );
  const times = (title: string): number => titles.filter((one) => one === title).length;
  return titles.toSorted((a, b) => times(b) - times(a))[0] ?? null;
}

function highest(levels: readonly number[]): number {
  return Math.max(0, ...levels);
}

type Told = SearchState['runs'][number];

function upwards(kept: readonly number[], probes: Told, timeIsUp: boolean, options: SearchOptions): SearchStep {
  const { startLevel, growth, levelsPerRun, maxLevel, bracketHoldMs } = options;
  const most = highest(kept);
  if (most >= maxLevel) return notReached(most, 'the highest level that was allowed', options);
  if (timeIsUp) {
    if (most > 0) return notReached(most, 'as far as the search came', options);
    const last = probes.at(-1)?.reason ?? 'Nothing was probed.';
    return { kind: 'done', outcome: 'invalid', edge: null, reasons: [`No probe told kept from broken. ${last}`] };
  }
  const from = most === 0 ? startLevel : most * growth;
  const levels = Array.from({ length: 2 * levelsPerRun }, (_, i) => playable(from * growth ** i, options));
  return run('bracket', levels, holdFor(bracketHoldMs, probes, options), true);
}

function downwards(lowest: number, probes: Told, timeIsUp: boolean, options: SearchOptions): SearchStep {
  if (lowest <= options.minLevel || timeIsUp) {
    const reason = `The lowest load that was tried (${lowest} ${options.unit}) breaks the limits already: ${lastBroken(probes)}`;
    return { kind: 'done', outcome: 'below', edge: null, reasons: [reason] };
  }
  // Quickly down: the next probe should keep them.
  const levels = [playable(lowest / options.growth ** 3, options), playable(lowest / options.growth, options)];
  return run('bracket', levels, holdFor(options.bracketHoldMs, probes, options), true);
}

function nearEdge(
  observations: readonly Observation[],
  probes: Told,
  timeIsUp: boolean,
  options: SearchOptions,
): SearchStep {
  const edge = estimateEdge(observations);
  const { value, low, high } = edge.estimate;
  const tried = probes.filter(({ purpose, outcome }) => purpose === 'edge' && outcome !== 'invalid').length;
  const halfWidth = (high - low) / 2 / value;
  // No load lies between two whole numbers of users.
  const narrow = halfWidth <= Math.max(options.targetShare, options.whole ? 0.5 / value : 0);
  if (narrow && tried >= options.minEdgeProbes) return found(edge, []);
  if (timeIsUp) {
    const wide = `The search ended with the edge known to ±${Math.ceil(100 * halfWidth)} %; more time narrows it (--max-time).`;
    return found(edge, narrow ? [] : [wide]);
  }
  // Runs so far: what turns the spread.
  const turn = Math.floor(tried / options.levelsPerRun) % spreads.length;
  const shares = (spreads[turn] as readonly number[]).slice(0, options.levelsPerRun);
  const levels = shares.map((share) => playable(edge.quantile(share), options));
  return run('edge', levels, holdFor(options.edgeHoldMs, probes, options), false);
}

function run(purpose: ProbeRun['purpose'], levels: readonly number[], holdMs: number, untilBroken: boolean): ProbeRun {
  const ascending = [...new Set(levels)].toSorted((a, b) => a - b);
  return { kind: 'run', purpose, levels: ascending, holdMs, untilBroken };
}

/** Twice as long after a probe that had too little evidence, four times after two. */
function holdFor(holdMs: number, probes: Told, { maxHoldMs }: SearchOptions): number {
  const thin = probes.length - 1 - probes.findLastIndex(({ outcome }) => outcome !== 'unknown');
  return Math.min(maxHoldMs, holdMs * 2 ** Math.min(2, thin));
}

function invalid(
  observations: readonly Observation[],
  last: Told[number] | undefined,
  { unit }: SearchOptions,
): SearchEnd {
  const kept = observations.filter((one) => one.kept).map(({ level }) => level);
  const known =
    kept.length === 0 ? [] : [`The limits were kept at ${Math.max(...kept)} ${unit}; the limit lies above.`];
  const what = 'the measurement gave out, not the system, so this is no capacity';
  return {
    kind: 'done',
    outcome: 'invalid',
    edge: null,
    reasons: [
      last === undefined ? `No probe could be made: ${what}.` : `At ${last.level} ${unit} ${what}: ${last.reason}`,
      ...known,
    ],
  };
}

function notReached(highest: number, why: string, { unit }: SearchOptions): SearchEnd {
  const reason = `The limits were still kept at ${highest} ${unit}, ${why}; the system's limit lies above.`;
  return { kind: 'done', outcome: 'not-reached', edge: null, reasons: [reason] };
}

function found(edge: Edge, reasons: readonly string[]): SearchEnd {
  return { kind: 'done', outcome: 'found', edge: edge.estimate, reasons };
}

function lastBroken(probes: Told): string {
  return probes.findLast(({ outcome }) => outcome === 'broken')?.reason ?? '';
}
