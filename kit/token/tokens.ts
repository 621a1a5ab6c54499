/**
 * Access and refresh tokens that any replica issues, believes and revokes.
 *
 * The signature comes first; only what it vouches for chooses a shard and asks the state. A validation that finds its token and its user's copy
 * here asks nobody.
 */
import { type JWK, SignJWT } from 'jose';
import type { Entropy } from '@palier/base/entropy';
import type { Log } from '@palier/base/log';
import { kitError } from '../errors.ts';
import type { CopyCounts, Kv, StateSurroundings } from '../state/index.ts';
import { type AccessClaims, idPattern, isOver, isUser, longestLifeMs, payloadOf } from './claims.ts';
import { everyoneKey, keysOf, partitions, RevokedCopies } from './copies.ts';
import { EngineTime } from './engine-time.ts';
import { type RefreshClaims, type RefreshSeal, type RefreshSecret, refreshSeal } from './keys/refresh-token.ts';
import { readKeys, signingKey, type TokenKey } from './keys/token-keys.ts';
import { type CheckedTokenOptions, checkedTokenOptions, type TokenOptions } from './options.ts';
import { engineNow, openFamily, type Opened, revoke, revokeAll, rotateFamily } from './stored/procedures.ts';
import { familyName, tokenName } from './stored/revocation.ts';
import { refused, Signatures, type Verified } from './signatures.ts';

export interface TokenSecrets {
  readonly accessKeys: readonly TokenKey[];
  readonly refreshSecrets: readonly RefreshSecret[];
}

export interface TokenSurroundings extends StateSurroundings {
  /** Of the ids of logins and tokens. */
  readonly entropy: Entropy;
}

/** What a client gets. Times are the engine's. */
export interface TokenPair {
  readonly user: string;
  readonly family: string;
  readonly accessToken: string;
  readonly accessExpiresAtMs: number;
  readonly refreshToken: string;
  readonly refreshExpiresAtMs: number;
}

export interface TokenCounts {
  /** Tokens remembered as verified, and what they take. */
  readonly verified: number;
  readonly verifiedBytes: number;
  /** Of what is revoked: two for a user, but one of the two shared by many. */
  readonly copies: CopyCounts;
}

export interface Tokens extends AsyncDisposable {
  /** After a login. Throws PALIER_TOKEN_USER, and what the state throws. */
  open(user: string): Promise<TokenPair>;
  /**
   * The next pair for a refresh token; within the grace the same refresh token again. One that is over ends its family. Throws
   * PALIER_TOKEN_REFUSED, and what the state throws: then the same call can be made again.
   */
  refresh(refreshToken: string): Promise<TokenPair>;
  /** Who calls. Throws PALIER_TOKEN_REFUSED; PALIER_TOKEN_UNAVAILABLE when it cannot be told; PALIER_TOKEN_BUSY. */
  validate(accessToken: string): Promise<AccessClaims>;
  /** This access token alone. */
  revokeToken(claims: Pick<AccessClaims, 'user' | 'id'>): Promise<void>;
  /** One login: its refresh token and all access tokens from it. */
  revokeFamily(claims: Pick<AccessClaims, 'user' | 'family'>): Promise<void>;
  /** The login that a refresh token belongs to (RFC 7009); one that is not ours is none to revoke. */
  revokeRefresh(refreshToken: string): Promise<void>;
  /** All tokens that the user has, of either kind. */
  revokeUser(user: string): Promise<void>;
  /** All tokens of all users. When it fails, some may be revoked and others not: repeat it. */
  revokeEveryone(): Promise<void>;
  /** The public keys, for others that verify our signatures (RFC 7517); they do not see revocations. */
  jwks(): { readonly keys: readonly JWK[] };
  /** Other access keys from now on. A key that is missing is believed no more, at once. Throws PALIER_TOKEN_KEY. */
  replaceKeys(keys: readonly TokenKey[]): void;
  readonly counts: TokenCounts;
  /** Lets the copies go; the kv is the caller's. */
  close(): Promise<void>;
}

/** Revocations are written side by side, so many at once. */
const maxAtOnce = 32;
/** What a revocation is remembered for beyond the life of a token. */
const marginMs = 60_000;

/** Asks nothing yet: the first call does. Throws PALIER_TOKEN_OPTION, PALIER_TOKEN_KEY. */
export function createTokens(kv: Kv, secrets: TokenSecrets, around: TokenSurroundings, options: TokenOptions): Tokens {
  return new SharedTokens(kv, secrets, around, checkedTokenOptions(options));
}

class SharedTokens implements Tokens {
  readonly #kv: Kv;
  readonly #entropy: Entropy;
  readonly #log: Log;
  readonly #options: CheckedTokenOptions;
  readonly #signatures: Signatures;
  readonly #seal: RefreshSeal;
  readonly #copies: RevokedCopies;
  readonly #time: EngineTime;
  readonly #now = (): number => this.#time.nowMs();

  constructor(kv: Kv, secrets: TokenSecrets, around: TokenSurroundings, options: CheckedTokenOptions) {
    this.#kv = kv;
    this.#entropy = around.entropy;
    this.#log = around.log;
    this.#options = options;
    this.#signatures = new Signatures(readKeys(secrets.accessKeys), options, around);
    this.#seal = refreshSeal(secrets.refreshSecrets);
    this.#copies = new RevokedCopies(kv, around, options);
    this.#time = new EngineTime(around.clock, () =>
      kv.run(engineNow, [everyoneKey(0)], [], { timeoutMs: options.readTimeoutMs }),
    );
  }

  async open(user: string): Promise<TokenPair> {
    if (!isUser(user)) throw kitError('PALIER_TOKEN_USER', {});
    const extra = await this.#options.claims(user);
    const { refreshLifeMs, refreshIdleMs, maxFamilies } = this.#options;
    const [family, keys] = [this.#newId(), keysOf(user)];
    const opened = await this.#kv.run(
      openFamily,
      [keys.everyone, keys.revocations, keys.families],
      [family, refreshLifeMs, refreshIdleMs, maxFamilies],
      this.#options.lasting,
    );
    return this.#pair({ user, family, turn: 1 }, opened, extra);
  }

  async refresh(refreshToken: string): Promise<TokenPair> {
    const asked = typeof refreshToken === 'string' ? this.#seal.open(refreshToken) : undefined;
    if (asked === undefined) throw refusedRefresh('not a token of ours');
    const { user, family, turn } = asked;
    // Before the turn: when the service cannot tell its claims, nothing has happened.
    const extra = await this.#options.claims(user);
    const { refreshGraceMs, refreshIdleMs, maxRevoked } = this.#options;
    const keys = keysOf(user);
    const rotated = await this.#kv.run(
      rotateFamily,
      [keys.everyone, keys.revocations, keys.families],
      [family, turn, refreshGraceMs, refreshIdleMs, this.#keepMs, maxRevoked],
      this.#options.lasting,
    );
    if (rotated.outcome === 'reused') {
      this.#log('warn', 'a refresh token was used again: its login is ended', { user, family, turn });
    }
    if (rotated.outcome !== 'rotated' && rotated.outcome !== 'repeated') throw refusedRefresh(rotated.outcome);
    return this.#pair({ user, family, turn: rotated.turn }, rotated, extra);
  }

  validate(accessToken: string): Promise<AccessClaims> {
    const verified = this.#signatures.remembered(accessToken);
    const isRevoked = verified && this.#copies.peek(verified.claims, verified);
    if (verified === undefined || isRevoked === undefined) return this.#validateAsking(accessToken, verified);
    try {
      return Promise.resolve(this.#judged(verified.claims, isRevoked));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  revokeToken({ user, id }: Pick<AccessClaims, 'user' | 'id'>): Promise<void> {
    return this.#revoke(user, tokenName(checkedId(id)));
  }

  revokeFamily({ user, family }: Pick<AccessClaims, 'user' | 'family'>): Promise<void> {
    return this.#revoke(user, familyName(checkedId(family)));
  }

  async revokeRefresh(refreshToken: string): Promise<void> {
    const claims = typeof refreshToken === 'string' ? this.#seal.open(refreshToken) : undefined;
    if (claims !== undefined) await this.revokeFamily(claims);
  }

  revokeUser(user: string): Promise<void> {
    return this.#revoke(user, 'all');
  }

  async revokeEveryone(): Promise<void> {
    const keepMs = this.#options.refreshLifeMs + this.#keepMs;
    for (let first = 0; first < partitions; first += maxAtOnce) {
      const tags = Array.from({ length: Math.min(maxAtOnce, partitions - first) }, (_, at) => first + at);
      await Promise.all(
        tags.map((tag) => this.#kv.run(revokeAll, [everyoneKey(tag)], [keepMs], this.#options.lasting)),
      );
    }
  }

  jwks(): { readonly keys: readonly JWK[] } {
    const keys = this.#signatures.published(this.#time.nowMs());
    return { keys: keys.flatMap(({ published }) => published ?? []) };
  }

  replaceKeys(keys: readonly TokenKey[]): void {
    this.#signatures.replaceKeys(readKeys(keys));
  }

  get counts(): TokenCounts {
    return { ...this.#signatures.counts, copies: this.#copies.counts };
  }

  async close(): Promise<void> {
    await Promise.all([this.#signatures.close(), this.#copies.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #keepMs(): number {
    return longestLifeMs(this.#options) + marginMs;
  }

  async #validateAsking(accessToken: string, remembered: Verified | undefined): Promise<AccessClaims> {
    if (!this.#time.known) await this.#time.learn();
    const verified = remembered ?? (await this.#signatures.check(accessToken, this.#now));
    const { claims } = verified;
    return this.#judged(claims, this.#copies.peek(claims, verified) ?? (await this.#copies.ask(claims, verified)));
  }

  /** Of a token that is ours: whether it holds now. The same for a remembered one and a new one, after all waiting. */
  #judged(claims: AccessClaims, isRevoked: boolean): AccessClaims {
    if (isOver(claims.expiresAtMs, this.#time.nowMs())) throw refused('expired');
    if (isRevoked) throw refused('revoked');
    return claims;
  }

  /** 128 bits. */
  #newId(): string {
    return this.#entropy(16).toString('base64url');
  }

  async #revoke(user: string, what: string): Promise<void> {
    if (!isUser(user)) throw kitError('PALIER_TOKEN_USER', {});
    const keys = keysOf(user);
    const { maxRevoked, lasting } = this.#options;
    await this.#kv.run(revoke, [keys.revocations, keys.families], [what, this.#keepMs, maxRevoked], lasting);
  }

  async #pair(refresh: RefreshClaims, issued: Opened, extra: AccessClaims['extra']): Promise<TokenPair> {
    const { accessLifeMs } = this.#options;
    const issuedAtMs = wholeSecond(issued.nowMs);
    // Not beyond its login, at least a second.
    const expiresAtMs = Math.max(issuedAtMs + 1000, Math.min(issuedAtMs + accessLifeMs, wholeSecond(issued.untilMs)));
    const { user, family } = refresh;
    const { generation } = issued;
    const claims: AccessClaims = { user, family, id: this.#newId(), issuedAtMs, expiresAtMs, generation, extra };
    const key = signingKey(this.#signatures.keys, issued.nowMs);
    if (key?.signing === undefined) {
      throw kitError('PALIER_TOKEN_KEY', { kid: 'all keys', found: 'none that signs now', expected: 'one that does' });
    }
    const accessToken = await new SignJWT(payloadOf(claims, this.#options))
      .setProtectedHeader({ alg: key.algorithm, typ: 'at+jwt', kid: key.kid })
      .sign(key.signing);
    const refreshToken = this.#seal.seal(refresh);
    return {
      user,
      family,
      accessToken,
      accessExpiresAtMs: expiresAtMs,
      refreshToken,
      refreshExpiresAtMs: issued.untilMs,
    };
  }
}

function checkedId(id: string): string {
  if (idPattern.test(id)) return id;
  throw kitError('PALIER_TOKEN_USER', {});
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

function refusedRefresh(reason: string): Error {
  return kitError('PALIER_TOKEN_REFUSED', { kind: 'refresh', reason });
}
