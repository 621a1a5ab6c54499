/**
 * Probes as loads: a scenario whose level climbs through the levels to be tried, and what came of each of them.
 *
 * A limit is kept or broken by its figure, not by the proof of it: near the edge no probe of some seconds proves anything, and it is
 * `estimateEdge` that turns many uncertain probes into a certain statement. Whether the measurement itself can be trusted is the judge's.
 */
import type { CriterionResult, Phase, Probe, Scenario, ScenarioReport } from '@palier/protocol';
import {
  arrivalsLetIn,
  littlesLaw,
  noGrowingBacklog,
  judgeDefaults,
  judgeScenario,
  type JudgeOptions,
  type ScenarioEvidence,
  withUnit,
} from '../judge/index.ts';

export interface ProbeShape {
  /** In the order of time. */
  readonly steps: readonly { readonly level: number; readonly durationMs: number }[];
  /** Of each step, before it is judged. */
  readonly settleMs: number;
}

/** A probe, and what else is known of its time. */
export interface ProbeFindings {
  readonly probe: Probe;
  /** The criterion that broke by most; null when all were kept. */
  readonly brokenBy: string | null;
  /** A status with which the server told the generator to come less often. */
  readonly refusedWith: string | null;
  /** Each limit's figure by its title, as a share of the limit: 1 at the limit, above it broken. Without those that nobody saw. */
  readonly shares: Readonly<Record<string, number>>;
  readonly report: ScenarioReport;
  /** The judged window alone, with the samples of the whole load. */
  readonly evidence: Pick<ScenarioEvidence, 'result' | 'samples'>;
}

/** A ramp between two levels takes no longer than this, however slowly the scenario's own users come. */
const maxRampMs = 20_000;
const minRampMs = 300;
/** A rate may jump; the second is for the connections of those whom it brings. */
const openRampMs = 1000;
/** Shorter than the judge wants for a verdict: a probe is one of many. */
const judgeOptions: JudgeOptions = { ...judgeDefaults, minJudgedMs: 1000 };
/** Checks that a system fails that is too slow, and no generator. */
const ofTheSystem: ReadonlySet<string> = new Set([arrivalsLetIn, littlesLaw, noGrowingBacklog]);
/** Fewer requests say nothing of a p95. */
const leastRequests = 20;
/** Errors that no limit of the scenario judges: beyond this share its latencies are those of failures. */
const maxUnjudgedErrorPercent = 1;

/** The scenario with the steps of a probe instead of its stages: the same users, tasks, data and limits. */
export function probeScenario(scenario: Scenario, { steps, settleMs }: ProbeShape): Scenario {
  let fromLevel = 0;
  const stages = steps.flatMap(({ level, durationMs }): Scenario['stages'] => {
    const rampMs = rampMsOf(scenario, fromLevel, level);
    const ramp = { kind: 'ramp', fromLevel, toLevel: level, durationMs: rampMs } as const;
    fromLevel = level;
    return [ramp, { kind: 'hold', fromLevel: level, toLevel: level, durationMs: durationMs + settleMs }];
  });
  // A recording has its own times.
  const arrivals = scenario.arrivals === null ? null : { ...scenario.arrivals, recorded: null };
  return { ...scenario, arrivals, stages, judge: 'holds', warmUpMs: settleMs, requestTimeoutMs: patienceMs(scenario) };
}

/** How long users need to spread over their think time once they are there. */
export function settleMsOf({ thinkMs }: Scenario): number {
  return Math.min(5000, Math.max(1500, (thinkMs.min + thinkMs.max) / 2));
}

/** The highest level that the scenario asks for. */
export function peakLevelOf({ stages }: Scenario): number {
  return Math.max(0, ...stages.map(({ toLevel }) => toLevel));
}

/** What each hold showed; a hold that was cut off before its half is left out. `evidence` is of a `probeScenario`. */
export function probesOf(
  evidence: ScenarioEvidence,
  facts: Pick<Probe, 'purpose' | 'replicas' | 'change' | 'startMs'>,
): readonly ProbeFindings[] {
  const { phases, result } = evidence;
  return phases.flatMap((phase): readonly ProbeFindings[] => {
    const { judged, toLevel: level } = phase;
    if (judged === null) return [];
    const windows = result.windows.filter(
      ({ window }) => window.judged && window.startMs >= judged.startMs && window.endMs <= judged.endMs,
    );
    if (windows.length === 0) return [];
    const endMs = Math.min(judged.endMs, result.durationMs);
    if (endMs - judged.startMs < (judged.endMs - judged.startMs) / 2) return [];
    const cut: Phase = { ...phase, judged: { ...judged, endMs } };
    const alone = { ...result, windows, durationMs: endMs, endedEarly: null };
    const report = judgeScenario({ ...evidence, phases: [cut], result: alone }, judgeOptions);
    const span = report.phases[0]?.judged ?? { startMs: judged.startMs, endMs };
    const found = findings(report, level, span, facts, evidence.scenario);
    return [{ ...found, evidence: { result: alone, samples: evidence.samples } }];
  });
}

function findings(
  report: ScenarioReport,
  level: number,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  facts: Pick<Probe, 'purpose' | 'replicas' | 'change' | 'startMs'>,
  scenario: Scenario,
): Omit<ProbeFindings, 'evidence'> {
  const { total, littlesLaw } = report;
  const errors = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  const errorPercent = total.requests === 0 ? 0 : (100 * errors) / total.requests;
  const broken = breaks(report, scenario, endMs - startMs);
  const { outcome, reason } = outcomeOf(report, broken);
  const refusal = total.examples['4xx'];
  const refused = (total.errors['4xx'] ?? 0) * 2 > errors && refusal !== undefined && /^429\b/.test(refusal);
  return {
    probe: {
      ...facts,
      level,
      startMs: facts.startMs + startMs,
      durationMs: endMs - startMs,
      outcome,
      reason,
      requestsPerSecond: total.requestsPerSecond,
      goodPerSecond: total.goodPerSecond ?? 0,
      meanMs: littlesLaw.responseMs,
      p50Ms: total.responseMs.p50,
      p95Ms: total.responseMs.p95,
      p99Ms: total.responseMs.p99,
      errorPercent,
    },
    brokenBy: broken[0]?.title ?? null,
    refusedWith: refused && outcome === 'broken' ? refusal : null,
    shares: sharesOf(report.criteria),
    report,
  };
}

interface Break {
  readonly title: string;
  readonly sentence: string;
  /** How many times its limit. */
  readonly by: number;
}

/** What was not kept, the furthest beyond its limit first. */
function breaks(report: ScenarioReport, scenario: Scenario, judgedMs: number): readonly Break[] {
  const { criteria, littlesLaw, total } = report;
  const broken = criteria
    .filter(beyond)
    .map((one): Break => ({ title: one.title, sentence: `${against(one)}.`, by: shareOf(one) }));
  const errors = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  const vainMs = (total.errors.timeout ?? 0) * scenario.requestTimeoutMs;
  if (total.requests === 0 && littlesLaw.users > 0) {
    broken.push({ title: 'answers', sentence: 'No request was answered.', by: Number.POSITIVE_INFINITY });
  }
  if (
    !criteria.some(({ title }) => title === 'error rate') &&
    100 * errors > maxUnjudgedErrorPercent * total.requests
  ) {
    const percent = ((100 * errors) / total.requests).toPrecision(2);
    broken.push({
      title: 'error rate',
      sentence: `${percent} % of the requests failed, which no limit judges.`,
      by: 1,
    });
  }
  if (vainMs > judgeDefaults.maxVainUserShare * littlesLaw.users * judgedMs) {
    broken.push({ title: 'answers', sentence: 'Users waited for answers that never came.', by: 1 });
  }
  const backlog = report.validity.find(({ ok, title }) => !ok && title === noGrowingBacklog);
  if (backlog !== undefined) broken.push({ title: 'backlog', sentence: backlog.sentence, by: 1 });
  return broken.toSorted((a, b) => b.by - a.by);
}

function sharesOf(criteria: readonly CriterionResult[]): ProbeFindings['shares'] {
  const seen = criteria.filter(({ outcome, value }) => outcome !== 'unseen' && value !== null);
  return Object.fromEntries(seen.map((one) => [one.title, shareOf(one)]));
}

function shareOf({ limit, value, direction }: CriterionResult): number {
  return direction === 'below' ? (value ?? limit) / limit : limit / Math.max(value ?? 0, Number.MIN_VALUE);
}

function beyond({ outcome, value, limit, direction }: CriterionResult): boolean {
  if (outcome === 'unseen') return false;
  // No answer came.
  if (value === null) return true;
  return outcome === 'broken' || (direction === 'below' ? value >= limit : value <= limit);
}

/** `CPU of api 84.2 %, limit 80 %`: the figure alone, since one probe proves nothing and need not. */
function against({ title, value, limit, unit }: CriterionResult): string {
  return `${title} ${value === null ? 'without an answer' : withUnit(value, unit)}, limit ${withUnit(limit, unit)}`;
}

function outcomeOf(report: ScenarioReport, broken: readonly Break[]): Pick<Probe, 'outcome' | 'reason'> {
  const [worst] = broken;
  // Too slow for less than was offered is too slow, and a load that is ended as soon as that is seen leaves requests in hand that account
  // for nobody. Where the judge wants it proved, the search has other probes.
  const isGeneratorWell = report.validity.every(({ ok, title }) => ok || ofTheSystem.has(title));
  if (report.verdict === 'invalid' && !(worst !== undefined && isGeneratorWell)) {
    return { outcome: 'invalid', reason: report.reasons[0] ?? '' };
  }
  if (worst !== undefined) return { outcome: 'broken', reason: worst.sentence };
  if (report.total.requests < leastRequests) {
    return {
      outcome: 'unknown',
      reason: `Only ${report.total.requests} requests were made; ${leastRequests} are needed.`,
    };
  }
  const { criteria } = report;
  const room = (one: CriterionResult): number =>
    one.value === null ? Number.POSITIVE_INFINITY : Math.abs(one.limit - one.value) / one.limit;
  const closest = criteria.filter(({ outcome }) => outcome !== 'unseen').toSorted((a, b) => room(a) - room(b))[0];
  if (closest === undefined) return { outcome: 'unknown', reason: report.reasons[0] ?? 'No limit could be judged.' };
  return { outcome: 'kept', reason: `All limits were kept; the closest: ${against(closest)}.` };
}

/** Who leaves needs no time, and neither does who has nothing to do before its first task. */
function rampMsOf(scenario: Scenario, from: number, to: number): number {
  if (to <= from) return minRampMs;
  if (scenario.start.length > 0) {
    return Math.min(maxRampMs, Math.max(minRampMs, (1000 * (to - from)) / comingPerSecond(scenario)));
  }
  if (scenario.model === 'open') return openRampMs;
  // Over a whole pause: they then ask no faster while they come than once they are there.
  return Math.min(maxRampMs, Math.max(minRampMs, scenario.thinkMs.max));
}

/** As fast as the scenario's own users come at their fastest: its author knows how many logins a second are usual. */
function comingPerSecond(scenario: Scenario): number {
  const rates = scenario.stages.flatMap(({ kind, fromLevel, toLevel, durationMs }) =>
    kind === 'ramp' && toLevel > fromLevel && durationMs > 0 ? [(1000 * (toLevel - fromLevel)) / durationMs] : [],
  );
  return Math.max(...rates, peakLevelOf(scenario) / 10, 1);
}

/**
 * An answer that takes ten times as long as the limits allow has broken them; waiting longer would only make the end of each probe long.
 * Without a limit on latency the scenario's own patience counts.
 */
function patienceMs({ limits, requestTimeoutMs }: Scenario): number {
  const all = [limits, ...Object.values(limits.routes ?? {})].flatMap(({ p95Ms, p99Ms }) => [p95Ms, p99Ms]);
  const given = all.filter((limit) => limit !== undefined);
  return given.length === 0 ? requestTimeoutMs : Math.min(requestTimeoutMs, Math.max(5000, 10 * Math.max(...given)));
}
