/**
 * Where a request's time went, and where it grew from half load to the knee: the time of a service at the balancer less that of the
 * services it calls. Pure.
 */
import { calledBy, type LoadedSystem } from './evidence.ts';
import type { ProbeFigures } from './figures.ts';

export interface Hops {
  /** Share of the growth that arose in the service itself, 0…1, by service; all 1 when nothing grew. */
  readonly blame: ReadonlyMap<string, number>;
  /** Milliseconds of one client's request spent in the service itself. */
  readonly half: ReadonlyMap<string, number>;
  readonly knee: ReadonlyMap<string, number>;
}

/** Growth below this is noise, not a hop. */
const leastGrowthMs = 1;

export function hopsOf(half: ProbeFigures, knee: ProbeFigures, system: LoadedSystem): Hops {
  const before = ownTimes(half, system);
  const after = ownTimes(knee, system);
  const growth = new Map([...after].map(([name, ms]) => [name, Math.max(0, ms - (before.get(name) ?? 0))]));
  const whole = [...growth.values()].reduce((sum, ms) => sum + ms, 0);
  const blame = new Map([...growth].map(([name, ms]) => [name, whole < leastGrowthMs ? 1 : ms / whole] as const));
  return { blame, half: before, knee: after };
}

/** Requests that a service truly works at, at the knee: throughput times the time without waiting, less what lies behind it. */
export function workedAt(half: ProbeFigures, knee: ProbeFigures, service: string, system: LoadedSystem): number {
  const called = calledOf(system, service);
  const own = quickWork(half, knee, service);
  const behind = called.reduce((sum, name) => sum + quickWork(half, knee, name), 0);
  return Math.max(0, own - behind);
}

function quickWork(half: ProbeFigures, knee: ProbeFigures, service: string): number {
  let work = 0;
  for (const [route, { perSecond, quickMs }] of knee.services.get(service)?.routes ?? []) {
    const quick = half.services.get(service)?.routes.get(route)?.quickMs ?? quickMs;
    work += (perSecond * Math.min(quick, quickMs)) / 1000;
  }
  return work;
}

function ownTimes({ services }: ProbeFigures, system: LoadedSystem): ReadonlyMap<string, number> {
  const clients = services.get(system.service)?.perSecond ?? 0;
  const busy = (name: string): number => {
    const one = services.get(name);
    return one === undefined ? 0 : one.perSecond * one.meanMs;
  };
  return new Map(
    system.services.map(({ name }) => {
      const behind = calledOf(system, name).reduce((sum, called) => sum + busy(called), 0);
      return [name, clients === 0 ? 0 : Math.max(0, busy(name) - behind) / clients];
    }),
  );
}

function calledOf(system: LoadedSystem, service: string): readonly string[] {
  const found = system.services.find(({ name }) => name === service);
  return found === undefined ? [] : calledBy(found).filter((name) => name !== service);
}
