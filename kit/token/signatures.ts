/**
 * Which tokens are ours: each is checked once and remembered while it holds; callers with the same token at the same time share one check.
 * What is refused is not remembered, so that a flood of forged tokens fills nothing.
 *
 * A signature of ES256 or EdDSA is more work than the whole answer of a small route; a user sends the same token with each request.
 */
import { BoundedMap, type Held } from '@palier/base/bounded';
import { kitError } from '../errors.ts';
import { type AccessClaims, checkClaims, type Expected, longestLifeMs } from './claims.ts';
import { Checks, type CheckSurroundings } from './checks/checks.ts';
import { type RevokedKeys, revokedKeysOf } from './copies.ts';
import { type ReadKey, verifies } from './keys/token-keys.ts';

export interface SignatureOptions extends Expected {
  readonly maxTokenChars: number;
  readonly maxVerified: number;
  readonly maxVerifiedBytes: number;
  readonly maxVerifying: number;
}

/** A token that we signed: who calls, and where what is revoked of him lies. */
export interface Verified extends RevokedKeys, Held {
  readonly claims: AccessClaims;
}

/** An entry of the map, the claims and their texts, beside the token itself. */
const claimBytes = 1000;

export class Signatures {
  readonly #options: SignatureOptions;
  readonly #verified: BoundedMap<string, Verified>;
  readonly #verifying = new Map<string, Promise<Verified>>();
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true });
  readonly #checks: Checks;
  #keys: readonly ReadKey[] = [];
  /** How often the keys were replaced. */
  #turn = 0;
  #byHead: ReadonlyMap<string, ReadKey> = new Map();

  constructor(keys: readonly ReadKey[], options: SignatureOptions, around: CheckSurroundings) {
    this.#options = options;
    this.#checks = new Checks(around);
    this.#verified = new BoundedMap({ maxEntries: options.maxVerified, maxBytes: options.maxVerifiedBytes });
    this.replaceKeys(keys);
  }

  get counts(): { readonly verified: number; readonly verifiedBytes: number } {
    return { verified: this.#verified.size, verifiedBytes: this.#verified.bytes };
  }

  get keys(): readonly ReadKey[] {
    return this.#keys;
  }

  /** What is remembered goes, so that a key that was taken away is believed no more. */
  replaceKeys(keys: readonly ReadKey[]): void {
    this.#keys = keys;
    this.#checks.replaceKeys(keys.map(({ checking }) => checking));
    this.#byHead = new Map(keys.map((key) => [key.head, key]));
    this.#turn++;
    this.#verified.clear();
    this.#verifying.clear();
  }

  /** Signed by us, as was found before; that it holds still is for the caller to see. */
  remembered(token: string): Verified | undefined {
    const verified = this.#verified.get(token);
    if (verified !== undefined) verified.used = true;
    return verified;
  }

  /** Throws PALIER_TOKEN_REFUSED, PALIER_TOKEN_BUSY. */
  check(token: string, nowMs: () => number): Promise<Verified> {
    const under = this.#verifying.get(token);
    if (under !== undefined) return under;
    if (typeof token !== 'string' || token.length > this.#options.maxTokenChars) return Promise.reject(refused('size'));
    const key = this.#byHead.get(token.slice(0, Math.max(0, token.indexOf('.'))));
    if (key === undefined) return Promise.reject(refused('not a token of ours'));
    if (!verifies(key, this.#keys, nowMs(), this.#overlapMs)) return Promise.reject(refused('a key that is over'));
    if (this.#verifying.size >= this.#options.maxVerifying) {
      return Promise.reject(kitError('PALIER_TOKEN_BUSY', { most: this.#options.maxVerifying }));
    }
    const check = this.#check(token, key, nowMs);
    this.#verifying.set(token, check);
    return check;
  }

  close(): Promise<void> {
    return this.#checks.close();
  }

  /** The keys of JWKS: what still verifies, and what is about to sign. */
  published(nowMs: number): readonly ReadKey[] {
    return this.#keys.filter((key) => verifies(key, this.#keys, nowMs, this.#overlapMs));
  }

  /** The last token of a key may have been signed by a replica that was late, and holds for its whole life. */
  get #overlapMs(): number {
    return longestLifeMs(this.#options) + 2 * this.#options.toleranceMs;
  }

  async #check(token: string, key: ReadKey, nowMs: () => number): Promise<Verified> {
    const turn = this.#turn;
    let verified: Verified | undefined;
    try {
      // The algorithm is the key's: the header has been compared, byte by byte.
      if (!(await this.#checks.check(token, key.checking))) throw refused('signature');
      verified = this.#read(token, key, nowMs());
      return verified;
    } finally {
      // Not when the keys were replaced meanwhile.
      if (turn === this.#turn) {
        this.#verifying.delete(token);
        if (verified !== undefined) this.#verified.set(token, verified);
      }
    }
  }

  /** What a signed token says. */
  #read(token: string, key: ReadKey, nowMs: number): Verified {
    let payload: unknown;
    try {
      const bytes = Buffer.from(token.slice(key.head.length + 1, token.lastIndexOf('.')), 'base64url');
      payload = JSON.parse(this.#utf8.decode(bytes));
    } catch (error) {
      throw refused('claims', error);
    }
    if (payload === null || typeof payload !== 'object') throw refused('claims');
    const claims = checkClaims(payload as Readonly<Record<string, unknown>>, this.#options, nowMs);
    if (typeof claims === 'string') throw refused(claims);
    // Only now: the signature vouches for the user who chooses the shard.
    const { everyone, revocations } = revokedKeysOf(claims.user);
    // Twice the characters: what else the claims hold is part of the token.
    return { claims: frozen(claims), everyone, revocations, bytes: claimBytes + 2 * token.length, used: false };
  }
}

export function refused(reason: string, cause?: unknown): Error {
  return kitError('PALIER_TOKEN_REFUSED', { kind: 'access', reason }, { cause });
}

/** All requests with one token get the same object. What is frozen already is so to its end. */
function frozen<Value>(value: Value): Value {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
