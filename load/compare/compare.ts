/**
 * Compares two runs: what got worse, what got better, and what was not proved to change. Pure.
 */
import {
  type CompareOutcome,
  type CompareReport,
  compareOutcomeOrder,
  type ComparedFigure,
  type ComparedScenario,
  type Difference,
  protocolVersion,
  type RunReport,
  type ScenarioReport,
} from '@palier/protocol';
import { amongMany, type Change, chanceForOne, changeBetween, leastVisible, type Weighed } from './change.ts';
import { runDifferences, scenarioDifferences } from './conditions.ts';
import { figuresOf, type NamedFigure } from './figures.ts';
import { commonMix, mixOf, mixText } from './mix.ts';
import { type CompareOptions, compareDefaults } from './options.ts';

/** A report, and what the user called it. */
export interface NamedRun {
  readonly file: string;
  readonly report: RunReport;
}

export function compareRuns(
  before: NamedRun,
  after: NamedRun,
  options: CompareOptions = compareDefaults,
): CompareReport {
  const differences = runDifferences(before.report, after.report);
  const forbidden = differences.some(({ forbids }) => forbids);
  const pairs = before.report.scenarios.flatMap((was): readonly Pair[] => {
    const is = after.report.scenarios.find(({ name }) => name === was.name);
    return is === undefined ? [] : [pairOf(was, is, forbidden, options)];
  });
  const measured = pairs.flatMap(({ measures }) => measures);
  const tests = measured.map(({ change, after: { scope } }) => ({
    chance: change.chance,
    weight: scope === 'route' ? 1 : options.headlineWeight,
  }));
  const chances = amongMany(tests);
  const share = chanceForOne(tests);
  const figures = new Map(
    measured.map((measure, i) => {
      const alone = options.maxFalseAlarm * share(tests[i] as Weighed);
      return [measure, figureOf(measure, { chance: chances[i] as number, alone }, options)] as const;
    }),
  );
  const scenarios = pairs.map((pair) =>
    scenarioOf(
      pair,
      pair.measures.map((measure) => withinBound(figures.get(measure) as ComparedFigure, pair.bound)),
      options,
    ),
  );
  const missing = missingScenarios(before.report, after.report);
  return {
    kind: 'palier-compare',
    version: protocolVersion,
    outcome: outcomeOf(scenarios, pairs.length === 0 || forbidden),
    before: runOf(before),
    after: runOf(after),
    differences: [...differences, ...missing].toSorted((a, b) => Number(b.forbids) - Number(a.forbids)),
    scenarios,
    comparisons: measured.length,
    maxFalseAlarm: options.maxFalseAlarm,
  };
}

interface Measure {
  readonly before: NamedFigure;
  readonly after: NamedFigure;
  readonly change: Change;
}

interface Pair {
  readonly before: ScenarioReport;
  readonly after: ScenarioReport;
  readonly differences: readonly Difference[];
  /** Why it must not be compared; null: it may. */
  readonly refusal: string | null;
  /** Which run's figures are only a lower bound of what its users felt: news that this would not make surer is none. */
  readonly bound: 'before' | 'after' | null;
  readonly measures: readonly Measure[];
}

function pairOf(before: ScenarioReport, after: ScenarioReport, forbidden: boolean, options: CompareOptions): Pair {
  const mix = commonMix(before, after, options);
  const differences = [
    ...scenarioDifferences(before, after, options),
    ...(mix === null
      ? []
      : [{ what: 'route mix', before: mixText(mixOf(before)), after: mixText(mixOf(after)), forbids: false }]),
  ];
  const bound = before.bound === 'lower' ? 'before' : after.bound === 'lower' ? 'after' : null;
  const refusal = forbidden ? 'The runs themselves cannot be compared.' : refusalOf(before, after, differences);
  if (refusal !== null) return { before, after, differences, refusal, bound, measures: [] };
  const was = figuresOf(before, options, mix);
  const measures = figuresOf(after, options, mix).flatMap((is): readonly Measure[] => {
    const match = was.find((one) => one.scope === is.scope && one.of === is.of && one.figure === is.figure);
    if (match === undefined) return [];
    return [{ before: match, after: is, change: changeBetween(match.estimate, is.estimate, options.confidence) }];
  });
  return { before, after, differences, refusal, bound, measures };
}

function refusalOf(before: ScenarioReport, after: ScenarioReport, differences: readonly Difference[]): string | null {
  const forbids = differences.find((one) => one.forbids);
  if (forbids !== undefined) {
    return `The ${forbids.what} were ${forbids.before} and are ${forbids.after}: figures under different loads say nothing about each other.`;
  }
  for (const [which, scenario] of [['first', before] as const, ['second', after] as const]) {
    if (scenario.verdict === 'invalid') {
      return `The ${which} run is invalid: ${scenario.reasons[0] ?? 'its measurement cannot be trusted.'}`;
    }
  }
  if (before.bound === 'lower' && after.bound === 'lower') return lowerBound('both runs');
  return null;
}

/** `chance`: among all figures; `alone`: the one that it must be below to be news if it is the only one. */
function lowerBound(which: string): string {
  return `The figures of ${which} are only a lower bound: by how much is not known.`;
}

function figureOf(
  { before, after, change }: Measure,
  { chance, alone }: { readonly chance: number; readonly alone: number },
  options: CompareOptions,
): ComparedFigure {
  const { scope, of, figure, unit } = after;
  // Logarithms back to percent of before; shares to percentage points.
  const shown = (value: number): number => 100 * (figure === 'errors' ? value : Math.expm1(value));
  const end = (value: number): number | null => (Number.isFinite(value) ? shown(value) : null);
  const least = leastChange(before, options);
  const value = shown(change.value);
  const lessIsWorse = figure === 'throughput';
  const [rises, falls] = lessIsWorse ? (['better', 'worse'] as const) : (['worse', 'better'] as const);
  const seen = leastVisible(before.estimate, after.estimate, alone, !lessIsWorse);
  const visible = Math.max(least, Math.abs(shown(lessIsWorse ? -seen : seen)));
  const news = chance < options.maxFalseAlarm && Math.abs(value) >= least;
  return {
    scope,
    of,
    figure,
    unit,
    before: before.shown,
    after: after.shown,
    change: { value, low: end(change.low), high: end(change.high) },
    chance,
    least,
    visible: Number.isFinite(visible) ? visible : null,
    outcome: news ? (value > 0 ? rises : falls) : 'no-change-proved',
  };
}

/** Percent of before (of errors: percentage points) that matter. */
function leastChange({ figure, shown }: NamedFigure, options: CompareOptions): number {
  const relative = (share: number, amount: number): number => 100 * Math.max(share, shown > 0 ? amount / shown : 0);
  switch (figure) {
    case 'errors':
      return 100 * options.leastErrorShare;
    case 'throughput':
      return 100 * options.leastThroughputShare;
    case 'cpu':
      return relative(options.leastCpuShare, options.leastCpuMs);
    case 'memory':
      return relative(options.leastMemoryShare, options.leastMemoryBytes);
    default:
      return relative(options.leastLatencyShare, options.leastLatencyMs);
  }
}

/** Of a lower bound only what is worse in spite of it is news: worse in the second run, or better than the first one. */
function withinBound(figure: ComparedFigure, bound: Pair['bound']): ComparedFigure {
  const unsure =
    (bound === 'after' && figure.outcome === 'better') || (bound === 'before' && figure.outcome === 'worse');
  return unsure ? { ...figure, outcome: 'no-change-proved' } : figure;
}

function scenarioOf(pair: Pair, figures: readonly ComparedFigure[], options: CompareOptions): ComparedScenario {
  const about = { name: pair.after.name, differences: pair.differences, figures };
  if (pair.refusal !== null) return { ...about, outcome: 'not-comparable', reasons: [pair.refusal] };
  const worse = figures.filter(({ outcome }) => outcome === 'worse').length;
  const better = figures.filter(({ outcome }) => outcome === 'better').length;
  const told = [
    ...(worse > 0 ? [`${worse} of ${figures.length} figures got worse.`] : []),
    ...(better > 0 ? [`${better} of ${figures.length} figures got better.`] : []),
  ];
  const sameMix = pair.differences.some(({ what }) => what === 'route mix');
  if (sameMix) told.push('The figures of all requests are what they would be with the first run’s mix of routes.');
  if (pair.bound !== null) {
    const which = pair.bound === 'before' ? 'the first run' : 'the second run';
    if (worse + better === 0) return { ...about, outcome: 'not-comparable', reasons: [lowerBound(which)] };
    told.push(`The figures of ${which} are only a lower bound: the change is at least this.`);
  }
  const blind = blindness(figures, options);
  if (worse > 0) return { ...about, outcome: 'worse', reasons: told };
  if (blind !== null) return { ...about, outcome: 'inconclusive', reasons: [blind, ...told] };
  if (better > 0) return { ...about, outcome: 'better', reasons: told };
  const none = `None of ${figures.length} figures is proved to have changed.`;
  return { ...about, outcome: 'unchanged', reasons: [none, ...told] };
}

/** Why a change that matters might not have shown; null: it would have. */
function blindness(figures: readonly ComparedFigure[], options: CompareOptions): string | null {
  const p95 = figures.find(({ scope, figure }) => scope === 'total' && figure === 'p95');
  if (p95 === undefined) {
    return 'Too little was judged to compare: it takes 15 seconds and 200 requests of each run.';
  }
  const most = 100 * options.mustSeeShare;
  if (p95.change.high !== null && p95.change.high <= most) return null;
  const high = p95.change.high === null ? 'without bound' : `up to ${Math.round(p95.change.high)} %`;
  return `The p95 may have risen ${high} without being noticed, and at most ${most} % would do; it takes longer holds.`;
}

function missingScenarios(before: RunReport, after: RunReport): readonly Difference[] {
  const names = (run: RunReport): readonly string[] => run.scenarios.map(({ name }) => name);
  const [was, is] = [names(before), names(after)];
  const lone = [...was, ...is].filter((name) => !was.includes(name) || !is.includes(name));
  const none = was.every((name) => !is.includes(name));
  if (lone.length === 0) return [];
  return [{ what: 'scenarios', before: was.join(', ') || 'none', after: is.join(', ') || 'none', forbids: none }];
}

function outcomeOf(scenarios: readonly ComparedScenario[], forbidden: boolean): CompareOutcome {
  if (forbidden) return 'not-comparable';
  return compareOutcomeOrder.find((one) => scenarios.some(({ outcome }) => outcome === one)) ?? 'not-comparable';
}

function runOf({ file, report }: NamedRun): CompareReport['before'] {
  return { file, system: report.system, startedAt: report.startedAt, verdict: report.verdict };
}
