/**
 * The atomic steps of this room, each as Lua and as TypeScript: the arithmetic of `gcra.ts` on the arrival time that a key keeps. An entry
 * goes by itself when its bucket is full again. The engine's clock is read in milliseconds, so what it decides is exact by that clock.
 *
 * Redis would print 1 800 000 000 000 000 as 1.8e+15: the forms write with %.0f.
 */
import type { Procedure, Reply, View } from '../state/index.ts';
import { type Answer, type Ask, hold, refund, take, type TakenFact, type Terms } from './gcra.ts';

/** What the buckets were before a batch of takings; the caller replays it by `takeTogether`, to the same answers. */
export interface TakeReply {
  readonly nowUs: number;
  readonly tatsUs: number[];
}

/**
 * A batch: takings of one turn of the event loop, of all callers, as runs. `keys` are indices of the procedure's keys: taken together, all or
 * none, `count` times; `from` and `to`: each key between them by itself, `count` times.
 */
export interface Run {
  readonly keys: readonly number[] | { readonly from: number; readonly to: number };
  readonly count: number;
  readonly ask: Ask;
}

/** The arguments of `takeProcedure` and `peekProcedure`. `termsOf`: for each key, which of the terms are its own (at most 26). */
export function takeArgs(
  terms: readonly Terms[],
  termsOf: readonly number[],
  runs: readonly Run[],
): (string | number)[] {
  const args: (string | number)[] = [String.fromCharCode(...termsOf.map((index) => 97 + index)), terms.length];
  for (const { intervalUs, capacityUs, horizonUs } of terms) args.push(intervalUs, capacityUs, horizonUs);
  for (const { keys, count, ask } of runs) {
    const swept = 'from' in keys;
    args.push(swept ? 0 : keys.length, count, ask.cost, ask.extra, ask.maxWaitUs);
    if (swept) args.push(keys.from + 1, keys.to + 1);
    else for (const key of keys) args.push(key + 1);
  }
  return args;
}

/** Takes from all of these buckets or from none; changes `tatsUs`. A wait beyond a limit's own horizon is none of it. */
export function takeTogether(
  tatsUs: number[],
  nowUs: number,
  parts: readonly { readonly key: number; readonly terms: Terms }[],
  ask: Ask,
): readonly Answer[] {
  const answers = parts.map(({ key, terms }) => {
    const maxWaitUs = Math.min(ask.maxWaitUs, terms.horizonUs);
    return take(tatsUs[key], nowUs, terms, { cost: ask.cost, extra: ask.extra, maxWaitUs });
  });
  if (answers.every(({ admitted }) => admitted))
    for (const [index, { key }] of parts.entries()) tatsUs[key] = (answers[index] as Answer).tatUs;
  return answers;
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
local terms, of, tats, reply, dirty = {}, {}, redis.call('MGET', unpack(KEYS)), {at}, {}
local o = 2
for t = 1, tonumber(ARGV[2]) do
  terms[t] = {tonumber(ARGV[o + 1]), tonumber(ARGV[o + 2]), tonumber(ARGV[o + 3])}
  o = o + 3
end
for i = 1, #KEYS do
  of[i] = terms[string.byte(ARGV[1], i) - 96]
  tats[i] = tonumber(tats[i] or at)
  reply[i + 1] = tats[i]
end
local function take(i, cost, extra, most)
  local interval, capacity, horizon = of[i][1], of[i][2], of[i][3]
  local current = tats[i]
  if current < at then current = at elseif current > at + capacity + horizon then current = at + capacity + horizon end
  local after = current + cost * interval
  local wait = after - capacity - at
  if wait > 0 then
    if wait > most or wait > horizon then return nil end
  elseif extra > 0 then
    after = after + math.min(extra, math.floor(-wait / interval)) * interval
  end
  return after
end
while o < #ARGV do
  local m, count, cost = tonumber(ARGV[o + 1]), tonumber(ARGV[o + 2]), tonumber(ARGV[o + 3])
  local extra, most = tonumber(ARGV[o + 4]), tonumber(ARGV[o + 5])
  o = o + 5
  if m == 0 then
    for i = tonumber(ARGV[o + 1]), tonumber(ARGV[o + 2]) do
      for _ = 1, count do
        local after = take(i, cost, extra, most)
        if not after then break end
        tats[i], dirty[i] = after, true
      end
    end
    o = o + 2
  else
    for _ = 1, count do
      local afters = {}
      for k = 1, m do
        afters[k] = take(tonumber(ARGV[o + k]), cost, extra, most)
        if not afters[k] then break end
      end
      if not afters[m] then break end
      for k = 1, m do
        local i = tonumber(ARGV[o + k])
        tats[i], dirty[i] = afters[k], true
      end
    end
    o = o + m
  end
end
`;

/** Plays a batch of takings, in their order. */
export const takeProcedure: Procedure<TakeReply> = {
  name: 'limit.take',
  lua: `${luaTake}
for i in pairs(dirty) do keep(KEYS[i], tats[i], at) end
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
  const before = keys.map((key) => tatOf(view, key) ?? nowUs);
  const [letters, ...numbers] = args;
  const tats = writes ? playRuns(before, nowUs, letters as Buffer, numbers.map(Number)) : before;
  for (const [index, key] of keys.entries()) {
    const tatUs = tats[index] as number;
    if (tatUs !== before[index]) keep(view, key, tatUs, nowUs);
  }
  return [nowUs, ...before];
}

/** Answers what the buckets are after them. */
function playRuns(before: readonly number[], nowUs: number, letters: Buffer, numbers: readonly number[]): number[] {
  const tatsUs = [...before];
  let at = 0;
  const next = (): number => numbers[at++] as number;
  const terms = Array.from({ length: next() }, () => ({ intervalUs: next(), capacityUs: next(), horizonUs: next() }));
  const part = (key: number) => ({ key, terms: terms[(letters[key] as number) - 97] as Terms });
  while (at < numbers.length) {
    const [m, count] = [next(), next()];
    const ask = { cost: next(), extra: next(), maxWaitUs: next() };
    if (m === 0) {
      const [from, to] = [next() - 1, next() - 1];
      for (let key = from; key <= to; key++)
        for (let n = 0; n < count; n++) takeTogether(tatsUs, nowUs, [part(key)], ask);
    } else {
      const parts = Array.from({ length: m }, () => part(next() - 1));
      for (let n = 0; n < count; n++) takeTogether(tatsUs, nowUs, parts, ask);
    }
  }
  return tatsUs;
}

function readTake([nowUs, ...tatsUs]: Reply): TakeReply {
  return { nowUs: nowUs as number, tatsUs: tatsUs as number[] };
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
