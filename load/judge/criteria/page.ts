/**
 * Limits on pages, from the visits of a browser.
 *
 * Of a time the median is judged: with 95 % confidence it lies between the lowest and the highest of six visits, 1 − 2/2⁶ (David and
 * Nagaraja, Order Statistics, 7.1). Of errors and sizes it is the worst visit: they were seen.
 */
import type { PageLimitsFile, PageVisit } from '@palier/protocol';
import type { ScenarioEvidence } from '../evidence.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';

export interface JudgedPage {
  readonly limit: Limit;
  readonly finding: Finding;
}

/** Fewer enclose the median with less than 95 %. */
const minVisits = 6;
/** Less than one: none. */
const defaultScriptErrors = 1;

export function judgePages({ scenario, pages: seen }: ScenarioEvidence): readonly JudgedPage[] {
  return Object.entries(scenario.limits.pages ?? {}).flatMap(([path, limits]) => {
    const visits = seen?.pages.find((page) => page.path === path)?.visits ?? [];
    const lacking = whyUnseen(visits, seen?.missing ?? null);
    return limitsOf(path, limits).map(({ limit, judge }) => ({
      limit,
      finding: lacking === null ? judge(limit, visits) : unseen(lacking),
    }));
  });
}

/** Whether it was for want of a browser that pages were not seen, not for want of the pages. */
export function browserLacked({ pages }: ScenarioEvidence): boolean {
  return pages !== undefined && pages.browser === null;
}

/** The path in the title of a limit on a page; null: it is on something else. */
export function pageOf(title: string): string | null {
  return / of page (\/\S*)$/.exec(title)?.[1] ?? null;
}

interface PageLimit {
  readonly limit: Limit;
  readonly judge: (limit: Limit, visits: readonly PageVisit[]) => Finding;
}

function limitsOf(path: string, limits: PageLimitsFile): readonly PageLimit[] {
  const { firstContentfulPaintMs, interactiveMs, bundleBytes, scriptErrors = defaultScriptErrors } = limits;
  const rows: readonly (readonly [string, number | undefined, Limit['unit'], PageLimit['judge']])[] = [
    ['first contentful paint', firstContentfulPaintMs, 'ms', median((visit) => visit.firstContentfulPaintMs)],
    ['time to interactive', interactiveMs, 'ms', median((visit) => visit.interactiveMs)],
    ['script errors', scriptErrors, 'number', mostErrors],
    ['scripts and styles', bundleBytes, 'bytes', largest],
  ];
  return rows.flatMap(([what, limit, unit, judge]) =>
    limit === undefined
      ? []
      : [{ limit: { title: `${what} of page ${path}`, limit, direction: 'below', unit }, judge }],
  );
}

function whyUnseen(visits: readonly PageVisit[], missing: string | null): string | null {
  const problem = visits.find((visit) => visit.problem !== null)?.problem ?? null;
  return missing ?? problem ?? (visits.length === 0 ? 'no browser was sent to it' : null);
}

function median(read: (visit: PageVisit) => number | null): PageLimit['judge'] {
  return (limit, visits) => {
    // What never came is later than any limit.
    const values = visits.map((visit) => read(visit) ?? Number.POSITIVE_INFINITY).toSorted((a, b) => a - b);
    const [low, high] = [values[0] as number, values.at(-1) as number];
    const value = values[Math.floor((values.length - 1) / 2)] as number;
    const samples = values.length;
    if (!Number.isFinite(high)) {
      const never = values.filter((one) => !Number.isFinite(one)).length;
      const note = `in ${never} of ${samples} visits it did not come`;
      return { outcome: 'broken', value: Number.POSITIVE_INFINITY, interval: null, samples, note };
    }
    const outcome = compare(limit, value, { low, high });
    const few = samples < minVisits;
    const note = few ? `it needs ${minVisits} visits` : outcome === 'unproved' ? 'its visits differ too much' : '';
    return { outcome: few && outcome === 'kept' ? 'unproved' : outcome, value, interval: { low, high }, samples, note };
  };
}

function mostErrors(limit: Limit, visits: readonly PageVisit[]): Finding {
  const worst = visits.toSorted((a, b) => b.scriptErrors.length - a.scriptErrors.length)[0]?.scriptErrors ?? [];
  const note = worst[0] === undefined ? '' : `such as: ${worst[0].replace(/\.$/, '')}`;
  return seenAs(limit, worst.length, visits, note);
}

function largest(limit: Limit, visits: readonly PageVisit[]): Finding {
  return seenAs(limit, Math.max(...visits.map(({ bundleBytes }) => bundleBytes)), visits, '');
}

function seenAs(limit: Limit, value: number, visits: readonly PageVisit[], note: string): Finding {
  return { outcome: compare(limit, value, null), value, interval: null, samples: visits.length, note };
}
