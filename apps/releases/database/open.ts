/** Opens the database that a URL names and brings its tables up to date. */
import { randomBytes } from 'node:crypto';
import { PalierError } from '@palier/base/error';
import { queueMigrations } from '@palier/kit/queue';
import { openSql, outcomeOf, type Sql, type StateSurroundings } from '@palier/kit/state/sql';
import { idMaker } from './ids.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './schema.ts';

/** For a list of statements that nothing can be decided between: what a later one needs is known before (ids are made here). */
export interface Database extends Pick<Sql<Tables>, 'query' | 'atomically' | 'transaction' | 'close'> {
  /** For the queue, which lies in the same database. */
  readonly sql: Sql<Tables>;
  newId(): string;
  /** Asks the database for one row. */
  ping(): Promise<void>;
}

export interface DatabaseOptions {
  /** `sqlite:FILE`, relative to the working folder; `mariadb://…`. */
  readonly url: string;
  /** How long a statement or a list of them may take, the wait for the lock or for a connection included. */
  readonly timeoutMs: number;
  /** Connections of this replica to a server. */
  readonly connections: number;
  /** How many replicas there are, so that their connections together can be held against what the server takes. */
  readonly replicas: number;
}

export interface DatabaseSurroundings extends StateSurroundings {
  /** Called for each statement. */
  readonly onQuery: () => void;
  /** Called each time that something found the database locked and comes again. */
  readonly onLocked: () => void;
}

/** Throws what `openSql` throws. */
export async function openDatabase(options: DatabaseOptions, around: DatabaseSurroundings): Promise<Database> {
  const { url, timeoutMs, connections, replicas } = options;
  const sql = await openSql<Tables>(url, around, {
    migrations: [...queueMigrations, ...migrations],
    timeoutMs,
    transactionTimeoutMs: timeoutMs,
    connections,
    replicas,
    onStatement: around.onQuery,
    onRetry: around.onLocked,
  });
  const { query, atomically, transaction, close } = sql;
  return {
    sql,
    query,
    atomically,
    transaction,
    close,
    newId: idMaker(
      () => around.clock.epochMs(),
      () => randomBytes(16),
    ),
    ping: async () => {
      await query.selectFrom('seeds').select('name').limit(1).execute();
    },
  };
}

/** Whether a change that failed may have been made all the same: its answer was lost. What belongs to it must not be taken back then. */
export function mayHaveHappened(error: unknown): boolean {
  return error instanceof PalierError && error.code.startsWith('PALIER_SQL_') && outcomeOf(error) === 'unknown';
}
