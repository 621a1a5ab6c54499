/**
 * Compares the results of two searches for a limit: does the system carry more or less than it did? Pure.
 *
 * Each limit comes with a 95 % interval; the two become one of their ratio (as in change.ts), and as one question is asked, nothing is
 * corrected. A search that ended at the edge of what was tried has no figure, but often says enough: who now breaks below what the other
 * one carried is worse.
 */
import {
  type ComparedLimit,
  type CompareOutcome,
  type Estimate,
  type LimitCompareReport,
  type LimitReport,
  protocolVersion,
} from '@palier/protocol';
import { searchDifferences, theSameOne } from './conditions.ts';
import { compareDefaults, type CompareOptions } from './options.ts';

/** A report, and what the user called it. */
export interface NamedLimit {
  readonly file: string;
  readonly report: LimitReport;
}

export function compareLimits(
  before: NamedLimit,
  after: NamedLimit,
  options: CompareOptions = compareDefaults,
): LimitCompareReport {
  const differences = searchDifferences(before.report, after.report);
  const forbidding = differences.find(({ forbids }) => forbids);
  const about = {
    kind: 'palier-compare-limit',
    version: protocolVersion,
    before: runOf(before),
    after: runOf(after),
    model: after.report.model,
    differences: differences.toSorted((a, b) => Number(b.forbids) - Number(a.forbids)),
  } as const;
  if (forbidding !== undefined) {
    const { what, before: was, after: is } = forbidding;
    const reason = is === theSameOne ? `Both files hold the same ${what}.` : `The ${what} was ${was} and is ${is}.`;
    return { ...about, outcome: 'not-comparable', reasons: [reason], figures: [] };
  }
  return { ...about, ...judged(before.report, after.report, options) };
}

type Judged = Pick<LimitCompareReport, 'outcome' | 'reasons' | 'figures'>;

function judged(before: LimitReport, after: LimitReport, options: CompareOptions): Judged {
  for (const [which, report] of [['first', before] as const, ['second', after] as const]) {
    if (report.outcome === 'invalid') {
      const reason = report.reasons[0] ?? 'its measurement cannot be trusted.';
      return { outcome: 'not-comparable', reasons: [`The ${which} search is invalid: ${reason}`], figures: [] };
    }
  }
  if (before.limit === null || after.limit === null) return byReach(before, after);
  const figures: readonly ComparedLimit[] = [
    figureOf('requests-per-second', before.limit.requestsPerSecond, after.limit.requestsPerSecond, options),
    figureOf('level', before.limit.level, after.limit.level, options),
  ];
  const outcome = outcomeOf(figures);
  return { outcome, reasons: [sentences[outcome]], figures };
}

const sentences = {
  worse: 'The system carries less than it did.',
  better: 'The system carries more than it did.',
  unchanged: 'The limit is not proved to have moved.',
  inconclusive:
    'The intervals are so wide that the limit may have moved by half without being noticed; search for longer.',
} as const;

function outcomeOf(figures: readonly ComparedLimit[]): keyof typeof sentences {
  if (figures.some(({ outcome }) => outcome === 'worse')) return 'worse';
  if (figures.some(({ change }) => change.low < -33 || change.high > 50)) {
    return figures.some(({ outcome }) => outcome === 'better') ? 'better' : 'inconclusive';
  }
  return figures.some(({ outcome }) => outcome === 'better') ? 'better' : 'unchanged';
}

function figureOf(
  figure: ComparedLimit['figure'],
  before: Estimate,
  after: Estimate,
  options: CompareOptions,
): ComparedLimit {
  const log = ({ value, low, high }: Estimate): Estimate => ({ value: ln(value), low: ln(low), high: ln(high) });
  const [was, is] = [log(before), log(after)];
  const value = is.value - was.value;
  const low = value - Math.hypot(is.value - is.low, was.high - was.value);
  const high = value + Math.hypot(is.high - is.value, was.value - was.low);
  const percent = (one: number): number => 100 * Math.expm1(one);
  const least = 100 * options.leastLimitShare;
  const sure = low > 0 || high < 0;
  const news = sure && Math.abs(percent(value)) >= least;
  return {
    figure,
    before,
    after,
    change: { value: percent(value), low: percent(low), high: percent(high) },
    least,
    outcome: news ? (value < 0 ? 'worse' : 'better') : 'no-change-proved',
  };
}

/** The logarithm; of a limit that may be nought, that of a hundredth. */
function ln(value: number): number {
  return Math.log(Math.max(0.01, value));
}

/** The levels between which the limit surely lies, as far as it was searched for. */
function reachOf({ limit, probes, outcome }: LimitReport): { readonly low: number; readonly high: number } {
  if (limit !== null) return { low: limit.level.low, high: limit.level.high };
  const levels = probes.filter((probe) => probe.change === null).map(({ level }) => level);
  if (levels.length === 0) return { low: 0, high: Number.POSITIVE_INFINITY };
  return outcome === 'below'
    ? { low: 0, high: Math.min(...levels) }
    : { low: Math.max(...levels), high: Number.POSITIVE_INFINITY };
}

/** For searches of which at least one ended at the edge of what was tried. */
function byReach(before: LimitReport, after: LimitReport): Judged {
  const [was, is] = [reachOf(before), reachOf(after)];
  const unit = after.model === 'closed' ? 'users' : 'arrivals/s';
  const words = ({ low, high }: { readonly low: number; readonly high: number }): string => {
    if (high === Number.POSITIVE_INFINITY) return `at least ${short(low)} ${unit}`;
    return low === 0 ? `fewer than ${short(high)} ${unit}` : `${short(low)} to ${short(high)} ${unit}`;
  };
  const told = `It carried ${words(was)}, and carries ${words(is)}.`;
  const outcome: CompareOutcome = is.high < was.low ? 'worse' : is.low > was.high ? 'better' : 'inconclusive';
  const more =
    outcome === 'inconclusive' ? ['A search that ended at the edge of what it tried found no limit to compare.'] : [];
  return { outcome, reasons: [told, ...more], figures: [] };
}

function short(value: number): string {
  return value >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

function runOf({ file, report }: NamedLimit): LimitCompareReport['before'] {
  const { system, scenario, startedAt, outcome } = report;
  return { file, system, scenario, startedAt, outcome };
}
