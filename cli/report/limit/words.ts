/**
 * The words of a limit report.
 */
import type {
  BottleneckKind,
  Estimate,
  LimitOutcome,
  LimitReport,
  Probe,
  ProbePurpose,
  RecommendationRow,
  Verdict,
} from '@palier/protocol';
import { figure } from '../figures.ts';

/** Whose sign and colour an outcome has. */
export const signOf: Readonly<Record<LimitOutcome, Verdict>> = {
  found: 'pass',
  'not-reached': 'inconclusive',
  below: 'fail',
  invalid: 'invalid',
};

export const purposeWords: Readonly<Record<ProbePurpose, string>> = {
  bracket: 'rough search',
  edge: 'edge',
  overload: 'overload',
  recovery: 'recovery',
  half: 'half load',
  knee: 'knee',
  intervention: 'intervention',
  replicas: 'other replicas',
};

export const kindWords: Readonly<Record<BottleneckKind, string>> = {
  cpu: 'processor',
  'event-loop': 'event loop',
  'garbage-collection': 'garbage collection',
  memory: 'memory',
  disk: 'disk',
  descriptors: 'file descriptors',
  connections: 'connections',
  'connection-setup': 'setting up connections',
  pool: 'connection pool',
  lock: 'lock',
  downstream: 'a service behind it',
  queue: 'queue',
  'rate-limit': 'rate limiter',
};

/** `users`, or `arrivals/s`. */
export const levelUnit = ({ model }: Pick<LimitReport, 'model'>): string =>
  model === 'closed' ? 'users' : 'arrivals/s';

/** `95 %: 398–430`. */
export const interval = ({ low, high }: Estimate): string => `95 %: ${figure(low)}–${figure(high)}`;

/** `12`, `12 (10–14)`, `none suffices`, `cannot be told: 11–380`. */
export function replicasWords({ replicas, replicasRange, untold }: RecommendationRow): string {
  const { low, high } = replicasRange ?? { low: replicas, high: replicas };
  const range = low === null ? '' : high === null ? `≥ ${figure(low)}` : `${figure(low)}–${figure(high)}`;
  if (untold === true) return `cannot be told: ${range}`;
  if (replicas === null) return 'none suffices';
  return low === high ? figure(replicas) : `${figure(replicas)} (${range})`;
}

/** `2 replicas of api`. */
const replicasOf = (count: number, service: string): string =>
  `${count} ${count === 1 ? 'replica' : 'replicas'} of ${service}`;

/** The headline without its interval: `412 requests/s`. */
export function headline(report: LimitReport): string {
  const { outcome, limit, probes } = report;
  const levels = probes.filter((probe) => probe.change === null && probe.purpose !== 'recovery');
  if (outcome === 'found' && limit !== null) return `${figure(limit.requestsPerSecond.value)} requests/s`;
  if (outcome === 'invalid') return 'Invalid';
  if (outcome === 'below') {
    const lowest = Math.min(...levels.map(({ level }) => level));
    return levels.length === 0 ? 'Nothing kept' : `Below ${figure(lowest)} ${levelUnit(report)}`;
  }
  const most = Math.max(0, ...keptOf(levels).map(({ goodPerSecond }) => goodPerSecond));
  return most === 0 ? 'Not found' : `At least ${figure(most)} requests/s`;
}

/** `at 1650 users (95 %: 1592–1720) that think 1–3 s, with 2 replicas of api; beyond it p95 response time breaks`; null unless found. */
export function headlineDetail(report: LimitReport): string | null {
  const { limit, thinkMs, service } = report;
  if (limit === null) return null;
  const think = thinkMs === null ? '' : ` that think ${thinkWords(thinkMs)}`;
  return `At ${figure(limit.level.value)} ${levelUnit(report)} (${interval(limit.level)})${think}, with ${replicasOf(limit.replicas, service)}. Beyond it, ${limit.brokenBy} breaks first.`;
}

/** Probes of the system as it was, at the number of replicas that the report is about: what its curves show. */
export function curveProbes({ probes, limit }: LimitReport): readonly Probe[] {
  const replicas = limit?.replicas ?? probes[0]?.replicas;
  return probes.filter((probe) => probe.replicas === replicas && probe.change === null && probe.outcome !== 'invalid');
}

function keptOf(probes: readonly Probe[]): readonly Probe[] {
  return probes.filter(({ outcome }) => outcome === 'kept');
}

function thinkWords({ min, max }: { readonly min: number; readonly max: number }): string {
  return min === max ? `${figure(min / 1000)} s` : `${figure(min / 1000)}–${figure(max / 1000)} s`;
}

/** Whether they are told apart by their replicas, not by their turn; so is one that is alone, since the others found none. */
export function byReplicas(limits: LimitReport['limits']): boolean {
  return limits.length === 1 || new Set(limits.map(({ replicas }) => replicas)).size > 1;
}
