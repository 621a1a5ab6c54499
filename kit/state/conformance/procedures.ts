/** Procedures that touch every part of a view in both forms, so that the forms of an engine can be compared. */
import type { Procedure, Reply } from '../procedure.ts';

/** Adds to a whole number and answers it; an entry that had no end expires `lifetimeMs` later. */
export const count: Procedure<number> = {
  name: 'conformance.count',
  lua: `
local n = tonumber(redis.call('GET', KEYS[1]) or '0') + tonumber(ARGV[1])
local ends = redis.call('PEXPIRETIME', KEYS[1])
if ends < 0 then ends = now() + tonumber(ARGV[2]) end
redis.call('SET', KEYS[1], n, 'PXAT', ends)
return {n}`,
  apply(view, [key], [by, lifetimeMs]) {
    const n = Number(view.get(key as string) ?? 0) + Number(by);
    const endsMs = view.expiresAtMs(key as string) ?? Number.POSITIVE_INFINITY;
    const ends = Number.isFinite(endsMs) ? endsMs : view.nowMs + Number(lifetimeMs);
    view.set(key as string, Buffer.from(String(n)), ends);
    return [n];
  },
  read: ([n]) => n as number,
};

/** Moves an amount between two accounts, or changes nothing and answers false. */
export const move: Procedure<boolean> = {
  name: 'conformance.move',
  lua: `
local from = tonumber(redis.call('GET', KEYS[1]) or '0')
local to = tonumber(redis.call('GET', KEYS[2]) or '0')
local amount = tonumber(ARGV[1])
if from < amount then return {0} end
redis.call('SET', KEYS[1], from - amount)
redis.call('SET', KEYS[2], to + amount)
return {1}`,
  apply(view, keys, [amount]) {
    const [from, to] = keys.map((key) => Number(view.get(key) ?? 0)) as [number, number];
    if (from < Number(amount)) return [0];
    view.set(keys[0] as string, Buffer.from(String(from - Number(amount))));
    view.set(keys[1] as string, Buffer.from(String(to + Number(amount))));
    return [1];
  },
  read: ([done]) => done === 1,
};

/** Any operation of a hash; answers what the operation answers. */
export const hash: Procedure<Reply> = {
  name: 'conformance.hash',
  lua: `
local op = ARGV[1]
if op == 'set' then redis.call('HSET', KEYS[1], ARGV[2], ARGV[3]) return {} end
if op == 'get' then return {redis.call('HGET', KEYS[1], ARGV[2])} end
if op == 'delete' then return {redis.call('HDEL', KEYS[1], ARGV[2])} end
if op == 'size' then return {redis.call('HLEN', KEYS[1])} end
local all = redis.call('HGETALL', KEYS[1])
local pairs = {}
for i = 1, #all, 2 do pairs[#pairs + 1] = all[i] .. '=' .. all[i + 1] end
table.sort(pairs)
return pairs`,
  apply(view, [key], [op, field, value]) {
    const [at, name] = [key as string, String(field)];
    switch (String(op)) {
      case 'set':
        view.hash.set(at, name, value as Buffer);
        return [];
      case 'get':
        return [view.hash.get(at, name)];
      case 'delete':
        return [view.hash.delete(at, name) ? 1 : 0];
      case 'size':
        return [view.hash.size(at)];
      default:
        return [...view.hash.all(at)]
          .map(([one, bytes]) => Buffer.concat([Buffer.from(`${one}=`), bytes]))
          .toSorted(Buffer.compare);
    }
  },
  read: (reply) => reply,
};

/** Any operation of a sorted set; answers what the operation answers. */
export const sorted: Procedure<Reply> = {
  name: 'conformance.sorted',
  lua: `
local op = ARGV[1]
if op == 'set' then redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2]) return {} end
if op == 'score' then
  local score = redis.call('ZSCORE', KEYS[1], ARGV[2])
  if not score then return {false} end
  if type(score) == 'table' then score = score.double end
  return {math.floor(tonumber(score))}
end
if op == 'delete' then return {redis.call('ZREM', KEYS[1], ARGV[2])} end
if op == 'size' then return {redis.call('ZCARD', KEYS[1])} end
if op == 'range' then return redis.call('ZRANGE', KEYS[1], ARGV[2], ARGV[3], 'BYSCORE', 'LIMIT', 0, ARGV[4]) end
return {redis.call('ZREMRANGEBYSCORE', KEYS[1], ARGV[2], ARGV[3])}`,
  apply(view, [key], [op, first, second, third]) {
    const at = key as string;
    switch (String(op)) {
      case 'set':
        view.sorted.set(at, String(first), Number(second));
        return [];
      case 'score':
        return [view.sorted.score(at, String(first))];
      case 'delete':
        return [view.sorted.delete(at, String(first)) ? 1 : 0];
      case 'size':
        return [view.sorted.size(at)];
      case 'range':
        return view.sorted.range(at, scoreOf(first), scoreOf(second), Number(third)).map((one) => Buffer.from(one));
      default:
        return [view.sorted.deleteRange(at, scoreOf(first), scoreOf(second))];
    }
  },
  read: (reply) => reply,
};

function scoreOf(arg: Buffer | undefined): number {
  const text = String(arg);
  return text.endsWith('inf') ? Number(text.replace('inf', 'Infinity')) : Number(text);
}

/** Lifetime and deletion: `expire MS` from now, `keep`, `delete`, `left` (answers -1 for one that stays, -2 for none). */
export const life: Procedure<number> = {
  name: 'conformance.life',
  lua: `
local op = ARGV[1]
if op == 'expire' then return {redis.call('PEXPIREAT', KEYS[1], now() + tonumber(ARGV[2]))} end
if op == 'keep' then
  local there = redis.call('EXISTS', KEYS[1])
  redis.call('PERSIST', KEYS[1])
  return {there}
end
if op == 'delete' then return {redis.call('DEL', KEYS[1])} end
local at = redis.call('PEXPIRETIME', KEYS[1])
if at < 0 then return {at} end
return {at - now()}`,
  apply(view, [key], [op, ms]) {
    const at = key as string;
    switch (String(op)) {
      case 'expire':
        return [view.expireAt(at, view.nowMs + Number(ms)) ? 1 : 0];
      case 'keep':
        return [view.expireAt(at, Number.POSITIVE_INFINITY) ? 1 : 0];
      case 'delete':
        return [view.delete(at) ? 1 : 0];
      default: {
        const expiresAtMs = view.expiresAtMs(at);
        if (expiresAtMs === undefined) return [-2];
        return [expiresAtMs === Number.POSITIVE_INFINITY ? -1 : expiresAtMs - view.nowMs];
      }
    }
  },
  read: ([answer]) => answer as number,
};
