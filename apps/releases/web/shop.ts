/** What the routes share: made once, where the service is put together, and handed to each of them. */
import type { Clock } from '@palier/base/clock';
import type { Entropy } from '@palier/base/entropy';
import type { Log } from '@palier/base/log';
import type { Timers } from '@palier/base/timers';
import type { Meters } from '@palier/kit/meter';
import type { Tokens } from '@palier/kit/token';
import type { LoginLimit } from '../auth/login-limit.ts';
import type { Passwords } from '../auth/passwords.ts';
import type { Figures } from '../dashboard/figures.ts';
import type { Database } from '../database/open.ts';
import type { PackQueue } from '../jobs/queue.ts';
import type { ReleasesOptions } from '../options.ts';
import type { SharedSettings } from '../settings/settings.ts';
import type { State } from '../state/open.ts';
import type { Storage } from '../storage/storage.ts';
import type { Rights } from '../users/rights.ts';
import type { DraftLimit } from '../wizard/draft-limit.ts';
import { createMemo, type MemoMaker } from './memo.ts';

export interface Shop {
  readonly options: ReleasesOptions;
  readonly db: Database;
  readonly state: Pick<State, 'ping'>;
  readonly storage: Storage;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly loginLimit: LoginLimit;
  readonly draftLimit: DraftLimit;
  readonly figures: Figures;
  readonly rights: Rights;
  readonly settings: SharedSettings;
  readonly meters: Meters;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly queue: PackQueue;
  readonly entropy: Entropy;
  readonly memo: MemoMaker;
}

/** `Shop.memo`. */
export function memoMaker(meters: Meters, clock: Clock): MemoMaker {
  const reads = meters.counter('cache_reads_total', 'Reads of the caches, by cache.', ['cache']);
  const hits = meters.counter('cache_hits_total', 'Reads answered from the cache, by cache.', ['cache']);
  return (name, options) => createMemo(options, clock, { reads: reads.of(name), hits: hits.of(name) });
}
