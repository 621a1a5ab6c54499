/**
 * Many rows into MariaDB: one prepared INSERT with a row of placeholders for each.
 *
 * It is prepared for some sizes only (1, 2, 3, 4, 6, 8, 12, 16, 24 … rows), so that few statements stay prepared; a write of another size is filled
 * up with one of its own rows, which changes nothing. One statement that commits itself: one round trip, where parts that add up take a
 * transaction.
 */
import { kitError } from '../../errors.ts';
import type { RowForm, RowWriter, WrittenRow } from '../writer.ts';
import { type AnySql, lacking, quotedColumns, quotedTable, statement } from './names.ts';

/** Placeholders of one statement: two bytes of the protocol. */
const maxPlaceholders = 65_535;
const mostRows = 8192;
/** Of a packet: what is no value. */
const packetHeadBytes = 16_384;

/** Throws PALIER_BATCH_TABLE. */
export async function mariadbWriter(sql: AnySql, form: RowForm): Promise<RowWriter> {
  await checkTable(sql, form);
  const packet = await sql.run(statement('SELECT @@max_allowed_packet AS bytes'));
  const maxRowBytes = Math.max(1, Number(packet.rows[0]?.['bytes']) - packetHeadBytes);
  const head = `INSERT INTO ${quotedTable(sql, form.table)} (${quotedColumns(sql, form.columns).join(', ')}) VALUES `;
  const row = `(${form.columns.map(() => '?').join(',')})`;
  const tail = ` ON DUPLICATE KEY UPDATE ${changes(sql, form)}`;
  const texts = new Map<number, string>();
  const textOf = (rows: number): string => {
    const made = texts.get(rows) ?? head + Array<string>(rows).fill(row).join(',') + tail;
    texts.set(rows, made);
    return made;
  };
  const options = form.timeoutMs === undefined ? {} : { timeoutMs: form.timeoutMs };
  return {
    maxRows: sizeBelow(Math.min(mostRows, Math.floor(maxPlaceholders / form.columns.length))),
    // What fills up adds half at most, of the smallest row.
    maxBytes: Math.floor(maxRowBytes / 2),
    maxRowBytes,
    maxInFlight: 100,
    async write(rows) {
      const size = sizeAbove(rows.length);
      const values: unknown[] = [];
      for (const one of rows) values.push(...one.values);
      const filling = size > rows.length ? smallest(rows) : undefined;
      if (filling !== undefined) for (let i = rows.length; i < size; i++) values.push(...filling.values);
      await sql.run(statement(textOf(size), values), options);
    },
  };
}

/** The sizes: powers of two, and one and a half of them. */
export function sizeAbove(rows: number): number {
  let power = 1;
  while (power < rows) power *= 2;
  return power >= 4 && (power / 4) * 3 >= rows ? (power / 4) * 3 : power;
}

/** The largest size that is not above it. */
export function sizeBelow(rows: number): number {
  let size = 1;
  for (let next = 2; next <= rows; next = sizeAbove(next + 1)) size = next;
  return size;
}

function smallest(rows: readonly WrittenRow[]): WrittenRow {
  return rows.reduce((least, row) => (row.bytes < least.bytes ? row : least));
}

function changes(sql: AnySql, { columns, key, onDuplicate }: RowForm): string {
  const others = quotedColumns(
    sql,
    columns.filter((column) => !key.includes(column)),
  );
  const [first] = quotedColumns(sql, key);
  // INSERT IGNORE would swallow what else is wrong with the row.
  if (onDuplicate === 'keep' || others.length === 0) return `${first} = ${first}`;
  return others.map((column) => `${column} = VALUES(${column})`).join(', ');
}

/**
 * ON DUPLICATE KEY means any unique index here. So the key must have one, and no other may speak: it would swallow a row that is another one. One that
 * holds the column that counts by itself never does.
 */
async function checkTable(sql: AnySql, { table, columns, key }: RowForm): Promise<void> {
  const [name, schema] = table.split('.').toReversed();
  const where = 'WHERE TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?';
  const about = [schema ?? null, name];
  const there = await sql.run(
    statement(`SELECT COLUMN_NAME AS name, EXTRA AS extra FROM information_schema.COLUMNS ${where}`, about),
  );
  const names = new Set(there.rows.map((one) => one['name']));
  for (const column of columns) if (!names.has(column)) throw lacking(table, column, names.size > 0);
  const counting = there.rows.find((one) => String(one['extra']).includes('auto_increment'))?.['name'];
  const parts = await sql.run(
    statement(
      `SELECT INDEX_NAME AS name, COLUMN_NAME AS part, SUB_PART AS cut FROM information_schema.STATISTICS ${where} AND NON_UNIQUE = 0`,
      about,
    ),
  );
  const indexes = Map.groupBy(parts.rows, (one) => String(one['name']));
  const wanted = [...key].toSorted().join();
  let found = false;
  for (const [index, members] of indexes) {
    const on = members.map((one) => String(one['part']));
    if (on.toSorted().join() === wanted && members.every((one) => one['cut'] === null)) found = true;
    else if (counting === undefined || columns.includes(String(counting)) || !on.includes(String(counting))) {
      throw kitError('PALIER_BATCH_TABLE', {
        table,
        found: `there is another unique index, ${index} (${on.join(', ')})`,
        expected: `the one on (${key.join(', ')}) only: MariaDB cannot tell which of them a row runs into`,
      });
    }
  }
  if (!found)
    throw kitError('PALIER_BATCH_TABLE', {
      table,
      found: 'there is none',
      expected: `a unique index on (${key.join(', ')})`,
    });
}
