/**
 * A refresh token: which user, which family, which turn, sealed (HMAC-SHA256), so that what it says is believed before any of it chooses a
 * shard, and a forged one asks nobody. To the client it is opaque.
 *
 * Nothing in it is random but the family: the token of a turn is always the same one, which makes a repeated answer cost no stored secret.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { kitError } from '../../errors.ts';
import { idPattern, isUser } from '../claims.ts';

export interface RefreshSecret {
  /** Letters, digits, `-` and `_`, at most 32. */
  readonly id: string;
  /** At least 32 bytes of the CSPRNG (`openssl rand -base64 32`). Text counts as its UTF-8. */
  readonly secret: string | Uint8Array;
}

export interface RefreshClaims {
  readonly user: string;
  readonly family: string;
  readonly turn: number;
}

export interface RefreshSeal {
  seal(claims: RefreshClaims): string;
  /** Undefined for anything that we did not seal. */
  open(token: string): RefreshClaims | undefined;
}

const maxChars = 512;
const maxSecrets = 16;
const label = 'palier.refresh.1';

/** The first secret seals, all open: put a new one first, and take the old one away when its last refresh token is over. */
export function refreshSeal(secrets: readonly RefreshSecret[]): RefreshSeal {
  if (secrets.length === 0 || secrets.length > maxSecrets) {
    throw wrong('all refresh secrets', `${secrets.length} secrets`, `1 to ${maxSecrets}`);
  }
  const keys = new Map<string, KeyObject>();
  for (const { id, secret } of secrets) {
    const bytes = typeof secret === 'string' ? Buffer.from(secret) : secret;
    if (!/^[\w-]{1,32}$/.test(id) || keys.has(id))
      throw wrong(id, 'such an id', 'an id of its own, letters and digits');
    if (bytes.length < 32) throw wrong(id, `a secret of ${bytes.length} bytes`, '32 or more');
    keys.set(id, createSecretKey(bytes));
  }
  const [first] = [...keys] as [[string, KeyObject]];
  return {
    seal({ user, family, turn }) {
      const text = [first[0], Buffer.from(user).toString('base64url'), family, turn].join('.');
      return `${text}.${mac(first[1], text)}`;
    },
    open(token) {
      if (token.length > maxChars) return undefined;
      const end = token.lastIndexOf('.');
      const key = keys.get(token.slice(0, token.indexOf('.')));
      if (end < 0 || key === undefined) return undefined;
      const [wanted, given] = [Buffer.from(mac(key, token.slice(0, end))), Buffer.from(token.slice(end + 1))];
      if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) return undefined;
      return parts(token.slice(0, end));
    },
  };
}

/** What was sealed; checked all the same, since a secret may be shared with something else by mistake. */
function parts(text: string): RefreshClaims | undefined {
  const [, userPart = '', family = '', turnPart = '', ...rest] = text.split('.');
  const user = Buffer.from(userPart, 'base64url').toString();
  const turn = Number(turnPart);
  if (rest.length > 0 || !isUser(user) || !idPattern.test(family) || !Number.isSafeInteger(turn) || turn < 1)
    return undefined;
  return { user, family, turn };
}

function mac(key: KeyObject, text: string): string {
  return createHmac('sha256', key).update(label).update('\0').update(text).digest('base64url');
}

function wrong(kid: string, found: string, expected: string): Error {
  return kitError('PALIER_TOKEN_KEY', { kid, found, expected });
}
