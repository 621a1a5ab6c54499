/**
 * The atomic steps of this room, each as Lua and as TypeScript: the arithmetic of `gcra.ts` on the arrival time that a key keeps. An entry
 * goes by itself when its bucket is full again. The engine's clock is read in milliseconds, so what it decides is exact by that clock.
 *
 * Redis would print 1 800 000 000 000 000 as 1.8e+15: the forms write with %.0f.
 */
import type { Procedure, Reply, View } from '../state/index.ts';
import { type Ask, hold, refund, take, type TakenFact, type Terms } from './gcra.ts';

/** What a bucket says about one ask; times on the engine's clock. */
export interface BucketState {
  readonly tatUs: number;
  readonly waitUs: number;
  readonly units: number;
}

export interface TakeReply {
  readonly nowUs: number;
  /** All of them; else nothing was taken from any. */
  readonly admitted: boolean;
  readonly buckets: readonly BucketState[];
}

const asksPerKey = 6;

/** The arguments of `takeProcedure` and `peekProcedure`: six for each key. */
export function takeArgs(asks: readonly { readonly terms: Terms; readonly ask: Ask }[]): number[] {
  return asks.flatMap(({ terms, ask }) => [
    terms.intervalUs,
    terms.capacityUs,
    terms.horizonUs,
    ask.cost,
    ask.extra,
    ask.maxWaitUs,
  ]);
}

const luaArrival = `
local function arrival(key, at, most)
  local tat = tonumber(redis.call('GET', key) or at)
  if tat < at then return at end
  if tat > at + most then return at + most end
  return tat
end
local function keep(key, tat, at)
  if tat <= at then redis.call('DEL', key)
  else redis.call('SET', key, string.format('%.0f', tat), 'PXAT', string.format('%.0f', math.ceil(tat / 1000))) end
end
`;

const luaTake = `${luaArrival}
local at = now() * 1000
local all = 1
local reply = {at, 1}
for i, key in ipairs(KEYS) do
  local o = (i - 1) * ${asksPerKey}
  local interval, capacity = tonumber(ARGV[o + 1]), tonumber(ARGV[o + 2])
  local current = arrival(key, at, capacity + tonumber(ARGV[o + 3]))
  local after = current + tonumber(ARGV[o + 4]) * interval
  local wait = math.max(0, after - capacity - at)
  if wait > tonumber(ARGV[o + 6]) then
    all = 0
    reply[i * 3], reply[i * 3 + 1], reply[i * 3 + 2] = current, wait, 0
  else
    local extra = tonumber(ARGV[o + 5])
    if extra > 0 then
      extra = wait > 0 and 0 or math.min(extra, math.floor((at + capacity - after) / interval))
    end
    reply[i * 3], reply[i * 3 + 1] = after + extra * interval, wait
    reply[i * 3 + 2] = tonumber(ARGV[o + 4]) + extra
  end
end
reply[2] = all`;

/** Takes from all buckets or from none. */
export const takeProcedure: Procedure<TakeReply> = {
  name: 'limit.take',
  lua: `${luaTake}
if all == 1 then
  for i, key in ipairs(KEYS) do keep(key, reply[i * 3], at) end
end
return reply`,
  apply: (view, keys, args) => takeApply(view, keys, args, true),
  read: readTake,
};

/** Answers as `takeProcedure` would, and changes nothing. */
export const peekProcedure: Procedure<TakeReply> = {
  name: 'limit.peek',
  readOnly: true,
  lua: `${luaTake}
return reply`,
  apply: (view, keys, args) => takeApply(view, keys, args, false),
  read: readTake,
};

/** Gives back, for each key: interval, capacity, horizon, and of the taking: units, when, and the arrival time that it was answered with. */
export const refundProcedure: Procedure<undefined> = {
  name: 'limit.refund',
  lua: `${luaArrival}
local at = now() * 1000
for i, key in ipairs(KEYS) do
  local o = (i - 1) * 6
  local capacity = tonumber(ARGV[o + 2])
  local current = arrival(key, at, capacity + tonumber(ARGV[o + 3]))
  local taken = tonumber(ARGV[o + 6])
  local back = 0
  if current <= at + capacity or taken == current then
    local since = math.max(0, at - tonumber(ARGV[o + 5]))
    back = math.min(tonumber(ARGV[o + 4]) * tonumber(ARGV[o + 1]) - since, current - at)
  end
  keep(key, current - math.max(0, back), at)
end
return {}`,
  apply(view, keys, args) {
    const nowUs = view.nowMs * 1000;
    for (const [index, key] of keys.entries()) {
      const [intervalUs, capacityUs, horizonUs, units, takenUs, tatUs] = numbersAt(args, index * 6, 6);
      const terms = { intervalUs, capacityUs, horizonUs } as Terms;
      const taken = { units, nowUs: takenUs, tatUs } as TakenFact;
      keep(view, key, refund(tatOf(view, key), nowUs, terms, taken), nowUs);
    }
    return [];
  },
  read: () => undefined,
};

/** Sets the arrival time at least so far ahead: one key; interval, capacity, horizon, ahead. What others told is never shortened. */
export const holdProcedure: Procedure<undefined> = {
  name: 'limit.hold',
  lua: `${luaArrival}
local at = now() * 1000
local most = tonumber(ARGV[2]) + tonumber(ARGV[3])
local current = arrival(KEYS[1], at, most)
local held = at + math.min(tonumber(ARGV[4]), most)
keep(KEYS[1], math.max(current, held), at)
return {}`,
  apply(view, [key], args) {
    const nowUs = view.nowMs * 1000;
    const [intervalUs, capacityUs, horizonUs, aheadUs] = numbersAt(args, 0, 4);
    const terms = { intervalUs, capacityUs, horizonUs } as Terms;
    keep(view, key as string, hold(tatOf(view, key as string), nowUs, terms, aheadUs as number), nowUs);
    return [];
  },
  read: () => undefined,
};

/** Tells that a replica (the first argument) is alive; answers how many were within the time of the second, milliseconds. */
export const beatProcedure: Procedure<number> = {
  name: 'limit.beat',
  lua: `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now() - tonumber(ARGV[2]))
redis.call('ZADD', KEYS[1], now(), ARGV[1])
redis.call('PEXPIREAT', KEYS[1], now() + tonumber(ARGV[2]))
return {redis.call('ZCARD', KEYS[1])}`,
  apply(view, keys, args) {
    const key = keys[0] as string;
    const staleMs = Number(args[1]);
    view.sorted.deleteRange(key, Number.NEGATIVE_INFINITY, view.nowMs - staleMs);
    view.sorted.set(key, String(args[0]), view.nowMs);
    view.expireAt(key, view.nowMs + staleMs);
    return [view.sorted.size(key)];
  },
  read: ([count]) => count as number,
};

function takeApply(view: View, keys: readonly string[], args: readonly Buffer[], writes: boolean): Reply {
  const nowUs = view.nowMs * 1000;
  const answers = keys.map((key, index) => {
    const [intervalUs, capacityUs, horizonUs, cost, extra, maxWaitUs] = numbersAt(args, index * asksPerKey, asksPerKey);
    const terms = { intervalUs, capacityUs, horizonUs } as Terms;
    return take(tatOf(view, key), nowUs, terms, { cost, extra, maxWaitUs } as Ask);
  });
  const all = answers.every(({ admitted }) => admitted);
  if (all && writes) for (const [index, key] of keys.entries()) keep(view, key, answers[index]?.tatUs as number, nowUs);
  return [nowUs, all ? 1 : 0, ...answers.flatMap(({ tatUs, waitUs, units }) => [tatUs, waitUs, units])];
}

function readTake(reply: Reply): TakeReply {
  const numbers = reply as readonly number[];
  const buckets: BucketState[] = [];
  for (let at = 2; at < numbers.length; at += 3) {
    buckets.push({
      tatUs: numbers[at] as number,
      waitUs: numbers[at + 1] as number,
      units: numbers[at + 2] as number,
    });
  }
  return { nowUs: numbers[0] as number, admitted: numbers[1] === 1, buckets };
}

function numbersAt(args: readonly Buffer[], from: number, count: number): number[] {
  return args.slice(from, from + count).map(Number);
}

function tatOf(view: View, key: string): number | undefined {
  const bytes = view.get(key);
  return bytes === undefined ? undefined : Number(bytes);
}

function keep(view: View, key: string, tatUs: number, nowUs: number): void {
  if (tatUs <= nowUs) view.delete(key);
  else view.set(key, Buffer.from(String(tatUs)), Math.ceil(tatUs / 1000));
}
