/** The simulator of Helix as a process, for the application's own development set-up and its tests. */
import { systemSurroundings } from '@palier/base/surroundings';
import { openGrants } from './grants.ts';
import { readHelixOptions } from './options.ts';
import { buildHelix } from './server.ts';
import { makeWorld } from './world/world.ts';

const { clock, timers } = systemSurroundings();
try {
  const options = readHelixOptions(process.env);
  const app = buildHelix({
    world: makeWorld(options),
    grants: openGrants(options.clientSecret),
    options,
    clock,
    timers,
  });
  const url = await app.listen({ port: options.port, host: options.host });
  process.stdout.write(`${JSON.stringify({ message: 'Listening', url })}\n`);
  for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => void app.close());
} catch (error) {
  const { message, hint } = error as Error & { hint?: string };
  process.stderr.write(`${message}${hint === undefined ? '' : ` ${hint}`}\n`);
  process.exitCode = 1;
}
