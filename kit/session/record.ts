/**
 * How a session is stored: one byte string, so that it is read with one GET and kept as one local copy. Pure.
 *
 *     0 format · 1 phase · 2 version (4) · 6 created (6) · 12 seen (6) · 18 length of the user (1), user
 *     then each field: length of its name (1), name, the version that wrote it (4), length of its value (4), value
 *
 * Whole numbers are big-endian, times the engine's milliseconds since the epoch. The Lua forms read the same. The field without a name
 * holds the labels. A format that is not known here is refused, never guessed: a replica of a newer version may have written it.
 */
import { kitError } from '../errors.ts';

export interface StoredField {
  /** The session's version when it was written. */
  readonly version: number;
  readonly value: Buffer;
}

export interface SessionRecord {
  /** `leaving`: another id took its place; it answers a few seconds longer and keeps no changes. */
  readonly phase: 'live' | 'leaving';
  /** Counts the saves. */
  readonly version: number;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly user: string | undefined;
  readonly fields: ReadonlyMap<string, StoredField>;
}

export interface FieldChange {
  /** The version that the writer saw: 0 when the field was not there. */
  readonly base: number;
  /** Undefined: it goes. */
  readonly value: Buffer | undefined;
}

/** By name. */
export type Changes = ReadonlyMap<string, FieldChange>;

export const recordFormat = 1;
export const maxNameBytes = 255;
export const labelsField = '';
const headerBytes = 18;
const phases = ['live', 'leaving'] as const;
const goes = 0xffff_ffff;

export function encodeRecord(record: SessionRecord): Buffer {
  const header = Buffer.alloc(headerBytes);
  header[0] = recordFormat;
  header[1] = phases.indexOf(record.phase);
  header.writeUInt32BE(record.version, 2);
  header.writeUIntBE(record.createdMs, 6, 6);
  header.writeUIntBE(record.seenMs, 12, 6);
  return Buffer.concat([header, encodeBody(record.user, record.fields)]);
}

/** What follows the times: what a caller hands in when a session is made, since the engine sets the times. */
export function encodeBody(user: string | undefined, fields: ReadonlyMap<string, StoredField>): Buffer {
  const parts = [sized(user ?? '')];
  for (const [name, { version, value }] of fields) parts.push(sized(name), numbers(version, value.length), value);
  return Buffer.concat(parts);
}

/** Throws PALIER_SESSION_FORMAT. */
export function decodeRecord(bytes: Buffer): SessionRecord {
  if (bytes.length <= headerBytes || bytes[0] !== recordFormat) {
    throw kitError('PALIER_SESSION_FORMAT', { format: bytes[0] ?? 'none', known: recordFormat });
  }
  const userEnd = headerBytes + 1 + (bytes[headerBytes] as number);
  const fields = new Map<string, StoredField>();
  for (let at = userEnd; at < bytes.length; ) {
    const nameEnd = at + 1 + (bytes[at] as number);
    const length = bytes.readUInt32BE(nameEnd + 4);
    const start = nameEnd + 8;
    const value = bytes.subarray(start, start + length);
    fields.set(bytes.toString('utf8', at + 1, nameEnd), { version: bytes.readUInt32BE(nameEnd), value });
    at = start + length;
  }
  return {
    phase: phases[bytes[1] as number] ?? 'leaving',
    version: bytes.readUInt32BE(2),
    createdMs: bytes.readUIntBE(6, 6),
    seenMs: bytes.readUIntBE(12, 6),
    user: userEnd === headerBytes + 1 ? undefined : bytes.toString('utf8', headerBytes + 1, userEnd),
    fields,
  };
}

export function encodeChanges(changes: Changes): Buffer {
  const parts: Buffer[] = [];
  for (const [name, { base, value }] of changes) {
    parts.push(sized(name), numbers(base, value === undefined ? goes : value.length));
    if (value !== undefined) parts.push(value);
  }
  return Buffer.concat(parts);
}

export function decodeChanges(bytes: Buffer): Map<string, FieldChange> {
  const changes = new Map<string, FieldChange>();
  for (let at = 0; at < bytes.length; ) {
    const nameEnd = at + 1 + (bytes[at] as number);
    const length = bytes.readUInt32BE(nameEnd + 4);
    const start = nameEnd + 8;
    const end = length === goes ? start : start + length;
    const value = length === goes ? undefined : bytes.subarray(start, end);
    changes.set(bytes.toString('utf8', at + 1, nameEnd), { base: bytes.readUInt32BE(nameEnd), value });
    at = end;
  }
  return changes;
}

export interface Merged {
  readonly record: SessionRecord;
  /** Fields that somebody else wrote since the writer saw them. */
  readonly conflicts: readonly string[];
}

/**
 * The changed fields over the stored ones: what nobody changed here stays as others left it, so that two requests of one session lose none
 * of each other's fields. Where both changed one field, the later save wins and the field is named. Two who take a field away agree.
 */
export function merged(stored: SessionRecord, changes: Changes): Merged {
  const version = stored.version + 1;
  const fields = new Map<string, StoredField>();
  const conflicts: string[] = [];
  for (const [name, field] of stored.fields) {
    const change = changes.get(name);
    if (change === undefined) fields.set(name, field);
    else if (change.base !== field.version) conflicts.push(name);
  }
  for (const [name, { base, value }] of changes) {
    if (value === undefined) continue;
    if (base !== 0 && !stored.fields.has(name)) conflicts.push(name);
    fields.set(name, { version, value });
  }
  return { record: { ...stored, version, fields }, conflicts };
}

function sized(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length]), bytes]);
}

function numbers(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(first, 0);
  bytes.writeUInt32BE(second, 4);
  return bytes;
}
