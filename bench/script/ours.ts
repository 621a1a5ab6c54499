/** Palier's own generator, at the usual priority, as the others. */
import { mergeHistograms } from '@palier/base/histogram';
import { systemTimers } from '@palier/base/timers';
import { startGenerators } from '@palier/load/generator';
import type { RouteResult } from '@palier/protocol';
import { planOf, type Player, watchCpu } from './player.ts';

export const palier: Player = {
  name: 'palier',
  version: 'of this commit',
  howToGet: 'it is this repository',
  async play(scenario, arena, { core }) {
    const plan = planOf(scenario, arena);
    const load = startGenerators(plan, {
      timers: systemTimers(),
      cpus: core === null ? null : [core],
      priority: false,
    });
    const cpu = watchCpu(load.pids[0] as number);
    const result = await load.result;
    const cpuMs = cpu();
    const held = result.windows.filter(({ window }) => window.judged);
    const counts: Record<string, { requests: number; failed: number }> = {};
    for (const [route, one] of result.windows.flatMap(({ routes }) => Object.entries(routes))) {
      const sum = (counts[route] ??= { requests: 0, failed: 0 });
      sum.requests += one.requests;
      sum.failed += Object.values(one.errors).reduce((total: number, count) => total + (count ?? 0), 0);
    }
    const byRoute = Map.groupBy(
      held.flatMap(({ routes }) => Object.entries(routes)),
      ([route]) => route,
    );
    const response = ([, { response: own }]: [string, RouteResult]) => own;
    return {
      tool: 'palier',
      startedAtMs: result.startedAtEpochMs,
      counts,
      times: Object.fromEntries([...byRoute].map(([route, list]) => [route, mergeHistograms(list.map(response))])),
      otherwise: { service: mergeHistograms(held.map(({ total }) => total.service)) },
      said: {
        lagP99Ms: mergeHistograms(held.map(({ generator }) => generator.lag)).quantile(0.99) / 1000,
        refused: result.windows.reduce((sum, { refusedArrivals }) => sum + refusedArrivals, 0),
      },
      status: null,
      cpuMs,
    };
  },
};
