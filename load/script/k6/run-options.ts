/** k6's options: how many users or arrivals when, and the limits as thresholds. */
import type { GeneratorPlan, PlannedArrivals, Scenario, Stage } from '@palier/protocol';
import { type Doc, group } from '../layout.ts';
import { type SeenLimit, seenLimits } from '../limits.ts';
import { isThresholdName } from '../notes.ts';
import type { ScriptSource } from '../options.ts';
import { object, string } from './javascript.ts';

/** `onlyJudged`: requests are marked by whether they are judged. */
export function k6Options({ scenario, plan }: ScriptSource, onlyJudged: boolean): Doc {
  const limits = thresholds(scenario, onlyJudged);
  return object([
    [
      'scenarios',
      object([[scenarioName(scenario.name), plan.arrivals === null ? closed(plan) : open(plan, plan.arrivals)]]),
    ],
    ...(limits.length > 0 ? [['thresholds', object(limits)] as const] : []),
    ['maxRedirects', '0'],
    // A user keeps its cookies from task to task.
    ['noCookiesReset', 'true'],
    ['summaryTrendStats', group('[', ['min', 'avg', 'med', 'p(95)', 'p(99)', 'max'].map(string), ']')],
  ]);
}

/** `90s`, `5m`, `1500ms`. */
export function k6Time(ms: number): string {
  const whole = Math.round(ms);
  if (whole % 60_000 === 0 && whole > 0) return `${whole / 60_000}m`;
  return whole % 1000 === 0 ? `${whole / 1000}s` : `${whole}ms`;
}

function closed(plan: GeneratorPlan): Doc {
  const patience = string(k6Time(plan.requestTimeoutMs));
  const only = onlyHold(plan);
  if (only !== null) {
    return object([
      ['executor', string('constant-vus')],
      ['vus', String(only.toLevel)],
      ['duration', string(k6Time(only.durationMs))],
      ['gracefulStop', patience],
    ]);
  }
  return object([
    ['executor', string('ramping-vus')],
    ['startVUs', '0'],
    ['stages', stages(plan, 1)],
    // A user that leaves ends what it is at.
    ['gracefulRampDown', patience],
    ['gracefulStop', patience],
  ]);
}

/** Rates are whole numbers in k6: of a second, or of a longer time where that is needed. */
function open(plan: GeneratorPlan, { maxConcurrent }: PlannedArrivals): Doc {
  const seconds = [1, 10, 60, 3600].find((unit) =>
    plan.stages.every(({ toLevel }) => Number.isInteger(Number((toLevel * unit).toFixed(6)))),
  );
  const unit = seconds ?? 3600;
  const only = onlyHold(plan);
  const rates: [string, Doc][] =
    only === null
      ? [
          ['startRate', '0'],
          ['stages', stages(plan, unit)],
        ]
      : [
          ['rate', String(Math.round(only.toLevel * unit))],
          ['duration', string(k6Time(only.durationMs))],
        ];
  return object([
    ['executor', string(only === null ? 'ramping-arrival-rate' : 'constant-arrival-rate')],
    ['timeUnit', string(k6Time(unit * 1000))],
    ...rates,
    // Users that are made while the load runs come late.
    ['preAllocatedVUs', String(maxConcurrent)],
    ['maxVUs', String(maxConcurrent)],
    ['gracefulStop', string(k6Time(plan.requestTimeoutMs))],
  ]);
}

/** The one hold of a scenario that is there at once; null when its level changes. */
function onlyHold({ stages: all }: GeneratorPlan): Stage | null {
  const [only, ...more] = all.filter(({ durationMs }) => durationMs > 0);
  return only !== undefined && more.length === 0 && only.fromLevel === only.toLevel && only.toLevel > 0 ? only : null;
}

function stages(plan: GeneratorPlan, unit: number): Doc {
  const items = plan.stages.map(({ toLevel, durationMs }) =>
    object([
      ['duration', string(k6Time(durationMs))],
      ['target', String(Math.round(toLevel * unit))],
    ]),
  );
  return group('[', items, ']');
}

function thresholds(scenario: Scenario, onlyJudged: boolean): [string, Doc][] {
  const byMetric = new Map<string, string[]>();
  for (const limit of seenLimits(scenario)) {
    if (limit.route !== null && !isThresholdName(limit.route)) continue;
    const metric = `${limit.what === 'errors' ? 'errors' : 'http_req_duration'}${tagsOf(limit, onlyJudged)}`;
    byMetric.set(metric, [...(byMetric.get(metric) ?? []), string(ruleOf(limit))]);
  }
  // An arrival that finds nobody free is left out by k6, which fails only for this line.
  if (scenario.model === 'open') byMetric.set('dropped_iterations', [string('count==0')]);
  return [...byMetric].map(([metric, rules]) => [metric, group('[', rules, ']')]);
}

function tagsOf({ route }: SeenLimit, onlyJudged: boolean): string {
  const tags = [...(onlyJudged ? ['judged:yes'] : []), ...(route === null ? [] : [`name:${route}`])];
  return tags.length === 0 ? '' : `{${tags.join(',')}}`;
}

function ruleOf({ what, limit }: SeenLimit): string {
  return what === 'errors' ? `rate<${Number((limit / 100).toFixed(10))}` : `p(${what.slice(1)})<${limit}`;
}

/** k6 takes letters, digits, - and _. */
function scenarioName(name: string): string {
  return name.replace(/[^\w-]+/g, '_') || 'scenario';
}
