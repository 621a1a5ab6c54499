/**
 * The atomic steps of this room, each as Lua and as TypeScript: the arithmetic of `gcra.ts` on the ledger (`ledger.ts`) that a key keeps. An
 * entry goes by itself when its bucket is full again. The engine's clock is read in milliseconds, so what it decides is exact by that clock.
 *
 * Redis would print 1 800 000 000 000 000 as 1.8e+15: the forms write with %.0f.
 */
import type { Procedure, Reply, View } from '../../state/index.ts';
import { type Answer, type Ask, hold, take, type Terms } from './gcra.ts';
import { bytesOf, entered, type Ledger, ledgerOf, maxActs, struck } from './ledger.ts';

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

/** Of `ledger.ts`: what is kept, with further acts in it; without that taking; and what a bucket at rest is: nothing. */
const luaLedger = `
local function tatOf(value)
  return value and (struct.unpack('>d', value))
end
local function keep(key, tat, at, rest)
  if tat <= at then redis.call('DEL', key)
  else redis.call('SET', key, struct.pack('>d', tat) .. rest, 'PXAT', string.format('%.0f', math.ceil(tat / 1000))) end
end
local function enter(key, value, at, most, tat, acts)
  local before, base, edge, list = tatOf(value), at, at, ''
  if before and before > at + most then base, edge = at + most, before
  elseif before and before > at then
    base, edge = struct.unpack('>dd', value, 9)
    list = string.sub(value, 25)
  end
  for n = 1, #acts, 2 do
    local act, time = acts[n], acts[n + 1]
    if #list > 0 then
      local last, lastTime = struct.unpack('>dd', list, #list - 15)
      if last == act then
        time = time + lastTime
        list = string.sub(list, 1, -17)
      end
    end
    list = list .. struct.pack('>dd', act, time)
    if #list > ${16 * maxActs} then
      local first, firstTime = struct.unpack('>dd', list)
      base, edge, list = math.max(base, first) + firstTime, math.max(edge, first), string.sub(list, 17)
    end
  end
  keep(key, tat, at, struct.pack('>dd', base, edge) .. list)
end
local function strike(key, at, most, time, act)
  local value = redis.call('GET', key)
  if not value then return end
  local before, base, edge = struct.unpack('>ddd', value)
  local list = string.sub(value, 25)
  for from = #list - 15, 1, -16 do
    local one, its = struct.unpack('>dd', list, from)
    if one == act and time > 0 then
      local back = math.min(time, its)
      local left = its > back and struct.pack('>dd', one, its - back) or ''
      time, list = time - back, string.sub(list, 1, from - 1) .. left .. string.sub(list, from + 16)
    end
  end
  if time > 0 then base = base - math.max(0, time - math.max(0, edge - act)) end
  local tat = base
  for from = 1, #list, 16 do
    local one, its = struct.unpack('>dd', list, from)
    tat = math.max(tat, one) + its
  end
  keep(key, math.min(tat, before, at + most), at, struct.pack('>dd', base, edge) .. list)
end
`;

/** What is ahead is a year at most, fourteen digits, which `table.concat` writes out. */
const luaTake = `${luaLedger}
local at = now() * 1000
local terms, of, values, tats, ahead, dirty = {}, {}, redis.call('MGET', unpack(KEYS)), {}, {}, {}
local n, o = {}, 1
for digits in string.gmatch(ARGV[2], '%d+') do n[#n + 1] = tonumber(digits) end
for t = 1, n[1] do
  terms[t] = {n[o + 1], n[o + 2], n[o + 3]}
  o = o + 3
end
for i = 1, #KEYS do
  of[i] = terms[string.byte(ARGV[1], i) - 96]
  tats[i] = tatOf(values[i]) or at
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
  return after, at + math.max(0, wait), after - current
end
local function enters(i, after, act, time)
  local acts = dirty[i]
  tats[i] = after
  if not acts then dirty[i] = {act, time}
  elseif acts[#acts - 1] == act then acts[#acts] = acts[#acts] + time
  else acts[#acts + 1], acts[#acts + 2] = act, time end
end
while o < #n do
  local m, count, cost, extra, most = n[o + 1], n[o + 2], n[o + 3], n[o + 4], n[o + 5]
  o = o + 5
  if m == 0 then
    for i = n[o + 1], n[o + 2] do
      for _ = 1, count do
        local after, act, time = take(i, cost, extra, most)
        if not after then break end
        enters(i, after, act, time)
      end
    end
    o = o + 2
  else
    for _ = 1, count do
      local afters, acts, times = {}, {}, {}
      for k = 1, m do
        afters[k], acts[k], times[k] = take(n[o + k], cost, extra, most)
        if not afters[k] then break end
      end
      if not afters[m] then break end
      for k = 1, m do enters(n[o + k], afters[k], acts[k], times[k]) end
    end
    o = o + m
  end
end
`;

/** Plays a batch of takings, in their order. */
export const takeProcedure: Procedure<TakeReply> = {
  name: 'limit.take',
  lua: `${luaTake}
for i, acts in pairs(dirty) do enter(KEYS[i], values[i], at, of[i][2] + of[i][3], tats[i], acts) end
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

/** Gives back, for each key: interval, capacity, horizon, and of the taking: units, and when it might act. */
export const refundProcedure: Procedure<undefined> = {
  name: 'limit.refund',
  lua: `${luaLedger}
local at = now() * 1000
for i, key in ipairs(KEYS) do
  local n = {}
  for k = 1, 5 do n[k] = tonumber(ARGV[(i - 1) * 5 + k]) end
  strike(key, at, n[2] + n[3], n[4] * n[1], n[5])
end
return {}`,
  apply(view, keys, args) {
    const nowUs = view.nowMs * 1000;
    for (const [index, key] of keys.entries()) {
      const ledger = kept(view, key);
      if (ledger === undefined) continue;
      const [intervalUs, capacityUs, horizonUs, units, atUs] = numbersAt(args, index * 5, 5) as FiveNumbers;
      keep(view, key, struck(ledger, nowUs, { intervalUs, capacityUs, horizonUs }, { units, atUs }), nowUs);
    }
    return [];
  },
  read: () => undefined,
};

/**
 * Sets the arrival time at least so far ahead: one key; interval, capacity, horizon, ahead. What others told is never shortened, by what is given
 * back neither: it is an act then that takes no time.
 */
export const holdProcedure: Procedure<undefined> = {
  name: 'limit.hold',
  lua: `${luaLedger}
local at = now() * 1000
local most = tonumber(ARGV[2]) + tonumber(ARGV[3])
local value = redis.call('GET', KEYS[1])
local held = at + math.min(tonumber(ARGV[4]), most)
if held > math.min(tatOf(value) or at, at + most) then enter(KEYS[1], value, at, most, held, {held, 0}) end
return {}`,
  apply(view, [key], args) {
    const nowUs = view.nowMs * 1000;
    const [intervalUs, capacityUs, horizonUs, aheadUs] = numbersAt(args, 0, 4);
    const terms = { intervalUs, capacityUs, horizonUs } as Terms;
    const ledger = kept(view, key as string);
    const heldUs = hold(ledger?.tatUs, nowUs, terms, aheadUs as number);
    if (heldUs > hold(ledger?.tatUs, nowUs, terms, 0))
      keep(view, key as string, entered(ledger, nowUs, terms, heldUs, [heldUs, 0]), nowUs);
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
  const ledgers = keys.map((key) => kept(view, key));
  const before = ledgers.map((ledger) => ledger?.tatUs ?? nowUs);
  if (writes) {
    const played = playRuns(before, nowUs, terms, numbers.slice(1 + 3 * (numbers[0] as number)));
    for (const [index, key] of keys.entries()) {
      const acts = played.acts[index] as readonly number[];
      if (acts.length === 0) continue;
      const tatUs = played.tatsUs[index] as number;
      keep(view, key, entered(ledgers[index], nowUs, terms[index] as Terms, tatUs, acts), nowUs);
    }
  }
  const ahead = before.map((tatUs, key) => {
    const { capacityUs, horizonUs } = terms[key] as Terms;
    return Math.max(0, Math.min(tatUs - nowUs, capacityUs + horizonUs));
  });
  return [nowUs, Buffer.from(ahead.join(' '))];
}

/** Answers what the buckets are after them, and what was admitted: when it may act, and the time that it takes. */
function playRuns(
  before: readonly number[],
  nowUs: number,
  terms: readonly Terms[],
  numbers: readonly number[],
): { readonly tatsUs: readonly number[]; readonly acts: readonly (readonly number[])[] } {
  const tatsUs = [...before];
  const acts: number[][] = before.map(() => []);
  const enters = (key: number, { units, waitUs }: Answer): void => {
    acts[key]?.push(nowUs + waitUs, units * (terms[key] as Terms).intervalUs);
  };
  let at = 0;
  const next = (): number => numbers[at++] as number;
  while (at < numbers.length) {
    const [m, count] = [next(), next()];
    const ask = { cost: next(), extra: next(), maxWaitUs: next() };
    if (m === 0) {
      const [from, to] = [next() - 1, next() - 1];
      for (let key = from; key <= to; key++)
        for (let n = 0; n < count; n++) {
          const answer = takeAlone(tatsUs, nowUs, key, terms[key] as Terms, ask);
          if (answer.admitted) enters(key, answer);
        }
    } else {
      const parts = Array.from({ length: m }, next).map((key) => ({ key: key - 1, terms: terms[key - 1] as Terms }));
      for (let n = 0; n < count; n++) {
        const answers = takeTogether(tatsUs, nowUs, parts, ask);
        if (answers.every(({ admitted }) => admitted))
          for (const [index, { key }] of parts.entries()) enters(key, answers[index] as Answer);
      }
    }
  }
  return { tatsUs, acts };
}

type FiveNumbers = [number, number, number, number, number];

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

function kept(view: View, key: string): Ledger | undefined {
  const bytes = view.get(key);
  return bytes === undefined ? undefined : ledgerOf(bytes);
}

function keep(view: View, key: string, ledger: Ledger, nowUs: number): void {
  if (ledger.tatUs <= nowUs) view.delete(key);
  else view.set(key, bytesOf(ledger), Math.ceil(ledger.tatUs / 1000));
}
