/**
 * From checks and criteria to one word, the sentences that explain it, and what to do next.
 */
import type { CriterionResult, RouteReport, Steadiness, Verdict } from '@palier/protocol';
import { verdictOrder } from '@palier/protocol';
import { browserLacked, pageOf } from './criteria/page.ts';
import type { ScenarioEvidence } from './evidence.ts';
import type { JudgeOptions } from './options.ts';
import type { CheckedValidity } from './validity.ts';
import { capitalised, figure, listed, withUnit } from './words.ts';

export interface Findings {
  readonly criteria: readonly CriterionResult[];
  readonly validity: readonly CheckedValidity[];
  readonly total: RouteReport;
  /** Users present × time, over the judged windows. */
  readonly userMs: number;
  readonly routes: readonly RouteReport[];
  readonly steadiness: readonly Steadiness[];
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly bound: 'exact' | 'lower';
  readonly reasons: readonly string[];
  readonly advice: readonly string[];
}

/** The worst of several; `inconclusive` of none. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
  return verdictOrder.find((verdict) => verdicts.includes(verdict)) ?? 'inconclusive';
}

export function judgement(evidence: ScenarioEvidence, findings: Findings, options: JudgeOptions): Judgement {
  const { criteria, validity } = findings;
  const failedChecks = validity.filter((check) => !check.ok);
  const of = (outcome: CriterionResult['outcome']): readonly CriterionResult[] =>
    criteria.filter((criterion) => criterion.outcome === outcome);
  const silence = silentErrors(findings, options) ?? hangingUsers(evidence, findings, options);
  const drift = driftTowardsLimit(findings);
  const wrong = failedChecks.filter(({ thin }) => !thin);
  const standing = brokenAllTheSame(of('broken'), wrong);
  const verdicts: Verdict[] = ['pass'];
  // Without a browser there was nothing to see pages with: that says nothing against what was measured of the load.
  const blind = of('unseen').filter(({ title }) => pageOf(title) === null || !browserLacked(evidence));
  if ((wrong.length > 0 && standing.length === 0) || (evidence.systemWatched && blind.length > 0))
    verdicts.push('invalid');
  if (of('broken').length > 0) verdicts.push('fail');
  if (
    failedChecks.length > 0 ||
    of('unproved').length > 0 ||
    of('unseen').length > 0 ||
    criteria.length === 0 ||
    silence !== null ||
    drift !== null
  ) {
    verdicts.push('inconclusive');
  }
  const verdict = worstVerdict(verdicts);
  const bound = verdict === 'fail' && wrong.length > 0 ? 'lower' : 'exact';
  const sentences = (list: readonly CriterionResult[]): readonly string[] => list.map(({ sentence }) => sentence);
  const reasons = [
    ...(bound === 'lower' ? [lowerBound, ...sentences(standing)] : []),
    ...failedChecks.map(({ sentence }) => sentence),
    ...(criteria.length === 0 ? ['The scenario has no limits, so there is nothing to pass.'] : []),
    ...(verdict === 'invalid' ? sentences(of('unseen')) : []),
    ...sentences(of('broken').filter((criterion) => bound === 'exact' || !standing.includes(criterion))),
    ...(silence === null ? [] : [silence]),
    ...(drift === null ? [] : [drift]),
    ...sentences(of('unproved')),
    ...(verdict === 'invalid' ? [] : sentences(of('unseen'))),
    ...(verdict === 'pass' ? passReasons(criteria) : []),
    ...findings.steadiness.filter(isWorthSaying).map(({ sentence }) => sentence),
    ...scaleReason(evidence),
  ];
  return { verdict, bound, reasons, advice: adviceFor(verdict, evidence, findings) };
}

const isWorthSaying = ({ state, cutMs, warmUpMs, uncutP95Ms }: Steadiness): boolean =>
  uncutP95Ms !== null || (warmUpMs ?? 0) > cutMs || (state !== 'steady' && state !== 'unknown');

const lowerBound =
  'A lower bound: what went wrong with the measurement can only have made the figures look better, and a limit was broken all the same.';

/**
 * The broken limits that stand although checks failed: when each of these can only have flattered the system, and the limit is one that
 * more load does not mend (a least rate or a ratio may), and a response time is broken by more than the generator's own lateness.
 */
function brokenAllTheSame(
  broken: readonly CriterionResult[],
  wrong: readonly CheckedValidity[],
): readonly CriterionResult[] {
  if (wrong.some(({ flatters }) => flatters === undefined)) return [];
  const ownMs = wrong.reduce((sum, { flatters }) => sum + (flatters?.ownLatenessMs ?? 0), 0);
  return broken.filter(({ direction, unit, interval, value, limit }) => {
    if (direction === 'above' || unit === 'ratio') return false;
    return unit !== 'ms' || ownMs === 0 || (interval?.low ?? value ?? Number.POSITIVE_INFINITY) - ownMs >= limit;
  });
}

/** A limit on time that was kept, but would not be for as long again at the drift that was seen. */
function driftTowardsLimit({ criteria, steadiness }: Findings): string | null {
  const drift = Math.max(0, ...steadiness.map(({ percentOverall }) => percentOverall ?? 0));
  const narrow = criteria.find(
    ({ title, outcome, unit, value, interval, limit }) =>
      outcome === 'kept' &&
      unit === 'ms' &&
      pageOf(title) === null &&
      (interval?.high ?? value ?? 0) * (1 + drift / 100) >= limit,
  );
  return drift === 0 || narrow === undefined
    ? null
    : `The limit on ${narrow.title} was kept so far, but at the drift that was seen it would be broken within as long again.`;
}

/** Failures that no criterion judges take a pass away: fast errors make every latency look well. */
function silentErrors({ criteria, total }: Findings, options: JudgeOptions): string | null {
  if (criteria.some(({ title }) => title === 'error rate')) return null;
  const errors = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  if (errors <= options.maxUnjudgedErrorShare * total.requests) return null;
  const share = withUnit((100 * errors) / total.requests, 'percent');
  return `${share} of the requests failed and no limit judges that, so the other figures prove little.`;
}

function passReasons(criteria: readonly CriterionResult[]): readonly string[] {
  const closest = closestOf(criteria);
  const all = criteria.length === 1 ? 'The one limit' : `All ${criteria.length} limits`;
  const were = criteria.length === 1 ? 'was' : 'were';
  return [`${all} ${were} judged and kept.`, ...(closest === null ? [] : [`The closest: ${closest.sentence}`])];
}

/** The criterion that comes nearest to its limit, by the worse end of its interval. */
function closestOf(criteria: readonly CriterionResult[]): CriterionResult | null {
  const room = ({ value, interval, limit, direction }: CriterionResult): number => {
    const worse = direction === 'below' ? interval?.high : interval?.low;
    return Math.abs(limit - (worse ?? value ?? 0)) / Math.max(Math.abs(limit), Number.MIN_VALUE);
  };
  return criteria.toSorted((a, b) => room(a) - room(b))[0] ?? null;
}

/**
 * A user that waits in vain sends nothing meanwhile, so few time-outs among many requests may be half of the users: a limit on the share
 * of requests cannot see that.
 */
function hangingUsers(
  { scenario }: ScenarioEvidence,
  { total, userMs }: Findings,
  options: JudgeOptions,
): string | null {
  const vainMs = (total.errors.timeout ?? 0) * scenario.requestTimeoutMs;
  if (vainMs <= options.maxVainUserShare * userMs) return null;
  const share = withUnit(Math.min(100, (100 * vainMs) / userMs), 'percent');
  return `The users spent ${share} of their time waiting for answers that never came, which a share of failed requests hides.`;
}

function scaleReason({ timeScale }: ScenarioEvidence): readonly string[] {
  if (timeScale >= 1) return [];
  return [
    `The holds were shortened to ${withUnit(100 * timeScale, 'percent')} of their length (--time-scale ${figure(timeScale)}); ramps and think time were not.`,
  ];
}

function adviceFor(verdict: Verdict, evidence: ScenarioEvidence, findings: Findings): readonly string[] {
  const { criteria, validity } = findings;
  if (verdict === 'invalid') {
    const checks = validity.filter((check) => !check.ok).map(({ advice }) => advice);
    const names = criteria.filter(({ outcome }) => outcome === 'unseen').map(({ title }) => title);
    const look = `Look at why ${listed(names)} could not be seen: palier needs the figure to judge it.`;
    return [...new Set([...checks, ...(names.length > 0 && checks.length === 0 ? [look] : [])])];
  }
  if (verdict === 'fail') {
    const checks = validity.filter((check) => !check.ok && check.thin !== true).map(({ advice }) => advice);
    return [...failAdvice(findings), ...new Set(checks)];
  }
  if (verdict === 'pass') return passAdvice(evidence);
  if (criteria.length === 0) return ['Give the scenario limits, such as { p95Ms: 200, errorPercent: 0.1 }.'];
  const advice = validity.filter((check) => !check.ok).map((check) => check.advice);
  if (advice.length === 0 && criteria.some(({ outcome }) => outcome === 'unproved')) {
    advice.push(
      evidence.timeScale < 1
        ? 'Run it in full length: without --time-scale, or with a larger one.'
        : 'Lengthen the hold as said above, or run the scenario when the machine is quieter.',
    );
  }
  if (findings.steadiness.some(({ state }) => state === 'never steady')) {
    advice.push(
      'Lengthen the hold until its second half is like what follows; warmUp says how much of it is not judged.',
    );
  }
  const unseen = criteria.filter(({ outcome }) => outcome === 'unseen');
  if (unseen.some(({ title }) => pageOf(title) !== null)) {
    advice.push('Limits on pages need a Chromium on this machine: apt-get install chromium, or name one in CHROMIUM.');
  }
  if (unseen.some(({ title }) => pageOf(title) === null)) {
    advice.push('Limits on CPU, memory and metrics are judged by palier prove, which runs the system itself.');
  }
  if (!criteria.some(({ title }) => title === 'error rate')) advice.push('Add errorPercent to the limits.');
  return advice;
}

function failAdvice({ criteria, total, routes }: Findings): readonly string[] {
  const broken = criteria.filter(({ outcome }) => outcome === 'broken').map(({ title }) => title);
  const advice: string[] = [];
  if (broken.some((title) => title.startsWith('CPU of'))) {
    advice.push('The replicas are out of processor: add replicas, or give each a larger allotment, and run again.');
  }
  if (broken.some((title) => title.includes('response time'))) {
    const slowest = routes.toSorted((a, b) => b.responseMs.p95 - a.responseMs.p95)[0];
    if (slowest !== undefined && routes.length > 1) {
      advice.push(
        `The slowest route is ${slowest.route}, with a p95 of ${withUnit(slowest.responseMs.p95, 'ms')}; begin there.`,
      );
    }
  }
  if (broken.some((title) => title.startsWith('error rate'))) {
    const [kind, count] = Object.entries(total.errors).toSorted((a, b) => b[1] - a[1])[0] ?? [];
    if (kind !== undefined)
      advice.push(`Most errors are of class ${kind} (${count}); the report shows an example of each.`);
  }
  if (broken.some((title) => title.startsWith('memory of'))) {
    advice.push('See in the report whether memory levels off or grows without end, before giving it more.');
  }
  return advice.length > 0 ? advice : [`${capitalised(listed(broken))}: see the curves in the report.`];
}

function passAdvice({ scenario, timeScale }: ScenarioEvidence): readonly string[] {
  const users = Math.max(0, ...scenario.stages.map((stage) => stage.toLevel));
  const level = scenario.model === 'open' ? `${figure(users)} arrivals a second` : `${figure(users)} users`;
  const more = `It holds at ${level}; raise them to see where it ends.`;
  return timeScale < 1 ? ['Run it once in full length before you rely on it.', more] : [more];
}
