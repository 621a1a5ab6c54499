/**
 * Access tokens: JWT (RFC 7519) signed with HS256, good for a day on every replica that has the same secret.
 *
 * A user sends the same token with each request for a day. Checking its signature is a trip to a thread and back, a third of the work of a
 * small answer; what was checked once is therefore remembered, by the whole token, until it expires.
 */
import { createSecretKey } from 'node:crypto';
import type { Clock } from '@palier/base/clock';
import { errors, jwtVerify, SignJWT } from 'jose';
import { releasesError } from '../errors.ts';

/** Who calls. */
export interface Caller {
  readonly id: string;
  readonly login: string;
}

export interface Tokens {
  /** How long a token is good for. */
  readonly lifeSeconds: number;
  sign(caller: Caller): Promise<string>;
  /** Throws TOKEN_INVALID for anything but a token of ours that has not expired. */
  verify(token: string): Promise<Caller>;
}

interface Verified {
  readonly caller: Caller;
  readonly expiresAtSeconds: number;
}

const issuer = 'palier-releases';
const algorithm = 'HS256';
const lifeSeconds = 24 * 60 * 60;
/** Only tokens that were found good are remembered, so no stranger fills this: 10 000 users at one replica, 4 MB. */
const maxRemembered = 10_000;
/** Ours have less than 300; the same one written at more length is checked each time. */
const maxRememberedChars = 512;

export function createTokens(secret: string, clock: Clock, remembered: number = maxRemembered): Tokens {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
  const verified = new Map<string, Verified>();

  /** From the signature. */
  const check = async (token: string): Promise<Verified> => {
    try {
      const { payload } = await jwtVerify(token, key, {
        // Only ours: neither `none` nor a public key that passes for a secret.
        algorithms: [algorithm],
        issuer,
        requiredClaims: ['sub', 'exp', 'login'],
        currentDate: new Date(clock.epochMs()),
      });
      const caller = { id: String(payload.sub), login: String(payload['login']) };
      return { caller, expiresAtSeconds: Number(payload.exp) };
    } catch (error) {
      const reason = error instanceof errors.JWTExpired ? 'expired' : 'not signed by this service';
      throw releasesError('TOKEN_INVALID', { reason }, { cause: error });
    }
  };

  return {
    lifeSeconds,
    sign({ id, login }) {
      const nowSeconds = Math.floor(clock.epochMs() / 1000);
      return new SignJWT({ login })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
        .setIssuer(issuer)
        .setSubject(id)
        .setIssuedAt(nowSeconds)
        .setExpirationTime(nowSeconds + lifeSeconds)
        .sign(key);
    },
    async verify(token) {
      const known = verified.get(token);
      // As jose says it: a token is expired from the second of its `exp` on.
      if (known !== undefined && clock.epochMs() / 1000 < known.expiresAtSeconds) return known.caller;
      verified.delete(token);
      const fresh = await check(token);
      if (token.length > maxRememberedChars) return fresh.caller;
      if (verified.size >= remembered) verified.delete(verified.keys().next().value as string);
      verified.set(token, fresh);
      return fresh.caller;
    },
  };
}
