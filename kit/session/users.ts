/**
 * The sessions of a user: listed, ended one by one or all at once. What was ended is refused by every replica from the moment at which that
 * was acknowledged, and a log-in with an older permit will fail.
 */
import type { Kv } from '../state/index.ts';
import { away, awayIsSaid } from './away.ts';
import type { CheckedSessionOptions } from './options.ts';
import { type Ended, end, members } from './procedures/list.ts';
import { decodeRecord, type SessionRecord } from './stored/record.ts';
import { generationKey, keyOfHandle, listKey, tagOf } from './ticket.ts';

/** A session in the list of a user's. Times are the engine's, milliseconds since the epoch. */
export interface ListedSession {
  /** For `end(user, handle)`. */
  readonly handle: string;
  readonly createdMs: number;
  /** Its last use, at most `touchEveryMs` old. */
  readonly seenMs: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** Of a session that is to be kept: `Session` has both. */
export interface Kept {
  readonly user: string | undefined;
  readonly handle: string | undefined;
}

const maxRounds = 20;
const handlesAtOnce = 200;
const handlePattern = /^[\w-]{32}$/;

type LabelsOf = (handle: string, record: SessionRecord) => Readonly<Record<string, string>>;

export class UserSessions {
  readonly #kv: Kv;
  readonly #options: CheckedSessionOptions;
  readonly #labelsOf: LabelsOf;

  constructor(kv: Kv, options: CheckedSessionOptions, labelsOf: LabelsOf) {
    this.#kv = kv;
    this.#options = options;
    this.#labelsOf = labelsOf;
  }

  async list(user: string): Promise<readonly ListedSession[]> {
    const most = this.#options.maxPerUser * 2;
    const handles = await awayIsSaid('listed', this.#kv.run(members, [listKey(user)], [most]));
    const keys = handles.map((handle) => keyOfHandle(tagOf(user), handle));
    const all = await awayIsSaid('listed', this.#kv.getMany(keys));
    return all.flatMap((bytes, i) => {
      const record = bytes === undefined ? undefined : decodeRecord(bytes);
      if (record === undefined || record.phase !== 'live' || record.user !== user) return [];
      const handle = handles[i] as string;
      return [{ handle, createdMs: record.createdMs, seenMs: record.seenMs, labels: this.#labelsOf(handle, record) }];
    });
  }

  async end(user: string, handle: string): Promise<boolean> {
    if (!handlePattern.test(handle)) return false;
    const { ended } = await awayIsSaid('ended', this.#end(user, [handle], 'listed', 0));
    return ended > 0;
  }

  endEverywhere(user: string, except: Kept | undefined): Promise<number> {
    return awayIsSaid('ended', this.#endAll(user, except?.user === user ? except.handle : undefined));
  }

  async permit(user: string): Promise<number> {
    return Number((await awayIsSaid('read', this.#kv.get(generationKey(user)))) ?? 0);
  }

  /** Ends those, to make room for another. */
  async makeRoom(user: string, handles: readonly string[]): Promise<void> {
    await this.#end(user, handles, 'any', 0);
  }

  /** The generation first: nothing that is being made now is made. Then what is in the list, until nothing is. */
  async #endAll(user: string, kept: string | undefined): Promise<number> {
    let { left } = await this.#end(user, [], 'any', this.#options.absoluteMs);
    let ended = 0;
    for (let round = 0; round < maxRounds && left > 0; round++) {
      const handles = await this.#kv.run(members, [listKey(user)], [handlesAtOnce]);
      const others = handles.filter((handle) => handle !== kept);
      if (others.length === 0) return ended;
      const done = await this.#end(user, others, 'any', 0);
      ended += done.ended;
      left = done.left;
    }
    if (left > (kept === undefined ? 0 : 1)) throw away('ended', 'the user makes sessions faster than they end');
    return ended;
  }

  #end(user: string, handles: readonly string[], which: 'any' | 'listed', keepMs: number): Promise<Ended> {
    const keys = handles.map((handle) => keyOfHandle(tagOf(user), handle));
    const args = [which, keepMs, ...handles];
    return this.#kv.run(end, [listKey(user), generationKey(user), ...keys], args, this.#options.lasting);
  }
}
