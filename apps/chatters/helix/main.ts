/** The simulator of Helix as a process, for the application's own development set-up and its tests. */
import { jsonLog } from '@palier/base/log';
import { systemSurroundings } from '@palier/base/surroundings';
import { listenOn } from '../web/process.ts';
import { openGrants } from './grants.ts';
import { readHelixOptions } from './options.ts';
import { buildHelix } from './server.ts';
import { makeWorld } from './world/world.ts';

const around = systemSurroundings();
const { clock, timers } = around;
try {
  const options = readHelixOptions(process.env);
  const app = buildHelix({
    world: makeWorld(options),
    grants: openGrants(options.clientSecret),
    options,
    clock,
    timers,
  });
  const write = (line: string): void => void process.stdout.write(line);
  await listenOn(app, options, { around: { ...around, log: jsonLog(write, clock) } });
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void app.close());
} catch (error) {
  const { message, hint } = error as Error & { hint?: string };
  process.stderr.write(`${message}${hint === undefined ? '' : ` ${hint}`}\n`);
  process.exitCode = 1;
}
