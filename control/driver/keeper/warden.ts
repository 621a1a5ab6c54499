/**
 * The keeper's work: starts processes, tells their output and their end, signals them on request; and when the channel closes, because
 * palier died, ends them all.
 */
import { rmSync } from 'node:fs';
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { Cgroups, GroupLimits } from '../cgroup/index.ts';
import { keeperDefaults } from '../options.ts';
import { type Child, startChild } from './child.ts';
import { type KeeperCommand, type KeeperMessage, runVariable } from './message.ts';
import { processEntry } from './process-table.ts';
import { endRemains } from './remains.ts';

export interface WardenSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  cgroups(trials: readonly GroupLimits[] | null): Cgroups;
  /** `sent` is called when the message has left this process. */
  tell(message: KeeperMessage, sent?: () => void): void;
  /** Ends this process. */
  leave(): void;
}

export interface Warden {
  hear(command: KeeperCommand): void;
  /** The channel has closed. */
  orphaned(): void;
}

export function createWarden(surroundings: WardenSurroundings): Warden {
  const { clock, timers, tell } = surroundings;
  const children = new Map<string, Child>();
  const guarded: { readonly pid: number; readonly startTicks: number | null }[] = [];
  let begun: { readonly run: string; readonly graceMs: number; readonly removeFile: string | null } | null = null;
  let cgroups: Cgroups | null = null;
  let ending = false;

  return {
    hear(command) {
      if (command.kind === 'begin') begin(command);
      else if (command.kind === 'launch' && cgroups !== null && begun !== null && !ending) {
        const around = { run: begun.run, cgroups, clock, timers, tell };
        const child = startChild(command, around, () => children.delete(command.id));
        if (child !== null) children.set(command.id, child);
      } else if (command.kind === 'signal') children.get(command.id)?.signal(command.signal);
      else if (command.kind === 'guard') {
        guarded.push({ pid: command.pid, startTicks: processEntry(command.pid)?.startTicks ?? null });
      } else if (command.kind === 'end') void end(command.graceMs, false);
    },
    orphaned: () => void end(begun?.graceMs ?? 0, true),
  };

  function begin(command: KeeperCommand & { readonly kind: 'begin' }): void {
    begun = command;
    cgroups = surroundings.cgroups(command.allotments);
    tell({ kind: 'ready', cgroup: cgroups.report });
  }

  async function end(graceMs: number, orphaned: boolean): Promise<void> {
    if (ending) return;
    ending = true;
    const trace = {
      groups: [...[...children.values()].flatMap((child) => child.trace.groups), ...(orphaned ? guarded : [])],
      marks: begun === null ? [] : [`${runVariable}=${begun.run}`],
      procsFiles: [...children.values()].flatMap((child) => child.trace.procsFiles),
    };
    for (const child of children.values()) child.leaveToOthers();
    await endRemains(trace, { ...keeperDefaults, graceMs }, { clock, timers });
    for (let tries = 0; tries < 20 && children.size > 0; tries++) await timers.sleep(keeperDefaults.pollMs);
    cgroups?.close();
    if (orphaned && begun?.removeFile != null) rmSync(begun.removeFile, { force: true });
    surroundings.leave();
  }
}
