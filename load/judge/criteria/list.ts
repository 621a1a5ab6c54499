/**
 * All criteria of a scenario, in the order in which its limits are read: response time, errors, resources, routes, metrics, crashes, pages.
 */
import type { CriterionResult, LimitsFile, RouteLimitsFile } from '@palier/protocol';
import { type JudgedWindow, judgedWindows, type ScenarioEvidence } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { judgeErrorShare } from './error-share.ts';
import { judgeCrashes } from './crash.ts';
import { combine, doubted, type Finding, type Limit, unseen } from './finding.ts';
import { judgeLatency } from './latency.ts';
import { judgeMetric } from './metric.ts';
import { judgePages } from './page.ts';
import { judgeCpu, judgeMemory } from './resource.ts';

interface Criterion {
  readonly limit: Limit;
  /** On any choice of judged windows. */
  readonly judge: (windows: readonly JudgedWindow[]) => Finding;
}

/** `laterHalf`: where it is not known when the warm-up was over, the same with only the second half of such holds. */
export function judgeCriteria(
  evidence: ScenarioEvidence,
  laterHalf: ScenarioEvidence | null,
  options: JudgeOptions,
): readonly CriterionResult[] {
  const whole = judgeAll(evidence, options);
  if (laterHalf === null) return whole;
  const later = judgeAll(laterHalf, options);
  return whole.map((one, i) => (one.unit === 'ms' ? doubted(one, figureOf(later[i])) : one));
}

/** Infinite where no answer came. */
function figureOf(result: CriterionResult | undefined): number | null {
  if (result === undefined || result.outcome === 'unseen') return null;
  return result.value ?? Number.POSITIVE_INFINITY;
}

function judgeAll(evidence: ScenarioEvidence, options: JudgeOptions): readonly CriterionResult[] {
  const windows = judgedWindows(evidence);
  // Judging everything means: together. A spike's ramp is not a load of its own.
  const apart = evidence.scenario.judge === 'holds' ? windows : [];
  const held = criteriaOf(evidence, options).map(({ limit, judge }) =>
    combine(
      limit,
      windows.length === 0 ? unseen('nothing was judged') : judge(windows),
      apart.map((window) => ({ name: window.name, finding: judge([window]) })),
    ),
  );
  // Of no hold: crashes are of the whole run, pages are seen after it.
  const others = [...judgeCrashes(evidence), ...judgePages(evidence)];
  return [...held, ...others.map(({ limit, finding }) => combine(limit, finding, []))];
}

function criteriaOf(evidence: ScenarioEvidence, options: JudgeOptions): readonly Criterion[] {
  const { limits } = evidence.scenario;
  return [
    ...requestCriteria(limits, null, options),
    ...resourceCriteria(evidence, options),
    ...Object.entries(limits.routes ?? {}).flatMap(([route, own]) => requestCriteria(own, route, options)),
    ...metricCriteria(evidence, options),
  ];
}

function requestCriteria(limits: RouteLimitsFile, route: string | null, options: JudgeOptions): Criterion[] {
  const of = route === null ? '' : ` of ${route}`;
  const criteria: Criterion[] = [];
  for (const [name, limitMs, quantile, minRequests] of [
    ['p95', limits.p95Ms, 0.95, options.minRequestsForP95],
    ['p99', limits.p99Ms, 0.99, options.minRequestsForP99],
  ] as const) {
    if (limitMs === undefined) continue;
    const limit: Limit = { title: `${name} response time${of}`, limit: limitMs, direction: 'below', unit: 'ms' };
    const question = { limit, quantile, minRequests, route };
    criteria.push({ limit, judge: (windows) => judgeLatency(question, windows, options) });
  }
  if (limits.errorPercent !== undefined) {
    const title = route === null ? 'error rate' : `error rate of ${route}`;
    const limit: Limit = { title, limit: limits.errorPercent, direction: 'below', unit: 'percent' };
    criteria.push({ limit, judge: (windows) => judgeErrorShare(limit, route, windows, options) });
  }
  return criteria;
}

function resourceCriteria(evidence: ScenarioEvidence, options: JudgeOptions): Criterion[] {
  const { limits } = evidence.scenario;
  const criteria: Criterion[] = [];
  for (const service of evidence.services) {
    for (const [what, file, judge] of [
      ['CPU', limits.cpuPercent, judgeCpu],
      ['memory', limits.memoryPercent, judgeMemory],
    ] as const) {
      const percent = percentFor(file, service.name);
      if (percent === undefined) continue;
      const limit: Limit = { title: `${what} of ${service.name}`, limit: percent, direction: 'below', unit: 'percent' };
      const question = { limit, service: service.name, allotment: service.allotment };
      criteria.push({ limit, judge: watched(evidence, (windows) => judge(question, windows, options)) });
    }
  }
  return criteria;
}

function metricCriteria(evidence: ScenarioEvidence, options: JudgeOptions): Criterion[] {
  return Object.entries(evidence.scenario.limits.metrics ?? {}).map(([title, file]) => {
    const unit = file.as === 'rate' ? 'per-second' : file.as === 'ratio' ? 'ratio' : 'number';
    const direction = file.max === undefined ? 'above' : 'below';
    const limit: Limit = { title, limit: file.max ?? file.min ?? 0, direction, unit };
    const service = file.service ?? evidence.scenario.service;
    return { limit, judge: watched(evidence, (windows) => judgeMetric(limit, file, service, windows, options)) };
  });
}

function watched(evidence: ScenarioEvidence, judge: Criterion['judge']): Criterion['judge'] {
  if (evidence.systemWatched) return judge;
  return () => unseen('palier only sent load; it did not run the system, so it could not look inside');
}

function percentFor(limit: LimitsFile['cpuPercent'], service: string): number | undefined {
  return typeof limit === 'object' ? limit[service] : limit;
}
