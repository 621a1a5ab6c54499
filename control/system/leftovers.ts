/**
 * What a run left that was killed together with its keeper: found by its run file, ended, and told.
 */
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { System } from '@palier/protocol';
import { endRemains, isRunning, keeperDefaults, runVariable } from '../driver/index.ts';
import { systemRunDefaults } from './options.ts';
import { type RunFile, takeDeadRunFile } from './run-file.ts';

interface Time {
  readonly clock: Clock;
  readonly timers: Timers;
}

/** Ends them. Returns a sentence about what was found, or null when there was nothing. */
export async function endLeftovers(system: System, time: Time): Promise<string | null> {
  const dead = takeDeadRunFile(system);
  if (dead === null) return null;
  await waitForKeeper(dead, time);
  // Without the tick of its start a pid of yesterday may be anybody's.
  const groups = dead.groups.filter((group) => group.startTicks !== null);
  const trace = { groups, marks: [`${runVariable}=${dead.run}`], procsFiles: [] };
  const { found, left } = await endRemains(trace, keeperDefaults, time);
  if (found.length === 0) return null;
  const ended = found.length - left.length;
  const rest = left.length === 0 ? '' : ` ${left.length} could not be ended: ${left.join(', ')}.`;
  return `An earlier run of ${system.name} had been killed and had left ${found.length} processes; ${ended} were ended.${rest}`;
}

/** Its keeper may be at it this very moment. */
async function waitForKeeper({ keeper }: RunFile, { clock, timers }: Time): Promise<void> {
  if (keeper === null) return;
  const until = clock.monotonicMs() + systemRunDefaults.oldKeeperMs;
  while (isRunning(keeper.pid, keeper.startTicks) && clock.monotonicMs() < until) {
    await timers.sleep(keeperDefaults.pollMs);
  }
}
