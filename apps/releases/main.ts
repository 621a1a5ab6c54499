/** The service: reads its options from the environment, serves until SIGTERM or SIGINT, then finishes what it has begun. */
import { mkdir } from 'node:fs/promises';
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { jsonLog, type Log } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { createMeters, type Meters, meterProcess } from '@palier/kit/meter';
import type { StateSurroundings } from '@palier/kit/state';
import type { FastifyInstance } from 'fastify';
import { openTokens } from './auth/issuer.ts';
import { openLoginLimit } from './auth/login-limit.ts';
import { createPasswords } from './auth/passwords.ts';
import { openFigures } from './dashboard/figures.ts';
import { type Database, openDatabase } from './database/open.ts';
import { releasesError } from './errors.ts';
import { readOptions, type ReleasesOptions } from './options.ts';
import { openState } from './state/open.ts';
import { openFolderStorage } from './storage/folder.ts';
import { buildServer } from './web/server.ts';
import { memoMaker, type Shop } from './web/shop.ts';
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
  // What was opened is closed again when the start fails.
  await using opening = new AsyncDisposableStack();
  const server = await buildServer(await openShop(options, opening), log, timers);
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

/** Opens what the routes share; `opening` closes it, the last first. */
async function openShop(options: ReleasesOptions, opening: AsyncDisposableStack): Promise<Shop> {
  const around = { clock, timers, random: seededRandom(process.pid), entropy: systemEntropy(), log };
  const meters = createMeters();
  opening.adopt(meterProcess(meters, clock), (watching) => watching.close());
  await mkdir(options.dataFolder, { recursive: true });
  const db = opening.adopt(await openMeteredDatabase(options, around, meters), (database) => database.close());
  const state = opening.use(await openState(options.stateUrl, around));
  if (options.jwtSecret === null) {
    log('warn', 'JWT_SECRET is not set: tokens are good for this process only, and end with it');
  }
  const issuer = {
    secret: options.jwtSecret ?? around.entropy(32).toString('hex'),
    accessLifeMs: options.accessLifeMs,
  };
  const memo = memoMaker(meters, clock);
  const storage = await openFolderStorage(options.uploadFolder, clock);
  const strays = await removeStrays({ db, storage });
  if (strays > 0) log('info', 'Removed files that no release names', { strays });
  return {
    options,
    db,
    state,
    storage,
    passwords: createPasswords({ parallel: 2, maxWaiting: 200 }),
    tokens: opening.use(openTokens(state.kv, db, issuer, around)),
    loginLimit: opening.use(openLoginLimit(state.kv, around, options)),
    figures: opening.use(await openFigures(db, state.bus, memo)),
    meters,
    clock,
    memo,
  };
}

function openMeteredDatabase(options: ReleasesOptions, around: StateSurroundings, meters: Meters): Promise<Database> {
  const queries = meters.counter('db_queries_total', 'Statements sent to the database.').of();
  const locked = meters
    .counter('db_locked_total', 'Statements that found the database locked and were tried again.')
    .of();
  return openDatabase(
    {
      url: options.databaseUrl,
      timeoutMs: options.databaseTimeoutMs,
      connections: options.databaseConnections,
      replicas: options.replicas,
    },
    { ...around, onQuery: () => queries.add(), onLocked: () => locked.add() },
  );
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
