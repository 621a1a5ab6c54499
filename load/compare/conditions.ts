/**
 * In what two runs differ besides their figures. What makes the comparison meaningless forbids it; the rest is told, since it may be the
 * reason for what changed.
 */
import type { Conditions, Difference, LimitReport, RunReport, ScenarioReport } from '@palier/protocol';
import type { CompareOptions } from './options.ts';

/** Said of a run that is compared with itself. */
export const theSameOne = 'the same one';

/** Of the runs as a whole. */
export function runDifferences(before: RunReport, after: RunReport): readonly Difference[] {
  return [
    ...sameOne('run', before, after),
    ...differing('system', before.system, after.system, true),
    ...differing('command', before.command, after.command, false),
    ...conditionDifferences(before.conditions, after.conditions),
    ...differing('time scale', String(before.timeScale), String(after.timeScale), false),
  ];
}

/** Of two searches for a limit. */
export function searchDifferences(before: LimitReport, after: LimitReport): readonly Difference[] {
  const told = (what: string, read: (search: LimitReport) => string, forbids = false): Difference[] =>
    differing(what, read(before), read(after), forbids);
  return [
    ...sameOne('search', before, after),
    ...told('system', ({ system }) => system, true),
    ...told('scenario', ({ scenario }) => scenario, true),
    ...told('load model', ({ model }) => model, true),
    ...told('think time', ({ thinkMs }) => (thinkMs === null ? 'none' : `${thinkMs.min} to ${thinkMs.max} ms`)),
    ...conditionDifferences(before.conditions, after.conditions),
    ...(before.limit === null || after.limit === null
      ? []
      : [
          ...told('replicas', ({ limit }) => String(limit?.replicas)),
          ...told('what breaks first', ({ limit }) => limit?.brokenBy ?? 'nothing'),
        ]),
  ];
}

function sameOne<T extends { readonly startedAt: string }>(what: string, before: T, after: T): Difference[] {
  const same = before.startedAt === after.startedAt && JSON.stringify(before) === JSON.stringify(after);
  return same ? [{ what, before: before.startedAt, after: theSameOne, forbids: true }] : [];
}

function conditionDifferences(before: Conditions, after: Conditions): Difference[] {
  const told = (what: string, read: (conditions: Conditions) => string): Difference[] =>
    differing(what, read(before), read(after), false);
  return [
    ...told('processor', ({ cores, cpuModel }) => `${cores} × ${cpuModel}`),
    ...told('memory', ({ memoryBytes }) => `${(memoryBytes / 2 ** 30).toFixed(1)} GiB`),
    ...told('platform', ({ platform }) => platform),
    ...told('Node.js', ({ nodeVersion }) => nodeVersion),
    ...told('palier', ({ palierVersion }) => palierVersion),
    ...told('target', ({ target }) => target),
    ...told('pinning', ({ pinning }) => listOf(pinning)),
    ...told('allotments', ({ allotments }) => listOf(allotments)),
  ];
}

/** Of one scenario. */
export function scenarioDifferences(
  before: ScenarioReport,
  after: ScenarioReport,
  options: CompareOptions,
): readonly Difference[] {
  const by = (what: string, read: (scenario: ScenarioReport) => string, forbids: boolean): Difference[] =>
    differing(what, read(before), read(after), forbids);
  return [
    ...by('load model', ({ model }) => model, true),
    ...by(before.model === 'open' ? 'arrivals a second' : 'users', levelsOf, true),
    ...thinkDifference(before, after, options),
    ...by('replicas', replicasOf, false),
    ...by('routes', ({ routes }) => listOf(routes.map(({ route }) => route).toSorted()), false),
    ...by('limits', limitsOf, false),
    ...by('judged time', ({ phases }) => `${Math.round(judgedMsOf(phases) / 1000)} s`, false),
  ];
}

function differing(what: string, before: string, after: string, forbids: boolean): Difference[] {
  return before === after ? [] : [{ what, before, after, forbids }];
}

/** The levels of what is judged: a load twice as large is another question. */
function levelsOf({ phases }: ScenarioReport): string {
  const judged = phases.filter((phase) => phase.judged !== null);
  return listOf(
    judged.map(({ fromLevel, toLevel }) => (fromLevel === toLevel ? String(toLevel) : `${fromLevel} to ${toLevel}`)),
  );
}

function judgedMsOf(phases: ScenarioReport['phases']): number {
  return phases.reduce((sum, { judged }) => sum + (judged === null ? 0 : judged.endMs - judged.startMs), 0);
}

function thinkDifference(before: ScenarioReport, after: ScenarioReport, options: CompareOptions): Difference[] {
  const [was, is] = [before.littlesLaw.thinkMs, after.littlesLaw.thinkMs];
  if (before.model === 'open' || Math.abs(is - was) <= options.maxThinkShare * Math.max(is, was)) return [];
  return differing('think time per request', `${Math.round(was)} ms`, `${Math.round(is)} ms`, false);
}

/** How many of each service were there when the judged time ended. */
function replicasOf({ replicas, phases }: ScenarioReport): string {
  const endMs = phases.findLast(({ judged }) => judged !== null)?.judged?.endMs ?? Number.POSITIVE_INFINITY;
  const serving = replicas.filter(({ points }) => {
    const last = points.findLast(({ atMs }) => atMs <= endMs);
    return last !== undefined && last.state === 'healthy';
  });
  const counts = Map.groupBy(serving, ({ service }) => service);
  return listOf([...counts].map(([service, list]) => `${list.length} × ${service}`).toSorted());
}

function limitsOf({ criteria }: ScenarioReport): string {
  return listOf(
    criteria.map(({ title, direction, limit }) => `${title} ${direction === 'below' ? '<' : '>'} ${limit}`),
  );
}

function listOf(words: readonly string[]): string {
  return words.length === 0 ? 'none' : words.join(', ');
}
