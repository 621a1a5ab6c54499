/**
 * The keys of a limit's buckets. On a Cluster an id decides the node of its key; elsewhere there is one node, and all limits of a limiter can be
 * decided together. Neither tag nor id can reach another's key: what separates is escaped.
 */
import { createHash } from 'node:crypto';
import { type KvEngine, keyOf, keyPart } from '../state/index.ts';
import type { CheckedLimit } from './options.ts';

/** One limit that a call asks. */
export interface Asked {
  readonly limit: CheckedLimit;
  readonly key: string;
  /** What decides the node of the key: only asks with one tag go together. */
  readonly tag: string;
}

/** Ids beyond it are kept as their hash: a key has a bound, and ids come from outside. */
const maxIdLength = 100;
/** Keys that are remembered, at most twice as many: to make one costs as much as to decide. About 200 bytes each. */
const maxRemembered = 2000;

export class Keys {
  readonly #limit: CheckedLimit;
  readonly #before: string;
  readonly #after: string;
  /** Of all keys; undefined: each id is its own. */
  readonly #tag: string | undefined;
  /** Of ids that were asked for lately; those of `#older` go when it is full. */
  #recent = new Map<string, Asked>();
  #older = new Map<string, Asked>();

  constructor(engine: KvEngine, limiter: string, limit: CheckedLimit) {
    const own = engine === 'cluster';
    const empty = own ? keyOf('limit', '', limiter, limit.name) : keyOf('limit', limiter, '', limit.name);
    const place = own ? 'limit:{'.length : keyOf('limit', limiter, '').length;
    this.#limit = limit;
    this.#before = empty.slice(0, place);
    this.#after = empty.slice(place);
    this.#tag = own ? undefined : limiter;
  }

  /** `id` undefined: the tag is the id. */
  of(tag: string, id?: string): Asked {
    if (id !== undefined) return this.#make(tag, id);
    const recent = this.#recent.get(tag);
    if (recent !== undefined) return recent;
    const asked = this.#older.get(tag) ?? this.#make(tag, undefined);
    if (tag.length > maxIdLength) return asked;
    if (this.#recent.size >= maxRemembered) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(tag, asked);
    return asked;
  }

  #make(tag: string, id: string | undefined): Asked {
    const part = keyPart(short(tag));
    const key = this.#before + part + this.#after;
    return {
      limit: this.#limit,
      key: id === undefined ? key : `${key}:${keyPart(short(id))}`,
      tag: this.#tag ?? part,
    };
  }
}

function short(id: string): string {
  return id.length <= maxIdLength ? id : `sha256 ${createHash('sha256').update(id).digest('base64url')}`;
}
