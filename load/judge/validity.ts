/**
 * Whether the measurement itself can be trusted: each check a title, a sentence with figure and bound, and what to do when it fails.
 */
import { formatDuration } from '@palier/base/duration';
import { mergeHistograms } from '@palier/base/histogram';
import type { LimitsFile, ValidityCheck } from '@palier/protocol';
import { backlogFindings } from './backlog.ts';
import { waitedThroughout } from './criteria/waiting.ts';
import type { JudgedWindow, ScenarioEvidence } from './evidence.ts';
import { littlesLawFindings } from './little.ts';
import type { JudgeOptions } from './options.ts';
import { figure, withUnit } from './words.ts';

/** The check that no arrival was refused: one that fails means that the system had less to do than it was meant to. */
export const arrivalsLetIn = 'Arrivals let in';
/** The check that users and requests account for each other (little.ts); requests that a load left in hand are in the first only. */
export const littlesLaw = "Little's law";

/** The check that no hold of an open model left more and more undone: it accuses the system, not the measurement. */
export const noGrowingBacklog = 'No growing backlog';

export interface CheckedValidity extends ValidityCheck {
  /** What to do when it failed. */
  readonly advice: string;
  /** Failed for want of evidence, not because the measurement went wrong: inconclusive instead of invalid. */
  readonly thin?: boolean;
  /**
   * It can only have made the figures look better: load was left out, and a limit that was broken at less is broken at all of it. A
   * response time counts from the intended send, so lateness of the generator's own is in it, at most so many milliseconds.
   */
  readonly flatters?: { readonly ownLatenessMs: number };
}

/** What to do when the generator was the limit. */
function reliefFor({ generators = { count: 1, spareCores: 0 } }: ScenarioEvidence): string {
  const { count, spareCores } = generators;
  if (spareCores > 0) {
    const free = spareCores === 1 ? 'a core is' : `${spareCores} cores are`;
    return `Run with ${count + 1} generator processes (--generators ${count + 1}): ${free} free for more.`;
  }
  return 'Give the generator more processor: fewer or smaller replicas on this machine, nothing else running, or load from another machine with palier load --target.';
}

export function checkValidity(
  evidence: ScenarioEvidence,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): readonly CheckedValidity[] {
  const coverage = [checkEnded(evidence), checkLength(evidence, windows, options)];
  if (windows.length === 0) return coverage;
  const relief = reliefFor(evidence);
  return [
    ...coverage,
    checkLag(evidence.scenario.limits, windows, options, relief),
    checkLoop(windows, options, relief),
    checkStall(evidence.scenario.limits, windows, options, relief),
    checkGc(windows, options),
    checkSends(windows, options, relief),
    ...checkArrivals(windows, options),
    ...checkBacklog(evidence, windows, options),
    checkLittlesLaw(windows, options, relief),
    checkExhaustion(evidence),
    checkClock(evidence, options),
    ...checkSamples(evidence, windows),
  ];
}

/** The smallest limit on a latency, milliseconds; null without one. */
function tightestLatencyMs(limits: LimitsFile): number | null {
  const all = [limits, ...Object.values(limits.routes ?? {})].flatMap(({ p95Ms, p99Ms }) => [p95Ms, p99Ms]);
  const given = all.filter((limit) => limit !== undefined);
  return given.length === 0 ? null : Math.min(...given);
}

function checkEnded({ result }: ScenarioEvidence): CheckedValidity {
  const ok = result.endedEarly === null;
  const sentence = ok
    ? 'The load ran to its planned end.'
    : `The load ended after ${formatDuration(result.durationMs)}, before its plan did: ${result.endedEarly}.`;
  return { title: 'Run to its end', ok, sentence, advice: 'Let the load run to its end.' };
}

function checkLength(
  { timeScale }: ScenarioEvidence,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): CheckedValidity {
  const judgedMs = windows.reduce((sum, window) => sum + window.durationMs, 0);
  const ok = judgedMs >= options.minJudgedMs;
  const least = formatDuration(options.minJudgedMs);
  const sentence = ok
    ? `${formatDuration(judgedMs)} were judged (at least ${least} are needed).`
    : `Only ${formatDuration(judgedMs)} could be judged, after the warm-up; at least ${least} are needed.`;
  const advice =
    timeScale < 1
      ? 'Run with a larger --time-scale, or lengthen the hold.'
      : 'Lengthen the hold: what follows its warm-up is judged.';
  return { title: 'Long enough', ok, sentence, advice, thin: judgedMs > 0 };
}

function checkLag(
  limits: LimitsFile,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
  relief: string,
): CheckedValidity {
  const tightest = tightestLatencyMs(limits);
  const share = (tightest ?? Number.POSITIVE_INFINITY) * options.maxLagShare;
  const boundMs = Math.min(options.maxLagBoundMs, Math.max(options.minLagBoundMs, share));
  const lag = mergeHistograms(windows.map(({ result }) => result.generator.lag));
  const lagMs = lag.quantile(0.99) / 1000;
  const why = tightest !== null && share <= boundMs ? `, a tenth of the tightest limit` : '';
  return {
    title: 'Sent on time',
    ok: lagMs < boundMs,
    flatters: { ownLatenessMs: lag.max / 1000 },
    sentence: `99 % of the requests were sent at most ${withUnit(lagMs, 'ms')} late; the bound is ${withUnit(boundMs, 'ms')}${why}.`,
    advice: relief,
  };
}

function checkLoop(windows: readonly JudgedWindow[], options: JudgeOptions, relief: string): CheckedValidity {
  const worst = Math.max(...windows.map(({ result }) => result.generator.loopUtilisation));
  const seconds = windows.flatMap((window) => window.seconds);
  const busy = seconds.filter((second) => second.generator.loopUtilisation > options.maxLoopUtilisation).length;
  const often = busy * 10 > seconds.length;
  const bound = withUnit(100 * options.maxLoopUtilisation, 'percent');
  return {
    title: 'Generator not saturated',
    ok: worst <= options.maxLoopUtilisation && !often,
    sentence: `The generator's event loop was busy ${withUnit(100 * worst, 'percent')} of the time, and above ${bound} in ${busy} of ${seconds.length} s; the bounds are ${bound} and a tenth of the seconds.`,
    advice: relief,
  };
}

function checkStall(
  limits: LimitsFile,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
  relief: string,
): CheckedValidity {
  const half = (tightestLatencyMs(limits) ?? Number.POSITIVE_INFINITY) / 2;
  const boundMs = Math.min(options.maxStallBoundMs, Math.max(options.minStallBoundMs, half));
  const stalls = windows.flatMap(({ result, seconds }) => [
    result.generator.longestStallMs,
    ...seconds.map((second) => second.generator.longestStallMs),
  ]);
  const worst = Math.max(...stalls);
  return {
    title: 'Generator never stood still',
    ok: worst < boundMs,
    sentence: `The generator's longest standstill was ${withUnit(worst, 'ms')}; the bound is ${withUnit(boundMs, 'ms')}.`,
    advice: relief,
  };
}

function checkGc(windows: readonly JudgedWindow[], options: JudgeOptions): CheckedValidity {
  const worst = Math.max(...windows.map(({ result }) => result.generator.gcShare));
  return {
    title: 'Little garbage collection',
    ok: worst <= options.maxGcShare,
    sentence: `The generator spent ${withUnit(100 * worst, 'percent')} of the time on garbage collection; the bound is ${withUnit(100 * options.maxGcShare, 'percent')}.`,
    advice: 'Send smaller bodies or take fewer users for each generator process.',
  };
}

function checkSends(windows: readonly JudgedWindow[], options: JudgeOptions, relief: string): CheckedValidity {
  const due = windows.reduce((sum, { result }) => sum + result.sendsDue, 0);
  const made = windows.reduce((sum, { result }) => sum + result.sendsMade, 0);
  const title = 'Offered load was sent';
  if (due === 0 && waitedThroughout(windows)) {
    const sentence = 'No request was due in the judged time: every user was waiting for the answer to an earlier one.';
    return { title, ok: true, sentence, advice: '' };
  }
  const share = due === 0 ? 0 : made / due;
  const bound = withUnit(100 * options.minSendsMadeShare, 'percent');
  return {
    title,
    ok: share >= options.minSendsMadeShare,
    ...(due === 0 ? {} : { flatters: { ownLatenessMs: 0 } }),
    sentence:
      due === 0
        ? 'No request was due in the judged time; there must be some.'
        : `${withUnit(Math.floor(1000 * share) / 10, 'percent')} of the ${figure(due)} requests that were due were sent; the bound is ${bound}.`,
    advice:
      due === 0 ? 'Look at the errors of the start steps: users that fail them never come to their tasks.' : relief,
  };
}

/** Only in an open model: a task that nobody was free for was load left out, as the system was too slow for so few at once. */
function checkArrivals(windows: readonly JudgedWindow[], options: JudgeOptions): readonly CheckedValidity[] {
  const arrivals = windows.reduce((sum, { result }) => sum + result.arrivals, 0);
  const refused = windows.reduce((sum, { result }) => sum + result.refusedArrivals, 0);
  if (arrivals === 0) return [];
  return [
    {
      title: arrivalsLetIn,
      ok: refused <= options.maxRefusedShare * arrivals,
      flatters: { ownLatenessMs: 0 },
      sentence: `${figure(refused)} of ${figure(arrivals)} arrivals found all of maxConcurrent under way and were not sent; the bound is ${withUnit(100 * options.maxRefusedShare, 'percent')}.`,
      advice: 'Raise maxConcurrent, or lower the rate: the system has so many tasks under way at once.',
    },
  ];
}

/** Inconclusive: limits were kept, but would not be for as long again. */
function checkBacklog(
  { scenario }: ScenarioEvidence,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): readonly CheckedValidity[] {
  const findings = backlogFindings(scenario, windows, options);
  if (findings === null) return [];
  const advice =
    'Lower the rate to what is answered, or lengthen the hold until its limits are broken or the backlog ends.';
  return [{ title: noGrowingBacklog, ...findings, advice, thin: true }];
}

function checkLittlesLaw(windows: readonly JudgedWindow[], options: JudgeOptions, relief: string): CheckedValidity {
  const present = windows.some(({ result }) => result.userMs > 0);
  return {
    title: littlesLaw,
    ...littlesLawFindings(windows, options),
    advice: present ? relief : 'Look at the errors of the start steps: no user was present.',
  };
}

function checkExhaustion({ result }: ScenarioEvidence): CheckedValidity {
  const count = result.windows.reduce((sum, window) => sum + window.exhausted, 0);
  const ok = count === 0;
  const sentence = ok
    ? 'The generator never lacked a descriptor or a port.'
    : `The generator could not open ${count} connections for want of descriptors or ports; the bound is 0.`;
  return {
    title: 'Descriptors and ports',
    ok,
    flatters: { ownLatenessMs: 0 },
    sentence,
    advice: 'Raise the number of descriptors (ulimit -n) or of ports; palier doctor shows what there is.',
  };
}

function checkClock({ clockShiftMs }: ScenarioEvidence, options: JudgeOptions): CheckedValidity {
  const shift = Math.abs(clockShiftMs);
  return {
    title: 'Steady clock',
    ok: shift <= options.maxClockShiftMs,
    sentence: `The wall clock moved by ${withUnit(shift, 'ms')} against the steady one; the bound is ${withUnit(options.maxClockShiftMs, 'ms')}.`,
    advice: 'Run again; something set the clock, or the machine slept, during the load.',
  };
}

/** Only where control watched: half the seconds must have a sample, or the figures of CPU and memory are of other moments. */
function checkSamples(evidence: ScenarioEvidence, windows: readonly JudgedWindow[]): readonly CheckedValidity[] {
  if (!evidence.systemWatched) return [];
  const seconds = Math.round(windows.reduce((sum, window) => sum + window.durationMs, 0) / 1000);
  const samples = windows.reduce((sum, window) => sum + window.samples.length, 0);
  return [
    {
      title: 'System sampled',
      ok: samples * 2 >= seconds,
      sentence: `The system was sampled ${samples} times in ${seconds} judged seconds; the bound is every other second.`,
      advice: 'Leave palier itself some processor: it takes the samples.',
    },
  ];
}
