/**
 * New drafts of an account, counted over all replicas: somebody who packs begins one in minutes, a script that has lost its way hundreds a second,
 * each of them a row that stays.
 */
import { openLimiter } from '@palier/kit/limit';
import type { Kv, StateSurroundings } from '@palier/kit/state';
import { releasesError } from '../errors.ts';

export interface DraftLimit extends AsyncDisposable {
  /** Counts one more. Throws DRAFTS_LIMITED. */
  begin(userId: string): Promise<void>;
}

/** `perMinute`: DRAFTS_PER_MINUTE, and as many at one moment after a pause. Throws PALIER_LIMIT_OPTION. */
export function openDraftLimit(kv: Kv, around: StateSurroundings, perMinute: number): DraftLimit {
  const limiter = openLimiter(kv, around, {
    name: 'drafts',
    limits: { account: { permits: perMinute, windowMs: 60_000 } },
    // While it cannot be told nobody is held up: a draft harms nobody.
    whenAway: 'open',
  });
  return {
    async begin(userId) {
      const decision = await limiter.take({ account: userId });
      if (decision.outcome !== 'limited') return;
      const retryAfterSeconds = Math.ceil(decision.retryAfterMs / 1000);
      throw releasesError('DRAFTS_LIMITED', { permits: perMinute, retryAfterSeconds });
    },
    [Symbol.asyncDispose]: () => limiter.close(),
  };
}
