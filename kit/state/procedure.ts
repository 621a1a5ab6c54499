/**
 * An atomic change: one name, one contract, two forms. On Redis its Lua runs on the server, where nothing comes between; on SQLite its
 * TypeScript runs in one immediate transaction. Both are driven with the same random calls by the procedure's property test.
 *
 * Integers only, within ±2^52: Lua's numbers are doubles that Redis cuts to whole ones when it answers, so a fraction would differ between
 * the forms; and node-redis 6.3 reads whole numbers beyond that one too high.
 * A procedure checks before it writes: Redis does not take back what a script wrote before it failed (SQLite does).
 *
 * The answer is a list of whole numbers, byte strings and nothings, which `read` makes into what the caller gets.
 */

/** What a procedure may answer. Lua's `false` is `undefined`. */
export type Reply = readonly (number | Buffer | undefined)[];

export interface Procedure<Result> {
  /** `room.verb`, unique in the whole repository; the name in meters and messages. */
  readonly name: string;
  /** Nothing is written: an engine may answer from a reader, and a repetition is harmless. */
  readonly readOnly?: boolean;
  /**
   * The body for Redis; keys are `KEYS`, arguments `ARGV` (text), answers a table. `now()` (the server's clock, whole milliseconds
   * since the epoch) is there already.
   */
  readonly lua: string;
  /** The same on a view of the entries. Synchronous: an await would hold the write lock of all processes. */
  apply(view: View, keys: readonly string[], args: readonly Buffer[]): Reply;
  read(reply: Reply): Result;
}

/** What a procedure sees and changes. A key holds one kind at a time; the wrong kind throws PALIER_STATE_KIND. */
export interface View {
  /** The engine's clock, whole milliseconds since the epoch. */
  readonly nowMs: number;
  get(key: string): Buffer | undefined;
  /** Without `expiresAtMs` the entry stays for ever, as Redis' SET does it. */
  set(key: string, value: Buffer, expiresAtMs?: number): void;
  delete(key: string): boolean;
  /** When the entry goes: undefined when it is not there, Infinity when it stays. */
  expiresAtMs(key: string): number | undefined;
  /** False when it is not there. Infinity lets it stay. */
  expireAt(key: string, expiresAtMs: number): boolean;
  readonly hash: HashView;
  readonly sorted: SortedView;
}

/** Fields of one entry. An entry without fields is not there. */
export interface HashView {
  get(key: string, field: string): Buffer | undefined;
  all(key: string): ReadonlyMap<string, Buffer>;
  set(key: string, field: string, value: Buffer): void;
  delete(key: string, field: string): boolean;
  size(key: string): number;
}

/** Members of one entry in the order of their scores (whole numbers), then of their bytes. An entry without members is not there. */
export interface SortedView {
  score(key: string, member: string): number | undefined;
  set(key: string, member: string, score: number): void;
  delete(key: string, member: string): boolean;
  /** Members with `least ≤ score ≤ most`, the lowest first, at most `limit`. */
  range(key: string, least: number, most: number, limit: number): readonly string[];
  /** How many were removed. */
  deleteRange(key: string, least: number, most: number): number;
  size(key: string): number;
}

/** The server's clock for the Lua forms, read when first asked for. Scripts replicate their effects since Redis 5, so TIME is allowed. */
export const luaClock = `local clock
local function now()
  if not clock then
    local t = redis.call('TIME')
    clock = t[1] * 1000 + math.floor(t[2] / 1000)
  end
  return clock
end
`;
