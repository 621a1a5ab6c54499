/**
 * What one criterion found on one stretch of the run, and how the findings of several holds become one result.
 *
 * Several holds are judged together, since evidence adds up; but a hold that breaks the limit by itself breaks the criterion, and one
 * whose figure lies beyond the limit without proof leaves it unproved: an easy hold does not excuse a hard one.
 */
import type { CriterionOutcome, CriterionResult } from '@palier/protocol';
import { capitalised, figure, type Unit, withUnit } from '../words.ts';

export interface Limit {
  /** `p95 response time`; the subject of the sentence. */
  readonly title: string;
  readonly limit: number;
  readonly direction: 'below' | 'above';
  readonly unit: Unit;
}

export interface Finding {
  readonly outcome: CriterionOutcome;
  /** Infinite when what was asked for never came, such as an answer: beyond any limit, and no figure. */
  readonly value: number | null;
  readonly interval: { readonly low: number; readonly high: number } | null;
  readonly samples: number;
  /** What is missing, when unproved or unseen; what else is to be said, when not. Without a full stop; may be empty. */
  readonly note: string;
}

/** Kept or broken when the interval lies wholly on one side of the limit, else unproved. A value on the limit does not keep it. */
export function compare(
  limit: Limit,
  value: number,
  interval: { readonly low: number; readonly high: number } | null,
): CriterionOutcome {
  const { low, high } = interval ?? { low: value, high: value };
  if (limit.direction === 'below') return high < limit.limit ? 'kept' : low >= limit.limit ? 'broken' : 'unproved';
  return low > limit.limit ? 'kept' : high <= limit.limit ? 'broken' : 'unproved';
}

export const unseen = (note: string): Finding => ({ outcome: 'unseen', value: null, interval: null, samples: 0, note });

/** `all`: over every judged window; `holds`: each by itself, by name. */
export function combine(
  limit: Limit,
  all: Finding,
  holds: readonly { readonly name: string; readonly finding: Finding }[],
): CriterionResult {
  if (holds.length < 2 || all.outcome === 'unseen') return resultOf(limit, all, '');
  const beyond = holds.filter(({ finding }) => finding.value !== null && distance(limit, finding.value) >= 0);
  const worst = (list: typeof holds): (typeof holds)[number] | undefined =>
    list.toSorted((a, b) =>
      compareNumbers(distance(limit, b.finding.value as number), distance(limit, a.finding.value as number)),
    )[0];
  const broken = worst(beyond.filter(({ finding }) => finding.outcome === 'broken'));
  if (broken !== undefined) return resultOf(limit, broken.finding, ` in ${broken.name}`);
  const doubtful = worst(beyond);
  if (all.outcome === 'kept' && doubtful !== undefined) {
    return resultOf(limit, { ...doubtful.finding, outcome: 'unproved' }, ` in ${doubtful.name}`);
  }
  return resultOf(limit, all, '');
}

/** A limit whose outcome would be another one by the `later` value, of a hold that was not steady, is not proved. */
export function doubted(result: CriterionResult, later: number | null): CriterionResult {
  const { outcome, unit } = result;
  if (later === null || result.value === null || (outcome !== 'kept' && outcome !== 'broken')) return result;
  if (distance(result, later) >= 0 === (outcome === 'broken')) return result;
  const was = Number.isFinite(later) ? `it was ${withUnit(later, unit)}` : 'there was no answer';
  const note = `in the second half alone ${was}, and the hold was not steady`;
  return resultOf(result, { ...result, outcome: 'unproved', note }, '');
}

function resultOf(limit: Limit, finding: Finding, where: string): CriterionResult {
  const { title, direction, unit } = limit;
  const { outcome, interval, samples } = finding;
  const value = Number.isFinite(finding.value) ? finding.value : null;
  const sentence = sentenceOf(limit, finding, where);
  return { title, limit: limit.limit, direction, unit, outcome, value, interval, samples, sentence };
}

function sentenceOf(limit: Limit, finding: Finding, where: string): string {
  const { outcome, value, interval, note } = finding;
  const bound = `limit ${limit.direction === 'above' ? 'above ' : ''}${withUnit(limit.limit, limit.unit)}`;
  if (outcome === 'unseen' || value === null) return `${capitalised(limit.title)} was not seen: ${note}.`;
  const ending = { kept: 'kept', broken: 'broken', unproved: 'not proved' }[outcome];
  if (!Number.isFinite(value))
    return `${capitalised(limit.title)}${where} has no figure, ${bound}: ${ending}; ${note}.`;
  const spread = interval === null ? '' : ` (95 %: ${figure(interval.low)}–${figure(interval.high)})`;
  const by = withUnit(Math.abs(value - limit.limit), limit.unit);
  const end = outcome === 'unproved' ? ending : `${ending} by ${by}`;
  const rest = note === '' ? '' : `; ${note}`;
  return `${capitalised(limit.title)}${where} was ${withUnit(value, limit.unit)}${spread}, ${bound}: ${end}${rest}.`;
}

/** Infinite ones are alike, where their difference is no number. */
function compareNumbers(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** How far beyond the limit, at or above 0 when not kept. */
function distance(limit: Limit, value: number): number {
  return limit.direction === 'below' ? value - limit.limit : limit.limit - value;
}
