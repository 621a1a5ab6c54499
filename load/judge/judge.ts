/**
 * The judge: evidence in, report out. Pure; the same evidence always gets the same verdict.
 */
import { quantileError } from '@palier/base/histogram';
import type { Conditions, RunReport, ScenarioReport } from '@palier/protocol';
import { protocolVersion } from '@palier/protocol';
import { judgeCriteria } from './criteria/list.ts';
import { judgedWindows, type ScenarioEvidence } from './evidence.ts';
import { judgeDefaults, type JudgeOptions } from './options.ts';
import { loadSeries, replicaSeries } from './series.ts';
import { slownessOf } from './statistics/slowness.ts';
import { settle } from './steady/settle.ts';
import {
  arrivalReport,
  generatorHealth,
  littlesLaw,
  observerCores,
  routeReports,
  serviceSeries,
  totalReport,
} from './summary.ts';
import { checkValidity } from './validity.ts';
import { judgement, worstVerdict } from './verdict.ts';

/** Judges one scenario. */
export function judgeScenario(seen: ScenarioEvidence, options: JudgeOptions = judgeDefaults): ScenarioReport {
  const { evidence, laterHalf, steadiness } = settle(seen, options);
  const { scenario, result } = evidence;
  const windows = judgedWindows(evidence);
  const results = windows.map((window) => window.result);
  const judgedMs = windows.reduce((sum, window) => sum + window.durationMs, 0);
  const criteria = judgeCriteria(evidence, laterHalf, options);
  const validity = checkValidity(evidence, windows, options);
  const slowness = {
    response: slownessOf(windows, (second) => second.response),
    service: slownessOf(windows, (second) => second.service),
  };
  const total = totalReport(results, 'all requests', judgedMs, slowness, options);
  const routes = routeReports(results, judgedMs, slowness, options);
  const userMs = results.reduce((sum, result) => sum + result.userMs, 0);
  const services = evidence.services.map(({ name }) => name);
  return {
    name: scenario.name,
    description: scenario.description,
    ...judgement(evidence, { criteria, validity, total, routes, userMs, steadiness }, options),
    model: scenario.model,
    startedAtEpochMs: result.startedAtEpochMs,
    durationMs: result.durationMs,
    phases: evidence.phases,
    criteria,
    validity: validity.map(({ title, ok, sentence }) => ({ title, ok, sentence })),
    steadiness,
    quantileError,
    total,
    routes,
    neverReached: neverReached(evidence),
    overall: totalReport(result.windows, 'all requests, whole run', result.durationMs, null, options),
    failedStarts: result.windows.reduce((sum, window) => sum + window.failedStarts, 0),
    retried: result.windows.reduce((sum, window) => sum + window.retried, 0),
    droppedMessages: result.windows.reduce((sum, window) => sum + window.droppedMessages, 0),
    arrivals: arrivalReport(scenario, windows),
    littlesLaw: littlesLaw(windows),
    series: loadSeries(evidence.seconds, options.maxSeriesPoints),
    replicas: replicaSeries(evidence, options.maxSeriesPoints),
    services: serviceSeries(windows, services),
    events: evidence.events,
    generator: generatorHealth(windows, result.windows, evidence.generators?.count ?? 1),
    observerCores: observerCores(windows),
  };
}

function neverReached({ plannedRoutes = [], result }: ScenarioEvidence): string[] {
  const reached = new Set(
    result.windows.flatMap(({ routes }) =>
      Object.entries(routes).flatMap(([route, { requests }]) => (requests > 0 ? [route] : [])),
    ),
  );
  return plannedRoutes.filter((route) => !reached.has(route));
}

export interface RunEvidence {
  readonly system: string;
  readonly command: 'prove' | 'load';
  readonly startedAtEpochMs: number;
  readonly durationMs: number;
  readonly timeScale: number;
  readonly conditions: Conditions;
  readonly scenarios: readonly ScenarioReport[];
}

/** Of several scenarios the worst counts: invalid, fail, inconclusive, pass. */
export function judgeRun(run: RunEvidence): RunReport {
  return {
    kind: 'palier-run',
    version: protocolVersion,
    verdict: worstVerdict(run.scenarios.map(({ verdict }) => verdict)),
    system: run.system,
    command: run.command,
    startedAt: new Date(run.startedAtEpochMs).toISOString(),
    durationMs: run.durationMs,
    timeScale: run.timeScale,
    conditions: run.conditions,
    scenarios: run.scenarios,
  };
}
