/** Access tokens: JWT (RFC 7519) signed with HS256, good for a day on every replica that has the same secret. */
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

const issuer = 'palier-releases';
const algorithm = 'HS256';
const lifeSeconds = 24 * 60 * 60;

export function createTokens(secret: string, clock: Clock): Tokens {
  const key = createSecretKey(Buffer.from(secret, 'utf8'));
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
      try {
        const { payload } = await jwtVerify(token, key, {
          // Only ours: neither `none` nor a public key that passes for a secret.
          algorithms: [algorithm],
          issuer,
          requiredClaims: ['sub', 'exp', 'login'],
          currentDate: new Date(clock.epochMs()),
        });
        return { id: String(payload.sub), login: String(payload['login']) };
      } catch (error) {
        const reason = error instanceof errors.JWTExpired ? 'expired' : 'not signed by this service';
        throw releasesError('TOKEN_INVALID', { reason }, { cause: error });
      }
    },
  };
}
