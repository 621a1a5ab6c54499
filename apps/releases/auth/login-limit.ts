/**
 * Logins that failed, counted over all replicas: of an account, and of a client's true address. Who logs in rightly is not counted, however
 * often; who fails too often is refused before anything is hashed, the right password included.
 *
 * An attempt takes its permission before it is checked and gets it back when it was right, so that guesses made at the same time cannot
 * exceed the limit together.
 */
import { type AddressedRequest, clientAddresses, openLimiter } from '@palier/kit/limit';
import type { Kv, StateSurroundings } from '@palier/kit/state';
import { releasesError } from '../errors.ts';

export interface LoginLimitOptions {
  /** Within 15 minutes, and as many at one moment after a pause. */
  readonly failuresPerAccount: number;
  /** The same of one address: an office or a school may share one. */
  readonly failuresPerAddress: number;
  /** The proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

export interface LoginLimit extends AsyncDisposable {
  /**
   * What `check` says. Only `false` counts; when `check` throws, nothing was tried. Throws LOGIN_LIMITED, and STATE_AWAY when it cannot be
   * told.
   */
  attempt(request: AddressedRequest, account: string, check: () => Promise<boolean>): Promise<boolean>;
}

const windowMs = 15 * 60 * 1000;

/** Throws PALIER_LIMIT_OPTION. */
export function openLoginLimit(kv: Kv, around: StateSurroundings, options: LoginLimitOptions): LoginLimit {
  const { failuresPerAccount, failuresPerAddress, trustedProxies } = options;
  const addressOf = clientAddresses({ trusted: trustedProxies });
  const limiter = openLimiter(kv, around, {
    name: 'login',
    limits: {
      address: { permits: failuresPerAddress, windowMs },
      account: { permits: failuresPerAccount, windowMs },
    },
  });
  return {
    async attempt(request, account, check) {
      const decision = await limiter.take({ address: addressOf(request), account });
      if (decision.outcome === 'unavailable') throw releasesError('STATE_AWAY', {});
      if (decision.outcome === 'limited') {
        throw releasesError('LOGIN_LIMITED', { retryAfterSeconds: Math.ceil(decision.retryAfterMs / 1000) });
      }
      let failed = false;
      try {
        failed = !(await check());
        return !failed;
      } finally {
        // What cannot be given back comes back by time.
        if (!failed) await limiter.refund(decision).catch(() => {});
      }
    },
    [Symbol.asyncDispose]: () => limiter.close(),
  };
}
