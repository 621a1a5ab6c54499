/**
 * The change of a session that nobody else changed since it was read: whole, in its place. Most are: then the engine compares what it has with
 * what was read and takes the new one, where `save` would read all fields to merge them. It compares all bytes: a failover that loses some
 * saves begins their versions anew. The session's time runs on as it was, so that neither it nor the list of its user's sessions has anything
 * to write down; whoever's use is worth that saves with `save`.
 */
import type { Procedure } from '../../state/index.ts';

/** False: it is not what it was; nothing is changed. Key: the session. Arguments: `rewritten`'s `seen` and its bytes. */
export const rewrite: Procedure<boolean> = {
  name: 'session.rewrite',
  lua: `
local seen = tonumber(ARGV[1])
if redis.call('GET', KEYS[1]) ~= string.sub(ARGV[2], 1, seen) then return {0} end
redis.call('SET', KEYS[1], string.sub(ARGV[2], seen + 1), 'KEEPTTL')
return {1}`,
  apply(view, keys, [length, bytes]) {
    const [key, seen, both] = [keys[0] as string, Number(length), bytes as Buffer];
    if (view.get(key)?.equals(both.subarray(0, seen)) !== true) return [0];
    const ends = view.expiresAtMs(key) as number;
    view.set(key, both.subarray(seen));
    view.expireAt(key, ends);
    return [1];
  },
  read: ([done]) => done === 1,
};
