/**
 * What is revoked, as this replica knows it: copies that the engine takes back when somebody revokes, so that a validation asks nobody.
 *
 * A copy is what the engine held at some moment of the last `freshMs`, whatever network and server do; while all is well, of the last few
 * milliseconds. Only while the engine does not answer, and only if `staleMs` says so, one is believed that was true within that time.
 */
import { hash } from 'node:crypto';
import { kitError } from '../errors.ts';
import { type Copies, type CopyCounts, type Kv, keyOf, openCopies, type StateSurroundings } from '../state/index.ts';
import type { AccessClaims } from './claims.ts';
import { readRevoked } from './stored/procedures.ts';
import { type Revocations, refuses } from './stored/revocation.ts';

export interface CopySettings {
  readonly freshMs: number;
  readonly staleMs: number;
  readonly readTimeoutMs: number;
  readonly maxCopies: number;
}

/** Where what is revoked of a user lies. */
export interface RevokedKeys {
  readonly everyone: string;
  readonly revocations: string;
}

/** Where what is stored of a user lies. */
export interface UserKeys extends RevokedKeys {
  readonly families: string;
}

/**
 * Users are dealt over so many partitions, each with a hash tag of its own: what is moved between shards, and small enough that 8 shards can
 * be made even. Part of how keys are named: never changed.
 */
export const partitions = 256;

/** One text for all users of a partition: looked up by each validation, and held with each token. */
const everyoneKeys: readonly string[] = Array.from({ length: partitions }, (_, tag) =>
  keyOf('token', String(tag), 'everyone'),
);

/** `user` must have been verified: it chooses the shard. */
export function keysOf(user: string): UserKeys {
  const tag = partitionOf(user);
  return { ...revokedKeysIn(tag, user), families: keyOf('token', String(tag), 'families', user) };
}

/** As `keysOf`: what a validation needs. */
export function revokedKeysOf(user: string): RevokedKeys {
  return revokedKeysIn(partitionOf(user), user);
}

export function everyoneKey(tag: number): string {
  return everyoneKeys[tag] as string;
}

function revokedKeysIn(tag: number, user: string): RevokedKeys {
  return { everyone: everyoneKey(tag), revocations: keyOf('token', String(tag), 'revoked', user) };
}

/** The first byte of its hash. */
function partitionOf(user: string): number {
  return Number.parseInt(hash('sha256', user, 'hex').slice(0, 2), 16) % partitions;
}

export class RevokedCopies {
  readonly #kv: Kv;
  readonly #settings: CopySettings;
  readonly #copies: Copies<Revocations>;

  constructor(kv: Kv, around: StateSurroundings, settings: CopySettings) {
    this.#kv = kv;
    this.#settings = settings;
    const { freshMs, staleMs, maxCopies } = settings;
    // A copy with its key: some 400 bytes, when little is revoked singly.
    const bounds = { maxEntries: maxCopies + partitions, maxBytes: maxCopies * 800 };
    this.#copies = openCopies(kv, around, { ...bounds, staleWithinMs: freshMs, lastKnownMs: staleMs }, readRevoked);
  }

  /** Whether a token of ours is revoked; undefined: the copies do not tell. */
  peek(claims: AccessClaims, keys: RevokedKeys): boolean | undefined {
    const everyone = this.#copies.peek(keys.everyone);
    if (everyone === undefined) return undefined;
    const revocations = this.#copies.peek(keys.revocations);
    return revocations && refuses(revocations.value, everyone.value.generation, claims);
  }

  /** The same, from the engine where need be; callers at the same time share a read. Throws PALIER_TOKEN_UNAVAILABLE. */
  async ask(claims: AccessClaims, keys: RevokedKeys): Promise<boolean> {
    if (this.#kv.health.state !== 'up') {
      const last = this.#last(claims, keys);
      if (last !== undefined) return last;
    }
    const options = { timeoutMs: this.#settings.readTimeoutMs };
    try {
      // Most often only the user's is not known here: it is not worth a promise of promises.
      const known = this.#copies.peek(keys.everyone)?.value;
      const [everyone, revocations] =
        known === undefined
          ? await Promise.all([this.#copies.get(keys.everyone, options), this.#copies.get(keys.revocations, options)])
          : [known, await this.#copies.get(keys.revocations, options)];
      return refuses(revocations, everyone.generation, claims);
    } catch (error) {
      const last = this.#last(claims, keys);
      if (last !== undefined) return last;
      throw kitError('PALIER_TOKEN_UNAVAILABLE', {}, { cause: error });
    }
  }

  get counts(): CopyCounts {
    return this.#copies.counts;
  }

  close(): Promise<void> {
    return this.#copies.close();
  }

  #last(claims: AccessClaims, keys: RevokedKeys): boolean | undefined {
    const everyone = this.#copies.last(keys.everyone);
    const revocations = this.#copies.last(keys.revocations);
    return everyone && revocations && refuses(revocations.value, everyone.value.generation, claims);
  }
}
