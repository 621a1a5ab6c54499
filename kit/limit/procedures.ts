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
 * A batch: takings of all callers that go together, as runs. `keys` are indices of the procedure's keys: taken together, all or
 * none, `count` times; `from` and `to`: each key between them by itself, `count` times.
 */
export interface Run {
  readonly keys: readonly number[] | { readonly from: number; readonly to: number };
  readonly count: number;
  readonly ask: Ask;
}

/**
 * The arguments of `takeProcedure` and `peekProcedure`. `termsOf`: for each key, which of the terms are its own (at most 26). The numbers are
 * one text: each argument by itself costs its caller as much as a decision does.
 */
export function takeArgs(terms: readonly Terms[], termsOf: readonly number[], runs: readonly Run[]): string[] {
  let numbers = String(terms.length);
  for (const { intervalUs, capacityUs, horizonUs } of terms) numbers += ` ${intervalUs} ${capacityUs} ${horizonUs}`;
  for (const { keys, count, ask } of runs) {
    const swept = 'from' in keys;
    numbers += ` ${swept ? 0 : keys.length} ${count} ${ask.cost} ${ask.extra} ${ask.maxWaitUs}`;
    if (swept) numbers += ` ${keys.from + 1} ${keys.to + 1}`;
    else for (const key of keys) numbers += ` ${key + 1}`;
  }
  return [String.fromCharCode(...termsOf.map((index) => 97 + index)), numbers];
}

/** Takes from one bucket; changes `tatsUs`. A wait beyond the limit's own horizon is none of it. */
export function takeAlone(tatsUs: number[], nowUs: number, key: number, terms: Terms, ask: Ask): Answer {
  const answer = take(tatsUs[key], nowUs, terms, within(ask, terms));
  if (answer.admitted) tatsUs[key] = answer.tatUs;
  return answer;
}

/** Takes from all of these buckets or from none. */
export function takeTogether(
  tatsUs: number[],
  nowUs: number,
  parts: readonly { readonly key: number; readonly terms: Terms }[],
  ask: Ask,
): readonly Answer[] {
  const answers = parts.map(({ key, terms }) => take(tatsUs[key], nowUs, terms, within(ask, terms)));
  if (answers.every(({ admitted }) => admitted))
    for (const [index, { key }] of parts.entries()) tatsUs[key] = (answers[index] as Answer).tatUs;
  return answers;
}

function within(ask: Ask, { horizonUs }: Terms): Ask {
  return ask.maxWaitUs <= horizonUs ? ask : { cost: ask.cost, extra: ask.extra, maxWaitUs: horizonUs };
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

/** What is ahead is a year at most, fourteen digits, which `table.concat` writes out. */
const luaTake = `${luaArrival}
local at = now() * 1000
local terms, of, tats, ahead, dirty = {}, {}, redis.call('MGET', unpack(KEYS)), {}, {}
local n, o = {}, 1
for digits in string.gmatch(ARGV[2], '%d+') do n[#n + 1] = tonumber(digits) end
for t = 1, n[1] do
  terms[t] = {n[o + 1], n[o + 2], n[o + 3]}
  o = o + 3
end
for i = 1, #KEYS do
  of[i] = terms[string.byte(ARGV[1], i) - 96]
  tats[i] = tonumber(tats[i] or at)
  ahead[i] = math.max(0, math.min(tats[i] - at, of[i][2] + of[i][3]))
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
while o < #n do
  local m, count, cost, extra, most = n[o + 1], n[o + 2], n[o + 3], n[o + 4], n[o + 5]
  o = o + 5
  if m == 0 then
    for i = n[o + 1], n[o + 2] do
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
        afters[k] = take(n[o + k], cost, extra, most)
        if not afters[k] then break end
      end
      if not afters[m] then break end
      for k = 1, m do
        local i = n[o + k]
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
return {at, table.concat(ahead, ' ')}`,
  apply: (view, keys, args) => takeApply(view, keys, args, true),
  read: readTake,
};

/** Answers as `takeProcedure` would, and changes nothing. */
export const peekProcedure: Procedure<TakeReply> = {
  name: 'limit.peek',
  readOnly: true,
  lua: `${luaTake}
return {at, table.concat(ahead, ' ')}`,
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
  const [letters, text] = args as readonly [Buffer, Buffer];
  const numbers = text.toString().split(' ').map(Number);
  const terms = keys.map((_, key) => {
    const from = 1 + 3 * ((letters[key] as number) - 97);
    const [intervalUs, capacityUs, horizonUs] = numbers.slice(from, from + 3);
    return { intervalUs, capacityUs, horizonUs } as Terms;
  });
  const before = keys.map((key) => tatOf(view, key) ?? nowUs);
  if (writes) {
    const tatsUs = playRuns(before, nowUs, terms, numbers.slice(1 + 3 * (numbers[0] as number)));
    for (const [index, key] of keys.entries()) {
      const tatUs = tatsUs[index] as number;
      if (tatUs !== before[index]) keep(view, key, tatUs, nowUs);
    }
  }
  const ahead = before.map((tatUs, key) => {
    const { capacityUs, horizonUs } = terms[key] as Terms;
    return Math.max(0, Math.min(tatUs - nowUs, capacityUs + horizonUs));
  });
  return [nowUs, Buffer.from(ahead.join(' '))];
}

/** Answers what the buckets are after them. */
function playRuns(
  before: readonly number[],
  nowUs: number,
  terms: readonly Terms[],
  numbers: readonly number[],
): number[] {
  const tatsUs = [...before];
  let at = 0;
  const next = (): number => numbers[at++] as number;
  while (at < numbers.length) {
    const [m, count] = [next(), next()];
    const ask = { cost: next(), extra: next(), maxWaitUs: next() };
    if (m === 0) {
      const [from, to] = [next() - 1, next() - 1];
      for (let key = from; key <= to; key++)
        for (let n = 0; n < count; n++) takeAlone(tatsUs, nowUs, key, terms[key] as Terms, ask);
    } else {
      const parts = Array.from({ length: m }, next).map((key) => ({ key: key - 1, terms: terms[key - 1] as Terms }));
      for (let n = 0; n < count; n++) takeTogether(tatsUs, nowUs, parts, ask);
    }
  }
  return tatsUs;
}

const space = 32;
const zero = 48;

/** The answer has how far ahead each bucket is, as one text: as numbers of their own they would cost more than all else of a decision. */
function readTake(reply: Reply): TakeReply {
  const nowUs = reply[0] as number;
  const digits = reply[1] as Buffer;
  const tatsUs: number[] = [];
  let aheadUs = 0;
  for (let index = 0; index < digits.length; index++) {
    const byte = digits[index] as number;
    if (byte !== space) aheadUs = aheadUs * 10 + byte - zero;
    else {
      tatsUs.push(nowUs + aheadUs);
      aheadUs = 0;
    }
  }
  tatsUs.push(nowUs + aheadUs);
  return { nowUs, tatsUs };
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
