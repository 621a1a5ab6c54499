/**
 * The change of a session that nobody else changed since it was read: whole, in its place. Most are: then the engine compares 18 bytes and
 * takes the new ones, where `save` would read all fields to merge them. Its time runs on as it was, so that neither it nor the list of its
 * user's sessions has anything to write down; whoever's use is worth that saves with `save`.
 */
import type { Procedure } from '../../state/index.ts';
import { headerBytes } from '../stored/record.ts';

/** False: it is not what it was; nothing is changed. Key: the session. Argument: `rewritten`'s bytes. */
export const rewrite: Procedure<boolean> = {
  name: 'session.rewrite',
  lua: `
if redis.call('GETRANGE', KEYS[1], 0, ${headerBytes - 1}) ~= string.sub(ARGV[1], 1, ${headerBytes}) then return {0} end
redis.call('SET', KEYS[1], string.sub(ARGV[1], ${headerBytes + 1}), 'KEEPTTL')
return {1}`,
  apply(view, keys, [bytes]) {
    const [key, next] = [keys[0] as string, bytes as Buffer];
    const stored = view.get(key);
    if (stored === undefined || !stored.subarray(0, headerBytes).equals(next.subarray(0, headerBytes))) return [0];
    const ends = view.expiresAtMs(key) as number;
    view.set(key, next.subarray(headerBytes));
    view.expireAt(key, ends);
    return [1];
  },
  read: ([done]) => done === 1,
};
