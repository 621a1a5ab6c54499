/** Opens what the routes share, as the options say: the service does it at its start, a test in its own process. */
import { mkdir } from 'node:fs/promises';
import { createMeters, type Meters, meterProcess } from '@palier/kit/meter';
import type { StateSurroundings } from '@palier/kit/state';
import type { TokenSurroundings } from '@palier/kit/token';
import { openTokens } from '../auth/issuer.ts';
import { openLoginLimit } from '../auth/login-limit.ts';
import { createPasswords } from '../auth/passwords.ts';
import { openFigures } from '../dashboard/figures.ts';
import { type Database, openDatabase } from '../database/open.ts';
import { openPackQueue } from '../jobs/queue.ts';
import { packHandlers } from '../jobs/work.ts';
import type { ReleasesOptions } from '../options.ts';
import { openSettings } from '../settings/settings.ts';
import { openState } from '../state/open.ts';
import { openFolderStorage } from '../storage/folder.ts';
import { openRights } from '../users/rights.ts';
import { removeStrays } from '../wizard/create.ts';
import { openDraftLimit } from '../wizard/draft-limit.ts';
import { memoMaker, type Shop } from './shop.ts';

/** `opening` closes it, the last first. Throws what its parts throw at their opening. */
export async function openShop(
  options: ReleasesOptions,
  around: TokenSurroundings,
  opening: AsyncDisposableStack,
): Promise<Shop> {
  const { clock, log } = around;
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
  const queue = opening.use(
    await openPackQueue(db.sql, around, { bus: state.bus, meters, leaseMs: options.packLeaseMs }),
  );
  const shop: Shop = {
    options,
    entropy: around.entropy,
    db,
    state,
    storage,
    passwords: createPasswords({ parallel: 2, maxWaiting: 200 }),
    tokens: opening.use(openTokens(state.kv, db, issuer, around)),
    loginLimit: opening.use(openLoginLimit(state.kv, around, options)),
    draftLimit: opening.use(openDraftLimit(state.kv, around, options.draftsPerMinute)),
    figures: opening.use(await openFigures(db, state.bus, memo)),
    rights: opening.use(await openRights(db, state.bus, memo)),
    settings: opening.use(await openSettings(db, state.bus, memo)),
    meters,
    clock,
    timers: around.timers,
    log,
    queue,
    memo,
  };
  if (options.packers > 0) opening.use(await queue.work(packHandlers(shop), { concurrency: options.packers }));
  return shop;
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
