/**
 * How a session is stored: one byte string, so that it is read with one GET and kept as one local copy. Pure.
 *
 *     0 format · 1 phase · 2 version (4) · 6 created (6) · 12 seen (6) · 18 length of the user (1), user
 *     then each field: length of its name (1), name, the version that wrote it (4), length of its value (4), value
 *
 * Whole numbers are big-endian, times the engine's milliseconds since the epoch. The Lua forms read the same. The field without a name
 * holds the labels. A format that is not known here is refused, never guessed: a replica of a newer version may have written it.
 */
import { kitError } from '../../errors.ts';
import { type Fields, StoredField, StoredFields } from './fields.ts';

export interface SessionRecord {
  /** `leaving`: another id took its place; it answers a few seconds longer and keeps no changes. */
  readonly phase: 'live' | 'leaving';
  /** Counts the saves. */
  readonly version: number;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly user: string | undefined;
  readonly fields: Fields;
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
/** Format, phase, version and times. */
const headerBytes = 18;
const phases = ['live', 'leaving'] as const;
const goes = 0xffff_ffff;

export function encodeRecord(record: SessionRecord): Buffer {
  const header = Buffer.alloc(headerBytes);
  writeHeader(header, record, record.version, 0);
  return Buffer.concat([header, encodeBody(record.user, record.fields)]);
}

/** What follows the times: what a caller hands in when a session is made, since the engine sets the times. */
export function encodeBody(user: string | undefined, fields: Fields): Buffer {
  const parts: Part[] = [];
  for (const [name, { version, value }] of fields) parts.push({ name, first: version, value });
  return encoded(user ?? '', parts);
}

/** Throws PALIER_SESSION_FORMAT. */
export function decodeRecord(bytes: Buffer): SessionRecord {
  if (bytes.length <= headerBytes || bytes[0] !== recordFormat) {
    throw kitError('PALIER_SESSION_FORMAT', { format: bytes[0] ?? 'none', known: recordFormat });
  }
  const userEnd = headerBytes + 1 + (bytes[headerBytes] as number);
  return new DecodedRecord(bytes, userEnd);
}

/**
 * A class, and no literal: of a literal whose first objects lived long, as those do that many requests make at once while the heap is small, V8
 * puts all later ones beside the old objects (allocation-site pretenuring). There each keeps what it names until the next full collection, and
 * every scavenge has that to copy (`--trace-gc`; bench/README.md, session, has the pauses). Objects of a class begin young.
 */
class DecodedRecord implements SessionRecord {
  readonly phase: 'live' | 'leaving';
  readonly version: number;
  readonly createdMs: number;
  readonly seenMs: number;
  readonly user: string | undefined;
  readonly fields: Fields;
  constructor(bytes: Buffer, userEnd: number) {
    this.phase = phases[bytes[1] as number] ?? 'leaving';
    this.version = bytes.readUInt32BE(2);
    this.createdMs = bytes.readUIntBE(6, 6);
    this.seenMs = bytes.readUIntBE(12, 6);
    this.user = userEnd === headerBytes + 1 ? undefined : bytes.toString('utf8', headerBytes + 1, userEnd);
    this.fields = new StoredFields(bytes, userEnd);
  }
}

export function encodeChanges(changes: Changes): Buffer {
  const parts: Part[] = [];
  for (const [name, { base, value }] of changes) parts.push({ name, first: base, value });
  return encoded(undefined, parts);
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
    fields.set(name, new StoredField(version, value));
  }
  return { record: { ...stored, version, fields }, conflicts };
}

export interface Rewritten {
  /** The session as it was read, and behind it as it is to be stored. */
  readonly bytes: Buffer;
  /** How many of the bytes it was read as. */
  readonly seen: number;
  /** How many fields it has then. */
  readonly fields: number;
}

/** What `merged` makes of it, in bytes: those that were read, but for what changed. Undefined of one that is leaving, or was made here. */
export function rewritten(record: SessionRecord, changes: Changes): Rewritten | undefined {
  if (record.phase !== 'live' || !(record.fields instanceof StoredFields)) return undefined;
  const version = record.version + 1;
  const parts: Part[] = [];
  for (const [name, { value }] of changes) if (value !== undefined) parts.push({ name, first: version, value });
  const kept = record.fields.without([...changes.keys()], headerBytes);
  const seen = kept.bytes.length;
  let length = seen + headerBytes + lengthOf(parts);
  for (let i = 0; i < kept.ranges.length; i += 2) length += (kept.ranges[i + 1] as number) - (kept.ranges[i] as number);
  const bytes = Buffer.allocUnsafe(length);
  kept.bytes.copy(bytes);
  let at = writeHeader(bytes, record, version, seen);
  for (let i = 0; i < kept.ranges.length; i += 2) at += kept.bytes.copy(bytes, at, kept.ranges[i], kept.ranges[i + 1]);
  writeParts(bytes, parts, at);
  return { bytes, seen, fields: kept.count + parts.length };
}

interface Part {
  readonly name: string;
  readonly first: number;
  readonly value: Buffer | undefined;
}

/** Text with its length before it, if there is one, then the parts; in one piece, since each small buffer costs as much as a large one. */
function encoded(text: string | undefined, parts: readonly Part[]): Buffer {
  const bytes = Buffer.allocUnsafe((text === undefined ? 0 : 1 + Buffer.byteLength(text)) + lengthOf(parts));
  writeParts(bytes, parts, text === undefined ? 0 : writeSized(bytes, text, 0));
  return bytes;
}

function lengthOf(parts: readonly Part[]): number {
  let length = 0;
  for (const { name, value } of parts) length += 9 + Buffer.byteLength(name) + (value?.length ?? 0);
  return length;
}

function writeParts(bytes: Buffer, parts: readonly Part[], from: number): void {
  let at = from;
  for (const { name, first, value } of parts) {
    at = writeSized(bytes, name, at);
    at = bytes.writeUInt32BE(first, at);
    at = bytes.writeUInt32BE(value === undefined ? goes : value.length, at);
    if (value !== undefined) at += value.copy(bytes, at);
  }
}

function writeHeader(bytes: Buffer, { phase, createdMs, seenMs }: SessionRecord, version: number, at: number): number {
  bytes[at] = recordFormat;
  bytes[at + 1] = phases.indexOf(phase);
  bytes.writeUInt32BE(version, at + 2);
  bytes.writeUIntBE(createdMs, at + 6, 6);
  return bytes.writeUIntBE(seenMs, at + 12, 6);
}

function writeSized(bytes: Buffer, text: string, at: number): number {
  const length = bytes.write(text, at + 1);
  bytes[at] = length;
  return at + 1 + length;
}
