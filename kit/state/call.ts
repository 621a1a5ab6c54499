/** What holds for a call on every engine before it leaves: sizes, and one deadline. */
import { kitError } from '../errors.ts';
import type { Value } from './kv.ts';
import type { CheckedStateOptions } from './options.ts';

/** The value as bytes. Throws PALIER_STATE_SIZE. */
export function checkedValue(value: Value, options: CheckedStateOptions): Buffer {
  const fitting = checkedArgument(value, options);
  return typeof fitting === 'string' ? Buffer.from(fitting) : fitting;
}

/** Text stays text: node-redis joins it to its neighbours and writes bytes apart. Throws PALIER_STATE_SIZE. */
export function checkedArgument(value: Value, { maxValueBytes }: CheckedStateOptions): string | Buffer {
  if (typeof value === 'string') {
    // A code unit takes three bytes at most, so that most texts need no count.
    const bytes = value.length * 3 <= maxValueBytes ? 0 : Buffer.byteLength(value);
    if (bytes <= maxValueBytes) return value;
    throw kitError('PALIER_STATE_SIZE', { what: 'value', bytes, most: maxValueBytes, outcome: 'none' });
  }
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (bytes.length <= maxValueBytes) return bytes;
  throw kitError('PALIER_STATE_SIZE', { what: 'value', bytes: bytes.length, most: maxValueBytes, outcome: 'none' });
}

/** Throws PALIER_STATE_SIZE. */
export function checkedKey(key: string, { maxKeyBytes }: CheckedStateOptions): string {
  // A code unit takes three bytes at most, so that most keys need no count.
  const bytes = key.length * 3 <= maxKeyBytes ? key.length : Buffer.byteLength(key);
  if (bytes > 0 && bytes <= maxKeyBytes) return key;
  throw kitError('PALIER_STATE_SIZE', { what: 'key', bytes, most: maxKeyBytes, outcome: 'none' });
}

/** Throws PALIER_STATE_TIME: a lifetime that no engine can keep. */
export function checkedLifetime(expiresInMs: number): number {
  if (Number.isSafeInteger(expiresInMs) && expiresInMs > 0) return expiresInMs;
  throw kitError('PALIER_STATE_TIME', { expiresInMs, outcome: 'none' });
}

/** The tag that decides the node of a key (Redis Cluster specification, "Hash tags"): the whole key when it has none. */
function tagOf(key: string): string {
  const open = key.indexOf('{');
  if (open < 0) return key;
  const shut = key.indexOf('}', open + 1);
  return shut > open + 1 ? key.slice(open + 1, shut) : key;
}

/** Throws PALIER_STATE_SLOTS: on every engine, so that what runs on SQLite runs on a Cluster. */
export function checkedTags(procedure: string, keys: readonly string[]): void {
  const first = keys[0];
  if (first === undefined || keys.length === 1) return;
  const tag = tagOf(first);
  // Most keys of a call begin alike, up to the tag's end.
  const head = tag === first ? undefined : first.slice(0, first.indexOf('{') + tag.length + 2);
  for (const key of keys) {
    if ((head !== undefined && key.startsWith(head)) || tagOf(key) === tag) continue;
    throw kitError('PALIER_STATE_SLOTS', { procedure, first, stray: key, outcome: 'none' });
  }
}
