/** The atomic changes of a user's list of sessions and of the counted labels. */
import type { Procedure, Reply } from '../../state/index.ts';

export interface Ended {
  /** How many of those handed in were there. */
  readonly ended: number;
  /** How many the user has still. */
  readonly left: number;
}

const numbers = ([ended, left]: Reply): Ended => ({ ended: ended as number, left: left as number });

/**
 * Ends sessions at once. Keys: the list, the generation, the sessions. Arguments: `listed` to end only what is in the list (a handle from
 * outside) or `any`; how long a new generation is kept, or 0 for none; the handles.
 */
export const end: Procedure<Ended> = {
  name: 'session.end',
  lua: `
if tonumber(ARGV[2]) > 0 then
  local generation = math.max(tonumber(redis.call('GET', KEYS[2]) or '0') + 1, now())
  redis.call('SET', KEYS[2], string.format('%.0f', generation), 'PXAT', now() + tonumber(ARGV[2]))
end
local ended = 0
for i = 3, #ARGV do
  if ARGV[1] == 'any' or redis.call('ZSCORE', KEYS[1], ARGV[i]) then ended = ended + redis.call('DEL', KEYS[i]) end
  redis.call('ZREM', KEYS[1], ARGV[i])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now())
return {ended, redis.call('ZCARD', KEYS[1])}`,
  apply(view, [list, generation, ...keys], [which, keepMs, ...handles]) {
    if (Number(keepMs) > 0) {
      const next = Math.max(Number(view.get(generation as string) ?? 0) + 1, view.nowMs);
      view.set(generation as string, Buffer.from(String(next)), view.nowMs + Number(keepMs));
    }
    let ended = 0;
    for (const [i, handle] of handles.entries()) {
      const listed = view.sorted.score(list as string, String(handle)) !== undefined;
      if ((String(which) === 'any' || listed) && view.delete(keys[i] as string)) ended++;
      view.sorted.delete(list as string, String(handle));
    }
    view.sorted.deleteRange(list as string, Number.NEGATIVE_INFINITY, view.nowMs);
    return [ended, view.sorted.size(list as string)];
  },
  read: numbers,
};

/** The handles of a user's sessions, the one that would end first first. Key: the list. Argument: how many at most. */
export const members: Procedure<readonly string[]> = {
  name: 'session.members',
  readOnly: true,
  lua: `return redis.call('ZRANGE', KEYS[1], string.format('%.0f', now() + 1), '+inf', 'BYSCORE', 'LIMIT', 0, ARGV[1])`,
  apply: (view, [list], [limit]) =>
    view.sorted
      .range(list as string, view.nowMs + 1, Number.POSITIVE_INFINITY, Number(limit))
      .map((handle) => Buffer.from(handle)),
  read: (reply) => reply.map(String),
};

/**
 * Counts a session under a label for so long, or not at all (0), and answers how many are counted there. Key: the part of the label.
 * Arguments: ms, its handle (nothing to count only).
 */
export const tally: Procedure<number> = {
  name: 'session.tally',
  lua: `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now())
local life = tonumber(ARGV[1])
if ARGV[2] ~= '' and life == 0 then redis.call('ZREM', KEYS[1], ARGV[2]) end
if ARGV[2] ~= '' and life > 0 then
  local ends = now() + life
  redis.call('ZADD', KEYS[1], ends, ARGV[2])
  if redis.call('PEXPIRETIME', KEYS[1]) < ends then redis.call('PEXPIREAT', KEYS[1], ends) end
end
return {redis.call('ZCARD', KEYS[1])}`,
  apply(view, keys, [lifeMs, handle]) {
    const key = keys[0] as string;
    view.sorted.deleteRange(key, Number.NEGATIVE_INFINITY, view.nowMs);
    if (String(handle) !== '') {
      if (Number(lifeMs) === 0) view.sorted.delete(key, String(handle));
      else {
        const ends = view.nowMs + Number(lifeMs);
        view.sorted.set(key, String(handle), ends);
        const stays = view.expiresAtMs(key) as number;
        if (stays === Number.POSITIVE_INFINITY || stays < ends) view.expireAt(key, ends);
      }
    }
    return [view.sorted.size(key)];
  },
  read: ([count]) => count as number,
};
