/**
 * What to change to prove a cause, and what a change proved. Pure; whoever holds the running system carries the change out.
 */
import type { BottleneckKind, Cause, Estimate, Intervention } from '@palier/protocol';
import type { LoadedSystem } from './evidence.ts';

/** One more replica of a service: `RunningSystem.scale(component, replicas)`, then the knee's load once more. */
export interface PlannedIntervention {
  readonly change: string;
  readonly component: string;
  readonly replicas: number;
  readonly relieves: readonly BottleneckKind[];
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
 * In the order of the causes, each service once; only what the file allows: `replicas: { min: 1, max: 2 }`. `running`: how many replicas
 * there are now, by service; default: the least.
 */
export function planInterventions(
  causes: readonly Cause[],
  system: LoadedSystem,
  running: Readonly<Record<string, number>> = {},
): PlannedIntervention[] {
  const components = new Set(
    causes.filter(({ kind }) => ownOfReplica.includes(kind)).map(({ component }) => component),
  );
  return [...components].flatMap((component): PlannedIntervention[] => {
    const service = system.services.find(({ name }) => name === component);
    if (service === undefined) return [];
    const replicas = (running[component] ?? service.replicas.min) + 1;
    if (replicas > service.replicas.max) return [];
    return [{ change: `one more replica of ${component}`, component, replicas, relieves: ownOfReplica }];
  });
}

/** Helped: good answers a second rose, and the two intervals lie apart. */
export function judgeInterventions(
  tried: readonly { readonly planned: PlannedIntervention; readonly before: Estimate; readonly after: Estimate }[],
): Intervention[] {
  return tried.map(({ planned, before, after }) => ({
    change: planned.change,
    component: planned.component,
    relieves: planned.relieves,
    beforePerSecond: before,
    afterPerSecond: after,
    helped: after.low > before.high,
  }));
}
