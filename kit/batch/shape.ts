/** A row as it is added: its values in the order of the columns, its key as a text, and what it takes. Pure. */
import { kitError } from '../errors.ts';
import type { RowForm } from './writer.ts';

export interface ReadRow {
  readonly key: string;
  readonly values: readonly unknown[];
  readonly bytes: number;
}

/** Of a number as text, and what the protocols put before a value. */
const numberBytes = 24;
const headBytes = 9;

/** Reads rows of one form. The values are taken now: who changes his object later changes nothing here. Throws PALIER_BATCH_VALUE. */
export function rowReader({ table, columns, key }: RowForm): (row: object) => ReadRow {
  const places = key.map((name) => columns.indexOf(name));
  return (row) => {
    const values: unknown[] = [];
    let bytes = 0;
    for (const column of columns) {
      const value = (row as Readonly<Record<string, unknown>>)[column];
      const size = bytesOf(value);
      if (size === null)
        throw unfit(
          table,
          column,
          kindOf(value),
          'a text of whole characters, a number, a bigint, a boolean, a Date, bytes or null',
        );
      bytes += size;
      values.push(value);
    }
    let text = '';
    for (const place of places) {
      const part = keyText(values[place]);
      // A unique index lets any number of nulls in.
      if (part === null) throw unfit(table, columns[place] as string, 'null', 'a value: it is part of the key');
      text += part;
    }
    return { key: text, values, bytes };
  };
}

function bytesOf(value: unknown): number | null {
  switch (typeof value) {
    case 'string':
      // Half a pair of UTF-16 would be stored as the sign for what is no letter, and two keys be one.
      return value.isWellFormed() ? Buffer.byteLength(value) + headBytes : null;
    case 'number':
    case 'boolean':
      return numberBytes + headBytes;
    case 'bigint':
      return String(value).length + headBytes;
    case 'undefined':
      return headBytes;
  }
  if (value === null) return headBytes;
  if (value instanceof Uint8Array) return value.byteLength + headBytes;
  // Neither a Date that is none nor an object can be written.
  return value instanceof Date && !Number.isNaN(value.getTime()) ? numberBytes + headBytes : null;
}

/** Different values have different texts, however they are joined. */
function keyText(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (value instanceof Date) return `d${value.getTime()};`;
  if (value instanceof Uint8Array)
    return `x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')};`;
  return `n${String(value)};`;
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return 'a text with half a character';
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : typeof value;
}

function unfit(table: string, column: string, found: string, expected: string): Error {
  return kitError('PALIER_BATCH_VALUE', { table, column, found, expected, outcome: 'none' });
}
