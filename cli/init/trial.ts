/**
 * Starts what was found, once, as `palier up` would, and asks it what it answers.
 */
import { runSystem, type RunningSystem } from '@palier/control/system';
import { type CheckedSystem, checkSystem, type SystemEvent } from '@palier/protocol';
import type { Show } from '../picture/index.ts';
import type { Surroundings } from '../surroundings.ts';
import { systemSurroundings } from '../system-surroundings.ts';
import { type Asked, explore } from './ask.ts';
import type { Folder } from './folder.ts';
import { initLimits } from './options.ts';
import { serviceName, serviceOf, type Start } from './proposal.ts';

export interface Trial extends Asked {
  /** Of the largest replica; null where it cannot be told. */
  readonly rssBytes: number | null;
  /** Why a second replica did not run beside the first; null: it did, or was not tried. */
  readonly alone: string | null;
}

/** `file`: where the system file is to be. Throws what `runSystem` throws; nothing runs then, or afterwards. */
export async function tryOut(start: Start, file: string, folder: Folder, surroundings: Surroundings): Promise<Trial> {
  const { stop, timers } = surroundings;
  const { system } = systemOf(start, file);
  const events: SystemEvent[] = [];
  const show: Show = {
    tell: (fact) => void (fact.kind === 'event' && events.push(fact.event)),
    print: () => {},
    end: () => {},
  };
  const running = await runSystem(system, systemSurroundings(surroundings, show, null));
  let rssBytes: number | null = null;
  const sampled = Promise.withResolvers<void>();
  const unwatch = running.watch({
    onSample: ({ replicas }) => {
      for (const { rssBytes: now } of replicas) if (now !== null) rssBytes = Math.max(rssBytes ?? 0, now);
      sampled.resolve();
    },
  });
  try {
    const asked = await explore(running.urls[serviceName] as string, folder, surroundings);
    await Promise.race([sampled.promise, timers.sleep(initLimits.sampleMs, stop.asked)]);
    return { ...asked, rssBytes, alone: await whyAlone(running, start.replicas, events, surroundings) };
  } finally {
    unwatch();
    await running.stop();
  }
}

/** One replica, with room for as many as are proposed. */
function systemOf(start: Start, file: string): CheckedSystem {
  const { services, ...rest } = serviceOf(start);
  const more = { startTimeout: initLimits.startTimeout, replicas: { min: 1, max: start.replicas } };
  const widened = Object.entries(services).map(([name, one]) => [name, { ...one, ...more }]);
  return checkSystem({ ...rest, services: Object.fromEntries(widened) }, file);
}

async function whyAlone(
  running: RunningSystem,
  replicas: number,
  events: readonly SystemEvent[],
  { stop, timers }: Pick<Surroundings, 'stop' | 'timers'>,
): Promise<string | null> {
  if (replicas === 1) return null;
  const grown = running.scale(serviceName, replicas).then(() => true);
  for (let waitedMs = 0; waitedMs < initLimits.secondReplicaMs; waitedMs += initLimits.lookMs) {
    if (await Promise.race([grown, timers.sleep(initLimits.lookMs, stop.asked).then(() => false)])) return null;
    const crash = events.find(({ kind }) => kind === 'replica-crashed');
    if (crash !== undefined) return crash.message;
  }
  return `the second was not healthy within ${initLimits.secondReplicaMs / 1000} s`;
}
