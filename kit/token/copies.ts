/**
 * Copies of what is revoked, by user: each is used for a stated time after it was asked for, then read again. Concurrent callers share a read.
 *
 * The bound: a validation believes a copy only if it was asked for at most `freshMs` before the validation began; so a revocation that was
 * acknowledged `freshMs` before is always seen, however slow the engine. Only while the engine does not answer, and only if `staleMs` says so, an
 * older one does.
 */
import type { Clock } from '@palier/base/clock';
import { createHash } from 'node:crypto';
import { kitError } from '../errors.ts';
import { type Kv, keyOf } from '../state/index.ts';
import { BoundedMap } from './bounded.ts';
import { readRevocations, type Revocations } from './stored/revocation.ts';

export interface Copy {
  readonly everyone: number;
  readonly revocations: Revocations;
  /** Monotonic: when the question was sent. */
  readonly askedMs: number;
}

export interface CopyOptions {
  readonly freshMs: number;
  readonly staleMs: number;
  readonly readTimeoutMs: number;
  readonly maxCopies: number;
}

/** Where what is stored of a user lies. */
export interface UserKeys {
  readonly everyone: string;
  readonly revocations: string;
  readonly families: string;
}

/**
 * Users are dealt over so many partitions, each with a hash tag of its own: what is moved between shards, and small enough that 8 shards can
 * be made even. Part of how keys are named: never changed.
 */
export const partitions = 256;

/** `user` must have been verified: it chooses the shard. */
export function keysOf(user: string): UserKeys {
  const tag = String((createHash('sha256').update(user).digest()[0] as number) % partitions);
  return {
    everyone: everyoneKey(tag),
    revocations: keyOf('token', tag, 'revoked', user),
    families: keyOf('token', tag, 'families', user),
  };
}

export function everyoneKey(tag: string): string {
  return keyOf('token', tag, 'everyone');
}

/** `fresh`: use it. `stale`: only if the engine does not answer. `none`: not at all. Pure. */
export function useOf(
  copy: Pick<Copy, 'askedMs'> | undefined,
  begunMs: number,
  { freshMs, staleMs }: Pick<CopyOptions, 'freshMs' | 'staleMs'>,
): 'fresh' | 'stale' | 'none' {
  if (copy === undefined) return 'none';
  const ageMs = begunMs - copy.askedMs;
  if (ageMs < freshMs) return 'fresh';
  return ageMs < staleMs ? 'stale' : 'none';
}

interface Read {
  readonly askedMs: number;
  readonly answer: Promise<Copy>;
}

export class Copies {
  readonly #kv: Kv;
  readonly #clock: Clock;
  readonly #options: CopyOptions;
  readonly #held: BoundedMap<string, Copy>;
  readonly #reads = new Map<string, Read>();

  constructor(kv: Kv, clock: Clock, options: CopyOptions) {
    this.#kv = kv;
    this.#clock = clock;
    this.#options = options;
    // A copy with its key: some 300 bytes, when little is revoked singly.
    this.#held = new BoundedMap({ maxEntries: options.maxCopies, maxBytes: options.maxCopies * 600 });
  }

  /** The copy that may be used at once, by a validation that begins now. */
  fresh(user: string): Copy | undefined {
    const copy = this.#held.get(user);
    return useOf(copy, this.#clock.monotonicMs(), this.#options) === 'fresh' ? copy : undefined;
  }

  /** Throws PALIER_TOKEN_UNAVAILABLE. */
  async read(user: string): Promise<Copy> {
    const begunMs = this.#clock.monotonicMs();
    const held = this.#held.get(user);
    const use = useOf(held, begunMs, this.#options);
    if (use === 'fresh') return held as Copy;
    const read = this.#readOf(user, begunMs);
    if (use === 'stale' && this.#kv.health.state !== 'up') {
      read.answer.catch(() => {});
      return held as Copy;
    }
    try {
      return await read.answer;
    } catch (error) {
      if (use === 'stale') return held as Copy;
      throw kitError('PALIER_TOKEN_UNAVAILABLE', {}, { cause: error });
    }
  }

  /** The next validation reads: what this replica revoked, it refuses at once. Reads under way are not kept. */
  forget(user: string): void {
    this.#held.delete(user);
    this.#reads.delete(user);
  }

  forgetAll(): void {
    this.#held.clear();
    this.#reads.clear();
  }

  /** One that was sent late enough, or a new one. */
  #readOf(user: string, begunMs: number): Read {
    const under = this.#reads.get(user);
    if (under !== undefined && useOf(under, begunMs, this.#options) === 'fresh') return under;
    const read: Read = { askedMs: begunMs, answer: this.#ask(user, begunMs) };
    this.#reads.set(user, read);
    void this.#keep(user, read);
    return read;
  }

  /** Unless it was forgotten, or a later one was begun, meanwhile. */
  async #keep(user: string, read: Read): Promise<void> {
    const copy = await read.answer.catch(() => undefined);
    if (this.#reads.get(user) !== read) return;
    this.#reads.delete(user);
    if (copy !== undefined) this.#held.set(user, copy, 200 + 2 * user.length + 100 * copy.revocations.gone.size);
  }

  async #ask(user: string, askedMs: number): Promise<Copy> {
    const keys = keysOf(user);
    const timeoutMs = this.#options.readTimeoutMs;
    const [everyone, revocations] = await this.#kv.getMany([keys.everyone, keys.revocations], { timeoutMs });
    return { everyone: Number(everyone ?? 0), revocations: readRevocations(revocations), askedMs };
  }
}
