/** The service: reads its options from the environment, serves until SIGTERM or SIGINT, then finishes what it has begun. */
import { randomBytes } from 'node:crypto';
import { systemClock } from '@palier/base/clock';
import { jsonLog, type Log } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { createMeters, meterProcess } from '@palier/kit/meter';
import type { FastifyInstance } from 'fastify';
import { createPasswords } from './auth/passwords.ts';
import { createTokens } from './auth/tokens.ts';
import { openDatabase } from './database/open.ts';
import { releasesError } from './errors.ts';
import { readOptions, type ReleasesOptions } from './options.ts';
import { openFolderStorage } from './storage/folder.ts';
import { buildServer } from './web/server.ts';
import { memoMaker } from './web/shop.ts';
import { removeStrays } from './wizard/create.ts';

const clock = systemClock();
const timers = systemTimers();
const log = jsonLog((line) => process.stdout.write(line), clock);

try {
  await serve(readOptions(process.env), log);
} catch (error) {
  const { message, hint } = error as Error & { hint?: string };
  log('error', message, { hint, code: (error as { code?: string }).code });
  process.exitCode = 1;
}

async function serve(options: ReleasesOptions, log: Log): Promise<void> {
  const meters = createMeters();
  const watching = meterProcess(meters, clock);
  const queries = meters.counter('db_queries_total', 'Statements sent to the database.').of();
  const locked = meters
    .counter('db_locked_total', 'Statements that found the database locked and were tried again.')
    .of();
  const db = await openDatabase(
    {
      url: options.databaseUrl,
      timeoutMs: options.databaseTimeoutMs,
      connections: options.databaseConnections,
      replicas: options.replicas,
    },
    {
      clock,
      timers,
      random: seededRandom(process.pid),
      log,
      onQuery: () => queries.add(),
      onLocked: () => locked.add(),
    },
  );
  if (options.jwtSecret === null) {
    log('warn', 'JWT_SECRET is not set: tokens are good for this process only, and end with it');
  }
  const storage = await openFolderStorage(options.uploadFolder, clock);
  const strays = await removeStrays({ db, storage });
  if (strays > 0) log('info', 'Removed files that no release names', { strays });
  const server = await buildServer(
    {
      options,
      db,
      storage,
      passwords: createPasswords({ parallel: 2, maxWaiting: 200 }),
      tokens: createTokens(options.jwtSecret ?? randomBytes(32).toString('hex'), clock),
      meters,
      clock,
      memo: memoMaker(meters, clock),
    },
    log,
  );
  const url = await listen(server.app, options);
  log('info', 'Listening', { url, pid: process.pid });

  const stop = once(async (signal: string) => {
    log('info', 'Leaving', { signal });
    await server.drain.leave(options.drainMs, timers);
    watching.close();
    await db.close();
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
