/** The ways in which a service may write its rows: ours, and what people do. */
import { createRequire } from 'node:module';
import { systemSurroundings } from '@palier/base/surroundings';
import { openBatch, openWriter, type RowWriter } from '@palier/kit/batch';
import { openSql, type Sql } from '@palier/kit/state/sql';
import { columns, type Row, table } from './rows.ts';

/** Resolves when the row is committed. */
export interface Way {
  write(row: Row): Promise<unknown>;
  /** Statements until now. */
  writes(): number;
  close(): Promise<void>;
}

interface Tables {
  readings: Row;
}

type DataLoader = { load(row: Row): Promise<unknown> };
type DataLoaderClass = new (
  batch: (rows: readonly Row[]) => Promise<readonly unknown[]>,
  options: { readonly cache: false; readonly maxBatchSize: number },
) => DataLoader;

const form = { table: 'readings', columns, key: ['device', 'at'], onDuplicate: 'keep' } as const;
/** Of what gathers, and sends it: as large as ours. */
const mostRows = 1024;
const lingerMs = 10;

/** Of a pool, by pg's and mysql2's own default, and the kit's. */
const poolSize = 10;

/** Singles wait for a connection: as many as come. `singles 64`: with so many connections. */
export async function openWay(name: string, url: string): Promise<Way> {
  const [, own] = /^singles (\d+)$/.exec(name) ?? [];
  const around = systemSurroundings();
  const sql = await openSql<Tables>(url, around, {
    migrations: [table],
    connections: Number(own ?? poolSize),
    maxWaiting: 100_000,
    timeoutMs: 30_000,
  });
  const close = (): Promise<void> => sql.close();
  let count = 0;
  const writes = (): number => count;
  const counted = async (): Promise<RowWriter> => {
    const writer = await openWriter(sql as never, { ...form, timeoutMs: undefined });
    return { ...writer, write: (rows) => (count++, writer.write(rows)) };
  };
  switch (own === undefined ? name : 'singles') {
    case 'singles':
      return { write: (row) => (count++, one(sql, row)), writes, close };
    case 'linger':
      return { write: gathering(await counted()), writes, close };
    case 'dataloader': {
      const writer = await counted();
      const Loader = createRequire(import.meta.url)('dataloader') as DataLoaderClass;
      const loader = new Loader(
        async (rows) => {
          await writer.write(rows.map(written));
          return rows;
        },
        { cache: false, maxBatchSize: Math.min(mostRows, writer.maxRows) },
      );
      return { write: (row) => loader.load(row), writes, close };
    }
    default: {
      // batch, or batch with options: `batch {"inFlight":1}`.
      const options = JSON.parse(name.replace(/^batch ?/, '') || '{}') as object;
      const batch = await openBatch(sql, around, { ...form, ...options });
      return {
        write: (row) => batch.add(row),
        writes: () => batch.counts.writes,
        async close() {
          await batch.close();
          await close();
        },
      };
    }
  }
}

function one(sql: Sql<Tables>, row: Row): Promise<unknown> {
  return sql.words.insertUnlessThere(sql.query.insertInto('readings').values(row), ['device', 'at']).execute();
}

const written = ({ device, at, value, note }: Row) => ({ values: [device, at, value, note], bytes: 200 });

/** The usual home-made one: what comes within 10 ms of the first goes together. */
function gathering(writer: RowWriter): (row: Row) => Promise<unknown> {
  let waiting: { readonly row: Row; resolve(): void; reject(error: unknown): void }[] = [];
  const send = (): void => {
    const all = waiting;
    waiting = [];
    for (let at = 0; at < all.length; at += Math.min(mostRows, writer.maxRows)) {
      const part = all.slice(at, at + Math.min(mostRows, writer.maxRows));
      writer.write(part.map(({ row }) => written(row))).then(
        () => part.forEach((each) => each.resolve()),
        (error: unknown) => part.forEach((each) => each.reject(error)),
      );
    }
  };
  return (row) =>
    new Promise<void>((resolve, reject) => {
      if (waiting.length === 0) setTimeout(send, lingerMs);
      waiting.push({ row, resolve, reject });
    });
}
