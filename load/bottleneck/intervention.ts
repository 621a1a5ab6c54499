/**
 * What to change to prove a cause, and what a change proved. Pure; whoever holds the running system carries the change out.
 */
import type { BottleneckKind, Cause, Estimate, Intervention, ServiceChange } from '@palier/protocol';
import type { LoadedService, LoadedSystem } from './evidence.ts';
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
  /** Mean response time at half load. */
  readonly halfMs: number;
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
 * Helped: more good answers a second, or most of the time that the load had added is gone, each time with intervals that lie apart; or the
 * limits, broken each time without the change, were kept with it.
 */
export function judgeInterventions(tried: readonly TriedIntervention[]): Intervention[] {
  return tried.map(({ planned, without, with: after, halfMs }) => ({
    change: planned.change,
    component: planned.component,
    relieves: planned.relieves,
    beforePerSecond: hull(without.map(({ perSecond }) => perSecond)),
    afterPerSecond: after.perSecond,
    beforeMs: hull(without.map(({ responseMs }) => responseMs)),
    afterMs: after.responseMs,
    helped: without.length > 0 && without.every((before) => isBetter(before, after, halfMs)),
  }));
}

/** Whether a change did something for a load, as far as one look without it tells. */
export function isBetter(before: HeldLoad, after: HeldLoad, halfMs: number): boolean {
  if (after.perSecond.low > before.perSecond.high) return true;
  if (after.perSecond.high < before.perSecond.low) return false;
  // What a limit counts need not show in rate or time: a processor beyond its share, long before anybody waits for it.
  if (before.outcome === 'broken' && after.outcome === 'kept') return true;
  // Users who think for long, and arrivals, come as often as before: what shows then is that they wait no longer.
  const added = before.responseMs.value - halfMs;
  const gone = before.responseMs.value - after.responseMs.value;
  return after.responseMs.high < before.responseMs.low && added > 0 && gone >= changeBounds.leastShareGone * added;
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
