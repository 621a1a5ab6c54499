/** What is written in every run: one table, one kind of row, one statement's words for each engine. */
import type { Migration } from '@palier/kit/state/sql';

export interface Row {
  readonly device: string;
  readonly at: number;
  readonly value: number;
  readonly note: string;
}

export const columns = ['device', 'at', 'value', 'note'] as const;
export type Engine = 'postgres' | 'mariadb' | 'sqlite';

/** About 150 bytes a row, a primary key in no order of arrival, one more index. */
export const table: Migration = {
  name: '0001-readings',
  statements: (db) => [
    db.schema
      .createTable('readings')
      .addColumn('device', 'varchar(40)', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('value', 'double precision', (column) => column.notNull())
      .addColumn('note', 'varchar(200)', (column) => column.notNull())
      .addPrimaryKeyConstraint('readings_key', ['device', 'at']),
    db.schema.createIndex('readings_at').on('readings').column('at'),
  ],
};

const filling = 'x'.repeat(90);

/** New rows without end, of 5000 devices in turn. */
export function rowSource(): () => Row {
  let made = 0;
  return () => {
    made++;
    return { device: `device-${made % 5000}`, at: 1_700_000_000_000 + made, value: made / 7, note: filling + made };
  };
}

export const keepWords = {
  postgres: 'ON CONFLICT (device, at) DO NOTHING',
  sqlite: 'ON CONFLICT (device, at) DO NOTHING',
  mariadb: 'ON DUPLICATE KEY UPDATE device = device',
} as const;
