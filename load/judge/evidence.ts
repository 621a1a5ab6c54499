/**
 * What the judge is given of one scenario's run, and the parts of it that lie inside the judged windows.
 */
import type {
  Allotment,
  LoadResult,
  LoadSecond,
  PageEvidence,
  Phase,
  ReplicaSample,
  Scenario,
  ServiceSample,
  SystemEvent,
  SystemSample,
  WindowResult,
} from '@palier/protocol';
import { joinWindows } from './join.ts';

export interface ScenarioEvidence {
  readonly scenario: Scenario;
  readonly phases: readonly Phase[];
  /** The routes of its plan that have a time, by name (`timedRoutes` of load/plan). Default: none is known. */
  readonly plannedRoutes?: readonly string[];
  readonly result: LoadResult;
  /** In the order of time; of all generators together. */
  readonly seconds: readonly LoadSecond[];
  /** In the order of time; empty when only load was run. */
  readonly samples: readonly SystemSample[];
  readonly events: readonly SystemEvent[];
  readonly services: readonly { readonly name: string; readonly allotment: Allotment }[];
  /** 1: full length. Less: the holds were shortened by this factor. */
  readonly timeScale: number;
  /**
   * False when a stranger's server was loaded (`palier load --target`): limits on what only control sees then lack evidence instead of
   * making the run invalid.
   */
  readonly systemWatched: boolean;
  /** How many processes played, and how many cores more could have played on. Default: one, and no core known to be free. */
  readonly generators?: { readonly count: number; readonly spareCores: number };
  /** What a browser saw of the pages that have limits. Default: none was sent. */
  readonly pages?: PageEvidence;
  /** By how much the wall clock moved against the monotonic one during the load. */
  readonly clockShiftMs: number;
}

/** One judged stretch of the run, with what was seen in it. */
export interface JudgedWindow {
  readonly name: string;
  readonly durationMs: number;
  readonly result: WindowResult;
  readonly seconds: readonly LoadSecond[];
  readonly samples: readonly SystemSample[];
}

/** The early parts of a hold that lie before its judged part are left out; those after it are joined with the rest of the hold. */
export function judgedWindows(evidence: ScenarioEvidence): readonly JudgedWindow[] {
  const { result, seconds, samples } = evidence;
  return judgedResults(evidence).map((windowResult) => {
    const { name, startMs } = windowResult.window;
    const endMs = Math.min(windowResult.window.endMs, result.durationMs);
    // A second belongs to the window in which its middle lies.
    const inside = (atMs: number): boolean => atMs - 500 >= startMs && atMs - 500 < endMs;
    return {
      name,
      durationMs: endMs - startMs,
      result: windowResult,
      seconds: seconds.filter(({ atMs }) => inside(atMs)),
      samples: samples.filter(({ atMs }) => inside(atMs - result.startedAtEpochMs)),
    };
  });
}

function judgedResults({ result, phases }: ScenarioEvidence): readonly WindowResult[] {
  const isCut = ({ early, startMs }: WindowResult['window']): boolean =>
    early === true && phases.some((phase) => phase.startMs <= startMs && startMs < (phase.judged?.startMs ?? 0));
  const joined: WindowResult[] = [];
  let parts: WindowResult[] = [];
  for (const one of result.windows) {
    if (!one.window.judged || one.window.startMs >= result.durationMs || isCut(one.window)) continue;
    parts.push(one);
    if (one.window.early === true) continue;
    joined.push(joinWindows(parts));
    parts = [];
  }
  // The load ended within the early parts.
  return parts.length === 0 ? joined : [...joined, joinWindows(parts)];
}

/** The samples of each replica of a service that was up, by replica. */
export function replicaSamples(samples: readonly SystemSample[], service: string): Map<string, ReplicaSample[]> {
  const byReplica = new Map<string, ReplicaSample[]>();
  for (const sample of samples) {
    for (const replica of sample.replicas) {
      if (replica.service !== service || !serving.has(replica.state)) continue;
      const list = byReplica.get(replica.replica);
      if (list === undefined) byReplica.set(replica.replica, [replica]);
      else list.push(replica);
    }
  }
  return byReplica;
}

/** What is started or gone is not judged: compiling at start is no load. */
const serving: ReadonlySet<string> = new Set(['healthy', 'unhealthy', 'draining']);

export function serviceSamples(samples: readonly SystemSample[], service: string): readonly ServiceSample[] {
  return samples.flatMap((sample) => sample.services.filter((one) => one.service === service));
}
