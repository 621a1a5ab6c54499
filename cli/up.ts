/**
 * `palier up`: runs the system until it is asked to stop.
 */
import { once } from 'node:events';
import { runSystem } from '@palier/control/system';
import type { Arguments } from './arguments.ts';
import { readConfig } from './config.ts';
import { startShow } from './picture/index.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';
import { systemSurroundings } from './system-surroundings.ts';

export async function up(
  args: Extract<Arguments, { command: 'up' | 'doctor' }>,
  surroundings: Surroundings,
): Promise<number> {
  const { screen, stop } = surroundings;
  const { system } = await readConfig(args.config, surroundings);
  const show = startShow(system.name, system.services, screen);
  try {
    const running = await runSystem(system, systemSurroundings(surroundings, show, null));
    try {
      const urls = Object.entries(running.urls);
      const width = Math.max(0, ...urls.map(([name]) => name.length));
      show.print(...urls.map(([name, url]) => `${name.padEnd(width)}  ${url}`), ...running.conditions.allotments);
      show.tell({ kind: 'up', note: 'running; Ctrl-C stops it' });
      const unwatch = running.watch({
        onSample: (sample) => show.tell({ kind: 'sample', sample }),
      });
      const failure = await Promise.race([running.failed, asked(stop.asked)]);
      unwatch();
      if (failure instanceof Error) throw failure;
    } finally {
      show.tell({ kind: 'finishing', note: 'stopping the system' });
      await running.stop();
    }
  } finally {
    show.end();
  }
  return exitStatus.pass;
}

async function asked(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
}
