/** What the routes share: made once, where the service is put together, and handed to each of them. */
import type { Clock } from '@palier/base/clock';
import type { Meters } from '@palier/kit/meter';
import type { Passwords } from '../auth/passwords.ts';
import type { Tokens } from '../auth/tokens.ts';
import type { Database } from '../database/open.ts';
import type { ReleasesOptions } from '../options.ts';
import type { Storage } from '../storage/storage.ts';
import { createMemo, type Memo, type MemoOptions } from './memo.ts';

export interface Shop {
  readonly options: ReleasesOptions;
  readonly db: Database;
  readonly storage: Storage;
  readonly passwords: Passwords;
  readonly tokens: Tokens;
  readonly meters: Meters;
  readonly clock: Clock;
  /** A memory whose reads and hits are metered under `name`. */
  readonly memo: <Value>(name: string, options: MemoOptions) => Memo<Value>;
}

/** `Shop.memo`. */
export function memoMaker(meters: Meters, clock: Clock): Shop['memo'] {
  const reads = meters.counter('cache_reads_total', 'Reads of the caches, by cache.', ['cache']);
  const hits = meters.counter('cache_hits_total', 'Reads answered from the cache, by cache.', ['cache']);
  return (name, options) => createMemo(options, clock, { reads: reads.of(name), hits: hits.of(name) });
}
