/**
 * The search as a loop around its decision: asks what to probe, has it played, until the search is over. What plays is handed in.
 */
import type { LimitEstimate, LimitOutcome, Probe } from '@palier/protocol';
import type { Edge } from './edge/edge.ts';
import { breaksFirst, nextStep, type ProbeRun, type ToldProbe } from './search.ts';
import type { SearchOptions } from './search-options.ts';

/** What a probe showed, as far as the search needs it. */
export interface SearchedProbe {
  readonly probe: Probe;
  readonly brokenBy: string | null;
  readonly refusedWith: string | null;
  /** Each limit's figure by its title, as a share of the limit: 1 at the limit, above it broken. */
  readonly shares: Readonly<Record<string, number>>;
}

export interface SearchPorts<Found extends SearchedProbe> {
  play(run: ProbeRun): Promise<readonly Found[]>;
  /** Milliseconds since the search began. */
  spentMs(): number;
  /** Whether to end with what is known. */
  stopped(): boolean;
}

export interface SearchResult<Found extends SearchedProbe> {
  readonly outcome: LimitOutcome;
  readonly reasons: readonly string[];
  readonly limit: LimitEstimate | null;
  readonly found: readonly Found[];
}

/** Plays until the limit is found, or it is clear that it will not be. */
export async function searchLimit<Found extends SearchedProbe>(
  ports: SearchPorts<Found>,
  options: SearchOptions,
): Promise<SearchResult<Found>> {
  const runs: (readonly Found[])[] = [];
  for (;;) {
    const spentMs = ports.stopped() ? Number.POSITIVE_INFINITY : ports.spentMs();
    const state = { runs: runs.map((run) => run.map(toldBy)), spentMs };
    const step = nextStep(state, options);
    if (step.kind === 'done') {
      const found = runs.flat();
      return { ...step, limit: step.edge === null ? null : limitOf(step.edge, found), found };
    }
    const played = await ports.play(step);
    runs.push(played);
    const refused = refusedFirst(runs.flat());
    if (refused !== null) return rateLimited(refused, runs.flat(), options);
  }
}

function toldBy({ probe, shares }: SearchedProbe): ToldProbe {
  return { ...probe, shares };
}

/** A search that ended because what it loaded was gone: what it knew by then, which is no limit. */
export function cutShort<Found extends SearchedProbe>(
  { found }: SearchResult<Found>,
  { unit }: Pick<SearchOptions, 'unit'>,
): SearchResult<Found> {
  const levels = (outcome: Probe['outcome']): readonly number[] =>
    found.filter(({ probe }) => probe.outcome === outcome).map(({ probe }) => probe.level);
  const [kept, broken] = [levels('kept'), levels('broken')];
  const parts = [
    kept.length === 0 ? `kept at none of the loads` : `kept up to ${Math.max(...kept)} ${unit}`,
    ...(broken.length === 0 ? [] : [`broken from ${Math.min(...broken)} ${unit} on`]),
  ];
  const known = `What was known by then: the limits were ${parts.join(', and ')}. The search was cut short, so this is no limit.`;
  return { outcome: 'invalid', reasons: [known], limit: null, found };
}

/** The lowest load that was refused; null when none was, or a lower one broke limits by itself, which is where the capacity ends. */
function refusedFirst<Found extends SearchedProbe>(found: readonly Found[]): Found | null {
  const broken = found.filter(({ probe }) => probe.outcome === 'broken');
  const lowest = broken.toSorted((a, b) => a.probe.level - b.probe.level)[0];
  return lowest === undefined || lowest.refusedWith === null ? null : lowest;
}

/** Not reached when lower loads were kept: the limit lies above them, and what refuses stands before it. */
function rateLimited<Found extends SearchedProbe>(
  { probe, refusedWith }: Found,
  found: readonly Found[],
  { unit }: SearchOptions,
): SearchResult<Found> {
  const kept = found.filter((one) => one.probe.outcome === 'kept' && one.probe.level < probe.level);
  const highest = Math.max(0, ...kept.map((one) => one.probe.level));
  const refusal = `${probe.level} ${unit} the server answers ${quoted(refusedWith ?? '')}: a rate limiter or load shedding, not a capacity.`;
  const reasons = [
    kept.length === 0 ? `Already at ${refusal}` : `The limits were kept up to ${highest} ${unit}; from ${refusal}`,
    'Take the limiter off for the generator, or give its users addresses or accounts of their own; then search again.',
  ];
  return { outcome: kept.length === 0 ? 'invalid' : 'not-reached', reasons, limit: null, found };
}

/** `"429 Too Many Requests" (trace 4bf9…)`: the server's words in quotation marks, what was added to them not. */
function quoted(example: string): string {
  const [, words = example, trace = ''] = /^(.*?)( \(trace [0-9a-f]+\))?$/s.exec(example) ?? [];
  return `"${words}"${trace}`;
}

/** How far from the edge a probe still tells how many requests a level makes. */
const near = 1.15;

function limitOf(level: Edge['estimate'], found: readonly SearchedProbe[]): LimitEstimate {
  const told = found.filter(({ probe }) => probe.outcome === 'kept' || probe.outcome === 'broken');
  const close = told.filter(({ probe }) => probe.level <= level.value * near && probe.level * near >= level.value);
  // A load far beyond the edge makes fewer requests than it should; one that kept the limits made what it asked for.
  const below = told.filter(({ probe }) => probe.outcome === 'kept' && probe.level * 2 >= level.value);
  const used = close.length > 0 ? close : below.length > 0 ? below : told;
  // Weighed by how long each was held: chance has its say in every short one.
  const sum = (read: (probe: Probe) => number): number =>
    used.reduce((total, { probe }) => total + read(probe) * probe.durationMs, 0);
  const seen = sum((probe) => probe.requestsPerSecond) / sum((probe) => probe.level);
  // Far from what was probed the limit is not put above what any probe made: users who wait longer ask less often.
  const most = Math.max(...told.map(({ probe }) => probe.requestsPerSecond));
  const perLevel = close.length > 0 ? seen : Math.min(seen, most / level.value);
  const breakers = told.filter(({ brokenBy }) => brokenBy !== null);
  // What breaks at the lowest of the levels that broke is what ends the system first; overloads break everything.
  const first = breakers.toSorted((a, b) => a.probe.level - b.probe.level)[0];
  return {
    level,
    requestsPerSecond: { value: level.value * perLevel, low: level.low * perLevel, high: level.high * perLevel },
    replicas: used[0]?.probe.replicas ?? 1,
    brokenBy: breaksFirst(found.map(toldBy)) ?? first?.brokenBy ?? 'unknown',
  };
}
