/** The service: reads its options from the environment, serves until SIGTERM or SIGINT, then finishes what it has begun. */
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { jsonLog, type Log } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import type { FastifyInstance } from 'fastify';
import { releasesError } from './errors.ts';
import { readOptions, type ReleasesOptions } from './options.ts';
import { openShop } from './web/open.ts';
import { buildServer } from './web/server.ts';

const clock = systemClock();
const timers = systemTimers();
const log = jsonLog((line) => process.stdout.write(line), clock);
const around = { clock, timers, random: seededRandom(process.pid), entropy: systemEntropy(), log };

try {
  await serve(readOptions(process.env), log);
} catch (error) {
  const { message, hint } = error as Error & { hint?: string };
  log('error', message, { hint, code: (error as { code?: string }).code });
  process.exitCode = 1;
}

async function serve(options: ReleasesOptions, log: Log): Promise<void> {
  // What was opened is closed again when the start fails.
  await using opening = new AsyncDisposableStack();
  const server = await buildServer(await openShop(options, around, opening), log, timers);
  const url = await listen(server.app, options);
  log('info', 'Listening', { url, pid: process.pid });

  const opened = opening.move();
  const stop = once(async (signal: string) => {
    log('info', 'Leaving', { signal });
    await server.drain.leave(options.drainMs);
    await server.app.close();
    await opened.disposeAsync();
    log('info', 'Left');
  });
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function listen(app: FastifyInstance, { port, host }: ReleasesOptions): Promise<string> {
  try {
    return await app.listen({ port, host });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw releasesError('OPTION', { option: 'PORT', is: port, expected: 'a port that no other program uses' });
  }
}

function once(run: (signal: string) => Promise<void>): (signal: string) => void {
  let begun = false;
  return (signal) => {
    if (begun) return;
    begun = true;
    void run(signal);
  };
}
