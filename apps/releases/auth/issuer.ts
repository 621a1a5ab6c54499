/**
 * The tokens of this service: kit/token with our keys, names and lives. Any replica with the same secret and the same state issues, believes
 * and revokes them.
 */
import { createHash, hkdfSync } from 'node:crypto';
import type { Kv } from '@palier/kit/state';
import { createTokens, type Tokens, type TokenSecrets, type TokenSurroundings } from '@palier/kit/token';
import type { Database } from '../database/open.ts';
import { releasesError } from '../errors.ts';

export interface IssuerOptions {
  /** JWT_SECRET. */
  readonly secret: string;
  readonly accessLifeMs: number;
}

/** `iss` and `aud`: this service issues for itself alone. */
const tokenNames = { issuer: 'palier-releases', audience: 'palier-releases' } as const;

/** A token tells the login of its account; an account that is gone is issued none (REFRESH_INVALID). */
export function openTokens(
  kv: Kv,
  db: Pick<Database, 'query'>,
  { secret, accessLifeMs }: IssuerOptions,
  around: TokenSurroundings,
): Tokens {
  return createTokens(kv, tokenSecrets(secret), around, {
    ...tokenNames,
    accessLifeMs,
    claims: async (id) => {
      const user = await db.query.selectFrom('users').select('login').where('id', '=', id).executeTakeFirst();
      if (user === undefined) throw releasesError('REFRESH_INVALID', {});
      return { login: user.login };
    },
  });
}

/**
 * Two keys of one secret (HKDF, RFC 5869), so that what seals refresh tokens never signs an access token. HS256: nobody else verifies them,
 * and it is the quickest to check. A key's id comes from the key: another secret never has the same.
 */
export function tokenSecrets(secret: string): TokenSecrets {
  const [access, refresh] = [derived(secret, 'access'), derived(secret, 'refresh')];
  return {
    accessKeys: [{ kid: idOf(access), algorithm: 'HS256', jwk: { kty: 'oct', k: access.toString('base64url') } }],
    refreshSecrets: [{ id: idOf(refresh), secret: refresh.toString('base64url') }],
  };
}

function derived(secret: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `palier releases ${purpose} tokens`, 32));
}

function idOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 10);
}
