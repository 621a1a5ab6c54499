/**
 * That the two forms of a procedure are one: the same calls are played on two engines, and after each call the answers and all that is left
 * behind must be the same. Whoever writes a procedure drives this with random calls.
 *
 * Both forms are told one time, by the last argument: two engines' clocks differ by milliseconds, and the test would have to look away there.
 * It begins far ahead of theirs, so that no entry ends by itself, and passes only as the calls say; what is over by it is cleared away on both
 * sides. A Lua form must therefore take its times from `now()` and give absolute ones to Redis (`PXAT`, not `PX`).
 */
import { inspect, isDeepStrictEqual } from 'node:util';
import { PalierError } from '@palier/base/error';
import { type Kv, keyOf, type Value } from '../kv.ts';
import type { Procedure, Reply, View } from '../procedure.ts';

export interface FormCall {
  readonly procedure: Procedure<unknown>;
  /** Names, of which keys of one tag are made; what was under them before the first call is deleted. */
  readonly keys: readonly string[];
  readonly args: readonly (Value | number)[];
  /** What passes before it. Default 0. */
  readonly laterMs?: number;
}

/** The microseconds of this time are whole numbers below 2^52, too. */
export const formsBeginMs: number = Date.UTC(2100, 0, 1);
const patience = { timeoutMs: 10_000 };

/**
 * Throws when the two differ, telling the first call after which they do. `kvs`: of an engine with the one form and of one with the other. `tag`:
 * of the keys, for tests that run side by side on one engine.
 */
export async function assertSameForms(
  kvs: readonly [Kv, Kv],
  calls: readonly FormCall[],
  tag = 'forms',
): Promise<void> {
  const names = [...new Set(calls.flatMap(({ keys }) => keys))];
  const all = names.map((name) => keyOf('forms', tag, name));
  if (all.length === 0) return;
  const [one, other] = await Promise.all(kvs.map((kv) => played(kv, calls, all, tag)));
  for (const [index, call] of calls.entries()) {
    const [ours, theirs] = [one?.[index], other?.[index]];
    if (isDeepStrictEqual(ours, theirs)) continue;
    const told = `call ${index + 1} of ${calls.length}, ${call.procedure.name} of ${shown(call.keys)} with ${shown(call.args)}`;
    throw new Error(
      `the forms differ at ${told}:\n  ${kvs[0].engine}: ${shown(ours)}\n  ${kvs[1].engine}: ${shown(theirs)}`,
    );
  }
}

interface Played {
  readonly answer: unknown;
  /** Under each key: its kind, when it ends, how many parts, the parts. */
  readonly left: Reply;
}

async function played(kv: Kv, calls: readonly FormCall[], all: readonly string[], tag: string): Promise<Played[]> {
  const list: Played[] = [];
  const told = new Map<Procedure<unknown>, Procedure<unknown>>();
  let nowMs = formsBeginMs;
  const look = (): Promise<Reply> => kv.run(whatIsLeft, all, [nowMs], patience);
  await Promise.all(all.map((key) => kv.delete(key, patience)));
  for (const { procedure, keys, args, laterMs = 0 } of calls) {
    nowMs += laterMs;
    if (laterMs > 0) await look();
    const at = told.get(procedure) ?? tellingTime(procedure);
    told.set(procedure, at);
    const own = keys.map((name) => keyOf('forms', tag, name));
    const answer = await kv.run(at, own, [...args, nowMs], patience).catch(refusal);
    list.push({ answer, left: await look() });
  }
  return list;
}

/** That a key is of the wrong kind is an answer; nothing else that is thrown is. */
function refusal(error: unknown): unknown {
  if (error instanceof PalierError && error.code === 'PALIER_STATE_KIND') return { refused: error.code };
  throw error;
}

function tellingTime<Result>(procedure: Procedure<Result>): Procedure<Result> {
  return {
    ...procedure,
    name: `${procedure.name}.told`,
    lua: `local told = tonumber(table.remove(ARGV))\nlocal function now() return told end\n${procedure.lua}`,
    apply: (view, keys, args) => procedure.apply(viewAt(view, Number(args.at(-1))), keys, args.slice(0, -1)),
    read: (reply) => procedure.read(reply),
  };
}

function viewAt(view: View, nowMs: number): View {
  return {
    nowMs,
    get: (key) => view.get(key),
    set: (key, value, expiresAtMs) => view.set(key, value, expiresAtMs),
    delete: (key) => view.delete(key),
    expiresAtMs: (key) => view.expiresAtMs(key),
    expireAt: (key, expiresAtMs) => view.expireAt(key, expiresAtMs),
    hash: view.hash,
    sorted: view.sorted,
  };
}

/** Clears away what is over by the told time, and tells all that stays. */
const whatIsLeft: Procedure<Reply> = tellingTime({
  name: 'forms.left',
  lua: `
local out = {}
for _, key in ipairs(KEYS) do
  local ends = redis.call('PEXPIRETIME', key)
  if ends >= 0 and ends <= now() then redis.call('DEL', key) end
  local kind = redis.call('TYPE', key).ok
  local parts = {}
  if kind == 'string' then parts = {redis.call('GET', key)} end
  if kind == 'zset' then parts = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
  if kind == 'hash' then
    local names = redis.call('HKEYS', key)
    table.sort(names)
    for _, name in ipairs(names) do
      parts[#parts + 1] = name
      parts[#parts + 1] = redis.call('HGET', key, name)
    end
  end
  for _, one in ipairs({kind, redis.call('PEXPIRETIME', key), #parts}) do out[#out + 1] = one end
  for _, one in ipairs(parts) do out[#out + 1] = one end
end
return out`,
  apply: (view, keys) => keys.flatMap((key) => leftUnder(view, key)),
  read: (reply) => reply,
});

function leftUnder(view: View, key: string): Reply {
  const ends = view.expiresAtMs(key);
  if (ends !== undefined && ends <= view.nowMs) view.delete(key);
  const { kind, parts } = contentOf(view, key);
  const endsMs = kind === 'none' ? -2 : (view.expiresAtMs(key) ?? 0);
  return [Buffer.from(kind), endsMs === Number.POSITIVE_INFINITY ? -1 : endsMs, parts.length, ...parts];
}

interface Content {
  /** As Redis names it. */
  readonly kind: string;
  readonly parts: readonly Buffer[];
}

function contentOf(view: View, key: string): Content {
  if (view.expiresAtMs(key) === undefined) return { kind: 'none', parts: [] };
  const text = ofKind(() => view.get(key));
  if (text !== undefined) return { kind: 'string', parts: [text] };
  const fields = ofKind(() => view.hash.all(key));
  if (fields !== undefined) {
    const pairs = [...fields].map(([name, value]) => [Buffer.from(name), value] as const);
    return { kind: 'hash', parts: pairs.toSorted(([a], [b]) => Buffer.compare(a, b)).flat() };
  }
  const { NEGATIVE_INFINITY: least, POSITIVE_INFINITY: most } = Number;
  const members = view.sorted.range(key, least, most, view.sorted.size(key));
  return { kind: 'zset', parts: members.flatMap((one) => [one, String(view.sorted.score(key, one))].map(bytes)) };
}

function ofKind<Result>(look: () => Result): Result | undefined {
  try {
    return look();
  } catch (error) {
    refusal(error);
    return undefined;
  }
}

function bytes(text: string): Buffer {
  return Buffer.from(text);
}

/** On one line, bytes as text. */
function shown(value: unknown): string {
  const readable = (one: unknown): unknown => {
    if (one instanceof Uint8Array) return Buffer.from(one).toString('latin1');
    if (Array.isArray(one)) return one.map(readable);
    if (one === null || typeof one !== 'object' || one instanceof Map) return one;
    return Object.fromEntries(Object.entries(one).map(([name, part]) => [name, readable(part)]));
  };
  return inspect(readable(value), { depth: 6, breakLength: Number.POSITIVE_INFINITY });
}
