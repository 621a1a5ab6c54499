/**
 * What to change to prove a cause, and what a change proved. Pure; whoever holds the running system carries the change out.
 */
import type { BottleneckKind, Cause, LimitRelief, Estimate, Intervention, ServiceChange } from '@palier/protocol';
import type { LoadedService, LoadedSystem } from './evidence.ts';
import type { BrokenFigure } from './broken.ts';
import type { HeldLoad } from './held.ts';
import { changeBounds } from './options.ts';

/** One thing that differs while the load of the knee is played once more. */
export interface PlannedIntervention {
  /** In words: `one more replica of api`. */
  readonly change: string;
  readonly component: string;
  /** How: `RunningSystem.scale` to so many replicas, or `RunningSystem.change`. */
  readonly by: { readonly replicas: number } | { readonly change: ServiceChange };
  readonly relieves: readonly BottleneckKind[];
}

/** What is there now. */
export interface Surroundings {
  /** Replicas by service; default: the least that the file allows. */
  readonly running?: Readonly<Record<string, number>>;
  /** That replicas can have of the machine: allotments are not raised beyond. Default: 0, none is enforced, and none is raised. */
  readonly cores?: number;
}

export interface TriedIntervention {
  readonly planned: PlannedIntervention;
  /** The same load without the change: before, and after it was taken back when it seemed to help. At least one. */
  readonly without: readonly HeldLoad[];
  readonly with: HeldLoad;
  readonly half: HalfLoad;
}

/** What the figures are at half load: what the load has added since is what a change can take away. */
export interface HalfLoad {
  readonly responseMs: number;
  /** Of the limit that breaks at the knee; null: unknown. */
  readonly broken: number | null;
}

/** What every replica has of its own. A rate limit, a queue or a service behind may well be shared, so that it proves nothing. */
const ownOfReplica: readonly BottleneckKind[] = [
  'cpu',
  'event-loop',
  'garbage-collection',
  'memory',
  'descriptors',
  'pool',
  'lock',
  'connection-setup',
];

/**
 * In the order of the causes, for each the most telling first: its own setting, more of what it is short of, one more replica. Each change
 * once; only what the file allows: declared `tunables`, an `allotment`, `replicas: { min: 1, max: 2 }`.
 */
export function planInterventions(
  causes: readonly Cause[],
  system: LoadedSystem,
  surroundings: Surroundings = {},
): PlannedIntervention[] {
  const planned = new Map<string, PlannedIntervention>();
  for (const { kind, component } of causes) {
    const service = system.services.find(({ name }) => name === component);
    if (service === undefined) continue;
    for (const one of changesOf(service, surroundings)) {
      if (one.relieves.includes(kind)) planned.set(one.change, one);
    }
  }
  return [...planned.values()];
}

/**
 * Helped: more good answers a second, or the limit that was broken is kept, or most of what the load had added to its figure is gone; each
 * time the intervals lie apart.
 */
export function judgeInterventions(tried: readonly TriedIntervention[]): Intervention[] {
  return tried.map(({ planned, without, with: after, half }) => ({
    change: planned.change,
    component: planned.component,
    relieves: planned.relieves,
    beforePerSecond: hull(without.map(({ perSecond }) => perSecond)),
    afterPerSecond: after.perSecond,
    beforeMs: hull(without.map(({ responseMs }) => responseMs)),
    afterMs: after.responseMs,
    figure: comparedOf(without, after),
    helped: without.length > 0 && without.every((before) => isBetter(before, after, half)),
  }));
}

/** Whether a change did something for a load, as far as one look without it tells. */
export function isBetter(before: HeldLoad, after: HeldLoad, half: HalfLoad): boolean {
  if (after.perSecond.low > before.perSecond.high) return true;
  if (after.perSecond.high < before.perSecond.low) return false;
  // Users who think for long, and arrivals, come as often as before: what shows then is the limit that broke, or how long they wait.
  if (before.broken === null) {
    const { responseMs: was } = before;
    const { responseMs: is } = after;
    return is.high < was.low && isMostGone(was.value, is.value, half.responseMs);
  }
  const [was, is] = [before.broken, after.broken];
  if (is === null || !isApart(was, is)) return false;
  if (isBroken(was) && !isBroken(is)) return true;
  if (half.broken === null) return false;
  const sign = was.direction === 'below' ? 1 : -1;
  return isMostGone(sign * was.value, sign * is.value, sign * half.broken);
}

/** Of a figure that the load makes larger. */
function isMostGone(before: number, after: number, half: number): boolean {
  return before > half && before - after >= changeBounds.leastShareGone * (before - half);
}

/** On the better side. */
function isApart(before: BrokenFigure, after: BrokenFigure): boolean {
  return before.direction === 'below' ? after.high < before.low : after.low > before.high;
}

/** By its figure, as probes are judged; that it changed at all is for the intervals to say. */
function isBroken({ direction, limit, value }: BrokenFigure): boolean {
  return direction === 'below' ? value >= limit : value <= limit;
}

function comparedOf(without: readonly HeldLoad[], { broken: after }: HeldLoad): LimitRelief | undefined {
  const before = without.flatMap(({ broken }) => broken ?? []);
  if (after === null || before.length === 0 || before.length < without.length) return undefined;
  const { title, unit, limit, direction, value, low, high } = after;
  const kept = before.every(isBroken) && !isBroken(after);
  return { title, unit, limit, direction, before: hull(before), after: { value, low, high }, kept };
}

function changesOf(service: LoadedService, surroundings: Surroundings): readonly PlannedIntervention[] {
  return [...tunings(service), ...allotments(service, surroundings), ...replicasOf(service, surroundings)];
}

function tunings({ name, tunables }: LoadedService): readonly PlannedIntervention[] {
  return tunables.map((tunable) => ({
    change: `${tunable.name} of ${name} from ${tunable.from} to ${tunable.to}`,
    component: name,
    by: { change: { env: { [tunable.env]: tunable.to } } },
    // Those who call a service wait for whatever it lacks.
    relieves: [...new Set<BottleneckKind>([...tunable.relieves, 'downstream'])],
  }));
}

function allotments(
  { name, allotment, replicas }: LoadedService,
  { cores = 0, running = {} }: Surroundings,
): readonly PlannedIntervention[] {
  const planned: PlannedIntervention[] = [];
  const { cpuCores, memoryBytes } = allotment;
  const each = cores / (running[name] ?? replicas.min);
  const more = Math.min(each, (cpuCores ?? 0) * changeBounds.allotmentFactor);
  if (cpuCores !== null && more >= cpuCores * changeBounds.leastAllotmentFactor) {
    planned.push({
      change: `${more} instead of ${cpuCores} cores for each replica of ${name}`,
      component: name,
      by: { change: { allotment: { cpuCores: more } } },
      relieves: ['cpu'],
    });
  }
  if (memoryBytes !== null && cores > 0) {
    planned.push({
      change: `${changeBounds.allotmentFactor} times the memory for each replica of ${name}`,
      component: name,
      by: { change: { allotment: { memoryBytes: memoryBytes * changeBounds.allotmentFactor } } },
      relieves: ['memory'],
    });
  }
  return planned;
}

function replicasOf({ name, replicas }: LoadedService, { running = {} }: Surroundings): readonly PlannedIntervention[] {
  const wanted = (running[name] ?? replicas.min) + 1;
  if (wanted > replicas.max) return [];
  return [{ change: `one more replica of ${name}`, component: name, by: { replicas: wanted }, relieves: ownOfReplica }];
}

/** Of several looks at the same thing: whatever one of them allows. */
function hull(estimates: readonly Estimate[]): Estimate {
  const all = (read: (one: Estimate) => number): readonly number[] => estimates.map(read);
  return {
    value: all(({ value }) => value).reduce((sum, one) => sum + one, 0) / Math.max(1, estimates.length),
    low: Math.min(...all(({ low }) => low)),
    high: Math.max(...all(({ high }) => high)),
  };
}
