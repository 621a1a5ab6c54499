/**
 * The parts of `palier limit` in their order: the search, once or several times or at several numbers of replicas; then the overload and
 * the way back; laws and recommendation from all that was seen.
 */
import type { RunningSystem } from '@palier/control/system';
import {
  concurrencyPoints,
  cutShort,
  peakLevelOf,
  poolOf,
  type ProbeFindings,
  quickSearch,
  recommend,
  recoveryDefaults,
  recoveryOf,
  recoveryReport,
  recoverySteps,
  replicaPoints,
  scalabilityLaw,
  searchDefaults,
  searchLimit,
  type SearchOptions,
  type SearchResult,
  seenLive,
  settleMsOf,
} from '@palier/load/capacity';
import { agreementOf } from '@palier/load/judge';
import { type LimitReport, type Probe, type Recovery } from '@palier/protocol';
import type { LimitArguments } from './arguments.ts';
import { findBottleneck } from './limit-bottleneck.ts';
import { bracketLine, levelWord } from './limit-lines.ts';
import { mostOf, type Session } from './limit-session.ts';
import { type AskedLoad, brokeAlready, type ProbeArena } from './limit-probe.ts';
import { paintFor } from './picture/index.ts';

export interface Found {
  readonly result: Pick<
    LimitReport,
    'outcome' | 'reasons' | 'limit' | 'limits' | 'probes' | 'recovery' | 'bottleneck' | 'laws' | 'recommendation'
  >;
  /** Whether what was loaded did not survive it: whatever was found by then, it does not pass. */
  readonly gone: boolean;
  /** How the generators were placed, in words. */
  readonly placement: readonly string[];
}

/**
 * Of the limit that an earlier search found: a little below, so that the first step of the next one keeps the limits and the second breaks
 * them. Where neither does, the steps go on as ever.
 */
const again = { firstStepShare: 0.8, growth: 1.5 };

/** `session` with the options of `searchOptionsOf`. */
export async function findAll(
  args: LimitArguments,
  running: RunningSystem | undefined,
  session: Session,
): Promise<Found> {
  const { arena } = session;
  const searches = await allSearches(args, running, session);
  const last = searches.at(-1) as SearchResult<ProbeFindings>;
  const { outcome, reasons, limit } = args.repeat > 1 ? middleOf(searches) : last;
  const replicas = limit?.replicas ?? arena.replicas;
  const recovery =
    limit === null || session.over() !== null ? null : await recover(limit.level.value, replicas, session);
  const bottleneck =
    limit === null || running === undefined || session.over() !== null
      ? null
      : await findBottleneck(limit, running, session);
  const { probes } = session;
  const laws = limit === null ? [] : lawsOf(probes, searches, replicas);
  const { scenario } = arena;
  const measured = { service: scenario.service, model: scenario.model, limit, laws, bottleneck };
  const pool = poolOf(last.found, scenario.service);
  const recommendation = recommend({ ...measured, pool, shared: null });
  return {
    result: {
      outcome,
      reasons: [
        ...(session.over() === null ? [] : [session.over() as string]),
        ...reasons,
        ...agreement(searches, args),
      ],
      limit,
      limits: searches.length < 2 ? [] : searches.flatMap((one) => one.limit ?? []),
      probes,
      recovery,
      bottleneck,
      laws,
      recommendation,
    },
    gone: session.gone(),
    placement: [...session.placement],
  };
}

export function searchOptionsOf(
  args: Pick<LimitArguments, 'quick' | 'maxLevel' | 'maxTimeMs'>,
  { scenario }: Pick<ProbeArena, 'scenario'>,
): SearchOptions {
  const whole = scenario.model === 'closed';
  const quick = args.quick ? quickSearch : {};
  const peak = peakLevelOf(scenario);
  const maxLevel = Math.min(args.maxLevel ?? Number.POSITIVE_INFINITY, mostOf(scenario.model));
  const minLevel = whole ? 1 : Math.max(0.1, peak / 1000);
  const options = { ...searchDefaults, ...quick, whole, minLevel, maxLevel, unit: levelWord(scenario.model) };
  const startLevel = Math.min(maxLevel, Math.max(minLevel, peak / 8));
  return { ...options, startLevel, maxSearchMs: args.maxTimeMs ?? options.maxSearchMs };
}

async function allSearches(
  args: LimitArguments,
  running: RunningSystem | undefined,
  session: Session,
): Promise<readonly SearchResult<ProbeFindings>[]> {
  const { arena } = session;
  const counts = severalOf(args) ?? Array.from({ length: args.repeat }, () => args.replicas?.[0] ?? arena.replicas);
  const searches: SearchResult<ProbeFindings>[] = [];
  for (const [index, replicas] of counts.entries()) {
    if (session.over() !== null && searches.length > 0) break;
    if (args.replicas !== undefined) await running?.scale(arena.scenario.service, replicas);
    const many = severalOf(args) === null ? `search ${index + 1} of ${counts.length}, ` : `${replicas} replicas, `;
    const options = optionsAfter(searches.at(-1), args, session.options);
    searches.push(await searchOnce(replicas, counts.length === 1 ? '' : many, session, options));
  }
  return searches;
}

/** Numbers of replicas to compare; null: the same number each time. */
function severalOf({ replicas }: Pick<LimitArguments, 'replicas'>): readonly number[] | null {
  return replicas === undefined || replicas.length < 2 ? null : replicas;
}

/** The next search begins where the last one ended, which spares it the way up; of its probes it takes none. */
function optionsAfter(
  last: SearchResult<ProbeFindings> | undefined,
  args: Pick<LimitArguments, 'replicas'>,
  options: SearchOptions,
): SearchOptions {
  if (last === undefined || last.limit === null) return options;
  const startLevel = Math.max(options.minLevel, last.limit.level.value * again.firstStepShare);
  // Another number of replicas may carry twice as much.
  return { ...options, startLevel, growth: severalOf(args) === null ? again.growth : options.growth };
}

async function searchOnce(
  replicas: number,
  place: string,
  session: Session,
  options: SearchOptions,
): Promise<SearchResult<ProbeFindings>> {
  const { arena, surroundings, show } = session;
  const { limits, model } = arena.scenario;
  const { clock, screen } = surroundings;
  const settleMs = settleMsOf(arena.scenario);
  const startMs = clock.monotonicMs();
  const seen: Probe[] = [];
  let runs = 0;
  const result = await searchLimit(
    {
      async play({ purpose, levels, holdMs, untilBroken }) {
        const shape = { settleMs, steps: levels.map((level) => ({ level, durationMs: holdMs })) };
        const asked: AskedLoad = { shape, purpose, change: null, place: `${place}${purpose}, run ${++runs}` };
        const enough: AskedLoad['enough'] = (held, seconds) => brokeAlready(held, seconds, settleMs, limits);
        const { findings } = await session.play(untilBroken ? { ...asked, enough } : asked, replicas);
        seen.push(...findings.map(({ probe }) => probe));
        const leftMs = Math.max(0, options.maxSearchMs - (clock.monotonicMs() - startMs));
        const left = `${Math.round(leftMs / 1000)} s left at most`;
        if (findings.length > 0) show.print(`${bracketLine(seen, model, paintFor(screen))}   ${left}`);
        return findings;
      },
      spentMs: () => clock.monotonicMs() - startMs,
      stopped: () => session.over() !== null,
    },
    options,
  );
  return session.gone() ? cutShort(result, options) : result;
}

/** Null where the limits cannot be seen while the load runs. */
async function recover(edge: number, replicas: number, session: Session): Promise<Recovery | null> {
  const { limits, model } = session.arena.scenario;
  if (!seenLive(limits)) return null;
  const steps = recoverySteps(edge, session.playable, recoveryDefaults);
  const { held, seconds } = await session.play(
    {
      shape: { steps, settleMs: 0 },
      purpose: (level) => (level === steps[0]?.level ? 'overload' : 'recovery'),
      change: null,
      place: 'overload, then back',
      enough: (all, so) => recoveryOf(all, so, limits, recoveryDefaults) !== null,
    },
    replicas,
  );
  if (session.over() !== null) return null;
  return recoveryReport(held, recoveryOf(held, seconds, limits, recoveryDefaults), edge, levelWord(model));
}

function lawsOf(
  probes: readonly Probe[],
  searches: readonly SearchResult<ProbeFindings>[],
  replicas: number,
): LimitReport['laws'] {
  const overReplicas = replicaPoints(searches.flatMap(({ limit }) => limit ?? []));
  return [
    scalabilityLaw('concurrency', concurrencyPoints(probes, replicas)),
    ...(new Set(overReplicas.map(({ n }) => n)).size > 1 ? [scalabilityLaw('replicas', overReplicas)] : []),
  ];
}

/** Of several searches the one whose limit lies in the middle. */
function middleOf(searches: readonly SearchResult<ProbeFindings>[]): SearchResult<ProbeFindings> {
  const level = ({ limit }: SearchResult<ProbeFindings>): number => limit?.level.value ?? 0;
  const found = searches.filter(({ limit }) => limit !== null).toSorted((a, b) => level(a) - level(b));
  return (found[Math.floor(found.length / 2)] ?? searches.at(-1)) as SearchResult<ProbeFindings>;
}

function agreement(searches: readonly SearchResult<ProbeFindings>[], args: LimitArguments): readonly string[] {
  if (searches.length < 2 || severalOf(args) !== null) return [];
  const rates = searches.flatMap(({ limit }) => (limit === null ? [] : [limit.requestsPerSecond.value]));
  const seen = agreementOf(rates);
  if (seen === null) return [];
  const percent = (share: number): string => (100 * Math.abs(share)).toFixed(1);
  return [
    `${rates.length} of ${searches.length} searches found a limit, all within ±${percent(seen.within)} % of the one in the middle.`,
    ...(seen.drift === 0
      ? []
      : [
          `From the first search to the last it ${seen.drift < 0 ? 'fell' : 'rose'} by ${percent(seen.drift)} %, more than chance explains: the system changes under the load (its data grow, a cache fills, something is not given back).`,
        ]),
  ];
}
