/** The application that all three tools load: `apps/releases` as its own system file runs it, and what its balancer counted. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '@palier/base/clock';
import { Histogram, mergeHistograms } from '@palier/base/histogram';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { runSystem } from '@palier/control/system';
import {
  checkSystem,
  dataFolderOf,
  type Scenario,
  type ScenarioFile,
  type System,
  type SystemFile,
  type SystemSample,
} from '@palier/protocol';
import type { Counts, Times } from './played.ts';

/** Read as `palier --config` reads it: a user's file, nobody's module. */
const configFile = join(import.meta.dirname, '..', '..', 'apps', 'releases', 'palier.config.ts');
/** A second is told about as long after its end. */
const settleMs = 2500;

export interface Arena {
  readonly url: string;
  readonly system: System;
  readonly scenarios: readonly Scenario[];
  readonly dataFolder: string;
  /** What the balancer saw from now until the function is called, which waits until all of it is told. */
  watch(): () => Promise<Truth>;
  stop(): Promise<void>;
}

export interface Truth {
  readonly counts: Readonly<Record<string, Counts>>;
  /** Of the whole seconds inside these milliseconds of the epoch. */
  times(fromMs: number, toMs: number): Times;
  /** By when, in milliseconds of the epoch, each request of the route was answered; to a second. */
  answered(route: string): readonly { readonly atMs: number; readonly requests: number }[];
}

/** Starts it under a name of its own, so that one that runs already is not disturbed. `scenariosOf` makes them from its own. */
export async function startArena(
  core: number | null,
  scenariosOf: (own: Readonly<Record<string, ScenarioFile>>) => Readonly<Record<string, ScenarioFile>>,
): Promise<Arena> {
  const { default: file } = (await import(configFile)) as { default: SystemFile };
  const changed = { ...file, name: 'releases-script', scenarios: scenariosOf(file.scenarios ?? {}) };
  const { system, scenarios } = checkSystem(changed, configFile);
  const stop = new AbortController();
  const running = await runSystem(system, {
    clock: systemClock(),
    timers: systemTimers(),
    random: seededRandom(1),
    env: Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ''])),
    cpus: core === null ? null : [core],
    stop: stop.signal,
    kill: stop.signal,
    onEvent: () => {},
  });
  return {
    url: running.urls['api'] as string,
    system,
    scenarios: Object.values(scenarios),
    dataFolder: dataFolderOf(system),
    watch() {
      const samples: SystemSample[] = [];
      const unwatch = running.watch({ onSample: (sample) => samples.push(sample) });
      return async () => {
        await sleep(settleMs);
        unwatch();
        return truthOf(samples);
      };
    },
    stop: () => running.stop(),
  };
}

function truthOf(samples: readonly SystemSample[]): Truth {
  const routes = samples.flatMap(({ services }) =>
    services.flatMap((service) => service.routes.map((route) => ({ atMs: service.atMs, ...route }))),
  );
  const byRoute = Map.groupBy(routes, ({ route }) => route);
  const counts = [...byRoute].map(([route, list]): [string, Counts] => {
    const requests = list.reduce((sum, one) => sum + one.requests, 0);
    const failed = list.flatMap(({ errors }) => Object.values(errors)).reduce((sum, count) => sum + count, 0);
    return [route, { requests, failed }];
  });
  return {
    counts: Object.fromEntries(counts.filter(([, { requests }]) => requests > 0)),
    times(fromMs, toMs) {
      const inside = routes.filter(({ atMs }) => atMs - 1000 >= fromMs && atMs <= toMs);
      const own = [...Map.groupBy(inside, ({ route }) => route)].map(([route, list]): [string, Histogram] => [
        route,
        mergeHistograms(list.map(({ latency }) => latency)),
      ]);
      return Object.fromEntries(own.filter(([, { count }]) => count > 0));
    },
    answered: (route) => (byRoute.get(route) ?? []).map(({ atMs, requests }) => ({ atMs, requests })),
  };
}
