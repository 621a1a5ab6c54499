/**
 * The changes of what is stored of a user's tokens, each atomic: opening a family, rotating it, revoking, and revoking everyone.
 *
 * Keys, all of one partition: the generation of everyone, the user's revocations, the user's families (a hash). What the TypeScript form does
 * by the pure functions beside it, the Lua form says again; a test drives both with the same calls.
 */
import type { Procedure, View } from '../../state/index.ts';
import {
  type Family,
  familyText,
  isFamilyOver,
  openedFamily,
  readFamily,
  rotation,
  type RotationOutcome,
} from './family.ts';
import {
  familyName,
  type Generation,
  nextGeneration,
  readRevocations,
  type Revocations,
  revocationsText,
  revoked,
} from './revocation.ts';

export interface Opened {
  readonly nowMs: number;
  readonly generation: Generation;
  readonly untilMs: number;
}

export interface Rotated extends Opened {
  readonly outcome: RotationOutcome;
  readonly turn: number;
}

const outcomes: readonly RotationOutcome[] = ['unknown', 'rotated', 'repeated', 'reused', 'expired', 'revoked'];

/** Lua: `generation, gone = revocations(key)` and `revoke(key, name, keepMs, most)`, as in revocation.ts. */
const luaRevocations = `
local function revocations(key)
  local text = redis.call('GET', key)
  local gone = {}
  if not text then return 0, gone end
  for name, at in string.gmatch(text, ' (%S+)=(%d+)') do gone[#gone + 1] = {name, tonumber(at)} end
  return tonumber(string.match(text, '^%d+')), gone
end
local function revoke(key, what, keepMs, most)
  local generation, gone = revocations(key)
  local kept, list = 0, ''
  for _, one in ipairs(gone) do
    if one[2] > now() and one[1] ~= what then
      kept = kept + 1
      list = list .. ' ' .. one[1] .. '=' .. string.format('%d', one[2])
    end
  end
  local all = what == 'all' or kept >= most
  if all then
    generation = math.max(now(), generation + 1)
    list = ''
  else
    list = list .. ' ' .. what .. '=' .. string.format('%d', now() + keepMs)
  end
  local at = math.max(redis.call('PEXPIRETIME', key), now() + keepMs)
  redis.call('SET', key, string.format('%d', generation) .. list, 'PXAT', string.format('%d', at))
  return all
end
local function everyone(key) return tonumber(redis.call('GET', key) or '0') end
local function family(text)
  local t, a, u, i, e = string.match(text, '^(%d+) (%d+) (%d+) (%d+) (%d+)$')
  return tonumber(t), tonumber(a), tonumber(u), tonumber(i), tonumber(e)
end
local function put(key, id, turn, untilMs, idleUntilMs, e)
  local at = math.max(redis.call('PEXPIRETIME', key), untilMs)
  redis.call('HSET', key, id, string.format('%d %d %d %d %d', turn, now(), untilMs, idleUntilMs, e))
  redis.call('PEXPIREAT', key, string.format('%d', at))
end
`;

/** Keys: everyone, revocations, families. Arguments: family, refreshLifeMs, refreshIdleMs, maxFamilies. */
export const openFamily: Procedure<Opened> = {
  name: 'token.open',
  lua: `${luaRevocations}
local e = everyone(KEYS[1])
local generation = revocations(KEYS[2])
local all = redis.call('HGETALL', KEYS[3])
local live, least = {}, nil
for i = 1, #all, 2 do
  local _, turnedAt, untilMs, idleUntilMs, opened = family(all[i + 1])
  if now() >= math.min(untilMs, idleUntilMs) or opened < e then
    redis.call('HDEL', KEYS[3], all[i])
  else
    live[#live + 1] = {all[i], turnedAt}
    if not least or turnedAt < least then least = turnedAt end
  end
end
if #live >= tonumber(ARGV[4]) then
  for _, one in ipairs(live) do
    if one[2] == least then redis.call('HDEL', KEYS[3], one[1]) end
  end
end
local untilMs = now() + tonumber(ARGV[2])
put(KEYS[3], ARGV[1], 1, untilMs, math.min(untilMs, now() + tonumber(ARGV[3])), e)
return {now(), generation, e, untilMs}`,
  apply(view, keys, args) {
    const [everyoneKey, revocationsKey, familiesKey] = keys as [string, string, string];
    const [id, refreshLifeMs, refreshIdleMs, maxFamilies] = args.map(String) as [string, string, string, string];
    const everyone = everyoneOf(view, everyoneKey);
    makeRoom(view, familiesKey, everyone, Number(maxFamilies));
    const lives = { refreshLifeMs: Number(refreshLifeMs), refreshIdleMs: Number(refreshIdleMs) };
    const family = openedFamily(everyone, view.nowMs, lives);
    putFamily(view, familiesKey, id, family);
    return [view.nowMs, readRevocations(view.get(revocationsKey)).generation, everyone, family.untilMs];
  },
  read: ([nowMs, user, everyone, untilMs]) => ({
    nowMs: Number(nowMs),
    generation: { user: Number(user), everyone: Number(everyone) },
    untilMs: Number(untilMs),
  }),
};

/** Keys: everyone, revocations, families. Arguments: family, turn, refreshGraceMs, refreshIdleMs, keepMs, maxRevoked. */
export const rotateFamily: Procedure<Rotated> = {
  name: 'token.rotate',
  lua: `${luaRevocations}
local e = everyone(KEYS[1])
local asked = tonumber(ARGV[2])
local text = redis.call('HGET', KEYS[3], ARGV[1])
if not text then return {0, now(), 0, 0, 0, 0} end
local turn, turnedAt, untilMs, idleUntilMs, opened = family(text)
local outcome = 3
if opened < e then outcome = 5
elseif now() >= math.min(untilMs, idleUntilMs) then outcome = 4
elseif asked >= turn then outcome = 1
elseif asked == turn - 1 and now() - turnedAt <= tonumber(ARGV[3]) then outcome = 2
end
if outcome > 2 then
  redis.call('HDEL', KEYS[3], ARGV[1])
  if outcome == 3 and revoke(KEYS[2], 'f:' .. ARGV[1], tonumber(ARGV[5]), tonumber(ARGV[6])) then
    redis.call('DEL', KEYS[3])
  end
  return {outcome, now(), 0, 0, 0, 0}
end
if outcome == 1 then
  turn = asked + 1
  put(KEYS[3], ARGV[1], turn, untilMs, math.min(untilMs, now() + tonumber(ARGV[4])), opened)
end
local generation = revocations(KEYS[2])
return {outcome, now(), generation, e, untilMs, turn}`,
  apply(view, keys, args) {
    const [everyoneKey, revocationsKey, familiesKey] = keys as [string, string, string];
    const [id, turn, refreshGraceMs, refreshIdleMs, keepMs, maxRevoked] = args.map(String) as [string, ...string[]];
    const everyone = everyoneOf(view, everyoneKey);
    const held = readFamily(view.hash.get(familiesKey, id));
    const options = { refreshGraceMs: Number(refreshGraceMs), refreshIdleMs: Number(refreshIdleMs) };
    const { outcome, family } = rotation(held, { turn: Number(turn), everyone }, view.nowMs, options);
    if (family === undefined) {
      view.hash.delete(familiesKey, id);
      const keep = { keepMs: Number(keepMs), maxRevoked: Number(maxRevoked) };
      if (outcome === 'reused' && revokeIn(view, revocationsKey, familyName(id), keep)) view.delete(familiesKey);
      return [outcomes.indexOf(outcome), view.nowMs, 0, 0, 0, 0];
    }
    if (outcome === 'rotated') putFamily(view, familiesKey, id, family);
    const { generation } = readRevocations(view.get(revocationsKey));
    return [outcomes.indexOf(outcome), view.nowMs, generation, everyone, family.untilMs, family.turn];
  },
  read: ([outcome, nowMs, user, everyone, untilMs, turn]) => ({
    outcome: outcomes[Number(outcome)] as RotationOutcome,
    nowMs: Number(nowMs),
    generation: { user: Number(user), everyone: Number(everyone) },
    untilMs: Number(untilMs),
    turn: Number(turn),
  }),
};

/**
 * Keys: revocations, families. Arguments: `all`, `f:FAMILY` or `t:TOKEN`; keepMs; maxRevoked. Answers whether all of the user's tokens are
 * revoked now.
 */
export const revoke: Procedure<boolean> = {
  name: 'token.revoke',
  lua: `${luaRevocations}
local all = revoke(KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]))
if all then redis.call('DEL', KEYS[2])
elseif string.sub(ARGV[1], 1, 2) == 'f:' then redis.call('HDEL', KEYS[2], string.sub(ARGV[1], 3))
end
return {all and 1 or 0}`,
  apply(view, keys, args) {
    const [revocationsKey, familiesKey] = keys as [string, string];
    const [what, keepMs, maxRevoked] = args.map(String) as [string, string, string];
    const all = revokeIn(view, revocationsKey, what, { keepMs: Number(keepMs), maxRevoked: Number(maxRevoked) });
    if (all) view.delete(familiesKey);
    else if (what.startsWith('f:')) view.hash.delete(familiesKey, what.slice(2));
    return [all ? 1 : 0];
  },
  read: ([all]) => all === 1,
};

/** Key: everyone, of one partition. Argument: keepMs, as long as the longest refresh token. */
export const revokeAll: Procedure<number> = {
  name: 'token.everyone',
  lua: `${luaRevocations}
local generation = math.max(now(), everyone(KEYS[1]) + 1)
local at = math.max(redis.call('PEXPIRETIME', KEYS[1]), now() + tonumber(ARGV[1]))
redis.call('SET', KEYS[1], string.format('%d', generation), 'PXAT', string.format('%d', at))
return {generation}`,
  apply(view, keys, args) {
    const [key] = keys as [string];
    const generation = nextGeneration(everyoneOf(view, key), view.nowMs);
    view.set(key, Buffer.from(String(generation)), later(view, key, view.nowMs + Number(args[0])));
    return [generation];
  },
  read: ([generation]) => Number(generation),
};

/** Key: a user's revocations, or everyone of a partition: a record with a generation only. For copies. */
export const readRevoked: Procedure<Revocations> = {
  name: 'token.revoked',
  readOnly: true,
  lua: "return {redis.call('GET', KEYS[1])}",
  apply: (view, [key]) => [view.get(key as string)],
  read: ([bytes]) => readRevocations(bytes as Buffer | undefined),
};

/** The engine's clock. Key: any; it only says which node answers. */
export const engineNow: Procedure<number> = {
  name: 'token.now',
  readOnly: true,
  lua: 'return {now()}',
  apply: (view) => [view.nowMs],
  read: ([nowMs]) => Number(nowMs),
};

function everyoneOf(view: View, key: string): number {
  return Number(view.get(key) ?? 0);
}

/** Never earlier than it was to expire before. */
function later(view: View, key: string, expiresAtMs: number): number {
  const held = view.expiresAtMs(key) ?? 0;
  return held === Number.POSITIVE_INFINITY ? expiresAtMs : Math.max(held, expiresAtMs);
}

function revokeIn(view: View, key: string, what: string, keep: { keepMs: number; maxRevoked: number }): boolean {
  const { next, all } = revoked(readRevocations(view.get(key)), what, view.nowMs, keep);
  view.set(key, Buffer.from(revocationsText(next)), later(view, key, view.nowMs + keep.keepMs));
  return all;
}

/** Families that are over go; when there are too many still, those that were refreshed longest ago. */
function makeRoom(view: View, key: string, everyone: number, maxFamilies: number): void {
  const live: { id: string; turnedAtMs: number }[] = [];
  for (const [id, bytes] of view.hash.all(key)) {
    const family = readFamily(bytes);
    if (family === undefined || isFamilyOver(family, view.nowMs) || family.everyone < everyone) {
      view.hash.delete(key, id);
    } else live.push({ id, turnedAtMs: family.turnedAtMs });
  }
  if (live.length < maxFamilies) return;
  const least = Math.min(...live.map(({ turnedAtMs }) => turnedAtMs));
  for (const { id, turnedAtMs } of live) if (turnedAtMs === least) view.hash.delete(key, id);
}

function putFamily(view: View, key: string, id: string, family: Family): void {
  const expiresAtMs = later(view, key, family.untilMs);
  view.hash.set(key, id, Buffer.from(familyText(family)));
  view.expireAt(key, expiresAtMs);
}
