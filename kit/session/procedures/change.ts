/**
 * The atomic changes of sessions, each in both forms. All keys of one share a tag (`../ticket.ts`): a session, the one that it replaces, the
 * list of its user's sessions and the user's generation. So a session is never there without being in its list, and a list needs no keyspace
 * events: its members are scored by when they end, and every change clears away those that have.
 *
 * The times are the engine's; each answer begins with a word and the engine's clock.
 */
import type { Procedure, Reply, View } from '../../state/index.ts';
import { endsAtMs } from '../lifetime.ts';
import {
  decodeChanges,
  decodeRecord,
  encodeRecord,
  merged,
  recordFormat,
  type SessionRecord,
} from '../stored/record.ts';
import { luaShared } from './lua.ts';

/** `gone`: ended or never there; `leaving`: replaced by another id; `barred`: the user was logged out everywhere since the permit. */
export type Word = 'gone' | 'done' | 'conflict' | 'large' | 'leaving' | 'unknown-format' | 'full' | 'barred';

export interface Answer {
  readonly word: Word;
  /** The engine's clock. */
  readonly nowMs: number;
  /** With `done` of a save its version; with `large` the bytes that it would have. */
  readonly number: number;
  /** With `conflict` the fields, with `full` the handle of the session that would end first. */
  readonly names: readonly string[];
}

const words: readonly Word[] = ['gone', 'done', 'conflict', 'large', 'leaving', 'unknown-format', 'full', 'barred'];

function answer(view: View, word: Word, number = 0, names: readonly string[] = []): Reply {
  return [words.indexOf(word), view.nowMs, number, ...names.map((name) => Buffer.from(name))];
}

function read([word, nowMs, number, ...names]: Reply): Answer {
  return {
    word: words[word as number] as Word,
    nowMs: nowMs as number,
    number: number as number,
    names: names.map(String),
  };
}

/**
 * Makes a session. Keys: it, the one that it replaces (or itself again), and of a user's the list and the generation. Arguments: absolute ms,
 * idle ms, grace ms, most sessions of the user, its handle, the replaced one's handle, the permit (or nothing), its body.
 */
export const create: Procedure<Answer> = {
  name: 'session.create',
  lua: `${luaShared}
if ARGV[7] ~= '' and tonumber(redis.call('GET', KEYS[4]) or '0') ~= tonumber(ARGV[7]) then return {7, now(), 0} end
local replaced = KEYS[2] ~= KEYS[1]
if replaced then
  local phase = phaseOf(KEYS[2])
  if phase ~= 1 then return {phase, now(), 0} end
end
if KEYS[3] then
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now())
  if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[4]) + (replaced and 1 or 0) then
    local first = redis.call('ZRANGE', KEYS[3], 0, 0)
    return {6, now(), 0, first[1]}
  end
end
if replaced then leave(KEYS[2], KEYS[3], ARGV[6], tonumber(ARGV[3])) end
local ends = now() + math.min(tonumber(ARGV[1]), tonumber(ARGV[2]))
redis.call('SET', KEYS[1], struct.pack('>BBI4I6I6', ${recordFormat}, 0, 1, now(), now()) .. ARGV[8], 'PXAT', ends)
enlist(KEYS[3], ARGV[5], ends)
return {1, now(), 1}`,
  apply(view, [key, old, list, generation], [absoluteMs, idleMs, graceMs, most, handle, oldHandle, permit, body]) {
    if (String(permit) !== '' && Number(view.get(generation as string) ?? 0) !== Number(permit))
      return answer(view, 'barred');
    const replaced = old !== key;
    if (replaced) {
      const phase = phaseOf(view, old as string);
      if (phase !== 'done') return answer(view, phase);
    }
    if (list !== undefined) {
      view.sorted.deleteRange(list, Number.NEGATIVE_INFINITY, view.nowMs);
      if (view.sorted.size(list) >= Number(most) + (replaced ? 1 : 0)) {
        return answer(view, 'full', 0, view.sorted.range(list, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, 1));
      }
    }
    if (replaced) leaveIn(view, old as string, list, String(oldHandle), Number(graceMs));
    const { nowMs } = view;
    const head = encodeRecord({
      phase: 'live',
      version: 1,
      createdMs: nowMs,
      seenMs: nowMs,
      user: undefined,
      fields: new Map(),
    });
    const ends = nowMs + Math.min(Number(absoluteMs), Number(idleMs));
    view.set(key as string, Buffer.concat([head.subarray(0, -1), body as Buffer]), ends);
    enlist(view, list, String(handle), ends);
    return answer(view, 'done', 1);
  },
  read,
};

/**
 * Merges changed fields into what is stored by now; a session that was ended meanwhile stays ended. Keys: it, and of a user's the list.
 * Arguments: absolute ms, idle ms, most bytes, most fields, `tell` or `last` for conflicts, its handle, the changes.
 */
export const save: Procedure<Answer> = {
  name: 'session.save',
  lua: `${luaShared}
local old = redis.call('GET', KEYS[1])
local phase = phaseIn(old)
if phase ~= 1 then return {phase, now(), 0} end
local version, created = struct.unpack('>I4I6', old, 3)
version = version + 1
local body, bytes, count, conflicts = merge(old, ARGV[7], version)
if ARGV[5] == 'tell' and #conflicts > 0 then return {2, now(), 0, unpack(conflicts)} end
if bytes > tonumber(ARGV[3]) or count > tonumber(ARGV[4]) then return {3, now(), bytes} end
local ends = math.min(created + tonumber(ARGV[1]), now() + tonumber(ARGV[2]))
if ends <= now() then
  redis.call('DEL', KEYS[1])
  return {0, now(), 0}
end
redis.call('SET', KEYS[1], struct.pack('>BBI4I6I6', ${recordFormat}, 0, version, created, now()) .. body, 'PXAT', ends)
enlist(KEYS[2], ARGV[6], ends)
return {1, now(), version}`,
  apply(view, [key, list], [absoluteMs, idleMs, maxBytes, maxFields, onConflict, handle, changes]) {
    const phase = phaseOf(view, key as string);
    if (phase !== 'done') return answer(view, phase);
    const stored = decodeRecord(view.get(key as string) as Buffer);
    const { record, conflicts } = merged(stored, decodeChanges(changes as Buffer));
    if (String(onConflict) === 'tell' && conflicts.length > 0) return answer(view, 'conflict', 0, conflicts);
    const bytes = encodeRecord({ ...record, seenMs: view.nowMs });
    if (bytes.length > Number(maxBytes) || record.fields.size > Number(maxFields))
      return answer(view, 'large', bytes.length);
    const ends = endsAtMs(record.createdMs, view.nowMs, { absoluteMs: Number(absoluteMs), idleMs: Number(idleMs) });
    if (ends <= view.nowMs) {
      view.delete(key as string);
      return answer(view, 'gone');
    }
    view.set(key as string, bytes, ends);
    enlist(view, list, String(handle), ends);
    return answer(view, 'done', record.version);
  },
  read,
};

/** Writes a use down; puts the session back into its list if that was lost. Keys and first arguments as of `save`, then its handle. */
export const touch: Procedure<Answer> = {
  name: 'session.touch',
  lua: `${luaShared}
local old = redis.call('GETRANGE', KEYS[1], 0, 17)
local phase = phaseIn(old)
if phase ~= 1 then return {phase, now(), 0} end
local ends = math.min(struct.unpack('>I6', old, 7) + tonumber(ARGV[1]), now() + tonumber(ARGV[2]))
if ends <= now() then
  redis.call('DEL', KEYS[1])
  return {0, now(), 0}
end
redis.call('SETRANGE', KEYS[1], 12, struct.pack('>I6', now()))
redis.call('PEXPIREAT', KEYS[1], ends)
enlist(KEYS[2], ARGV[3], ends)
return {1, now(), 0}`,
  apply(view, [key, list], [absoluteMs, idleMs, handle]) {
    const phase = phaseOf(view, key as string);
    if (phase !== 'done') return answer(view, phase);
    const record = decodeRecord(view.get(key as string) as Buffer);
    const ends = endsAtMs(record.createdMs, view.nowMs, { absoluteMs: Number(absoluteMs), idleMs: Number(idleMs) });
    if (ends <= view.nowMs) {
      view.delete(key as string);
      return answer(view, 'gone');
    }
    view.set(key as string, encodeRecord({ ...record, seenMs: view.nowMs }), ends);
    enlist(view, list, String(handle), ends);
    return answer(view, 'done');
  },
  read,
};

/** Another id took its place, somewhere else: it ends in a few seconds. Keys as of `save`; arguments: grace ms, its handle. */
export const leave: Procedure<Answer> = {
  name: 'session.leave',
  lua: `${luaShared}
local phase = phaseOf(KEYS[1])
if phase == 1 then leave(KEYS[1], KEYS[2], ARGV[2], tonumber(ARGV[1])) end
return {phase, now(), 0}`,
  apply(view, [key, list], [graceMs, handle]) {
    const phase = phaseOf(view, key as string);
    if (phase === 'done') leaveIn(view, key as string, list, String(handle), Number(graceMs));
    return answer(view, phase);
  },
  read,
};

function phaseOf(view: View, key: string): 'gone' | 'done' | 'leaving' | 'unknown-format' {
  const bytes = view.get(key);
  if (bytes === undefined) return 'gone';
  if (bytes[0] !== recordFormat) return 'unknown-format';
  return decodeRecord(bytes).phase === 'live' ? 'done' : 'leaving';
}

function leaveIn(view: View, key: string, list: string | undefined, handle: string, graceMs: number): void {
  const ends = Math.min(view.expiresAtMs(key) as number, view.nowMs + graceMs);
  if (graceMs === 0) {
    view.delete(key);
    if (list !== undefined) view.sorted.delete(list, handle);
    return;
  }
  const record: SessionRecord = { ...decodeRecord(view.get(key) as Buffer), phase: 'leaving' };
  view.set(key, encodeRecord(record), ends);
  enlist(view, list, handle, ends);
}

function enlist(view: View, list: string | undefined, handle: string, ends: number): void {
  if (list === undefined) return;
  view.sorted.deleteRange(list, Number.NEGATIVE_INFINITY, view.nowMs);
  view.sorted.set(list, handle, ends);
  const stays = view.expiresAtMs(list) as number;
  if (stays === Number.POSITIVE_INFINITY || stays < ends) view.expireAt(list, ends);
}
