/** Opens a database by its URL; a driver's library is loaded only when its URL is used. */
import { type Compilable, type CompiledQuery, type Kysely, type QueryResult, sql } from 'kysely';
import { shownUrl } from '../address.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { parseSqlAddress, type SqlAddress } from './address.ts';
import { overBudget } from './budget.ts';
import type { Engine } from './engines/engine.ts';
import { kyselyOn } from './kysely.ts';
import { migrate } from './migrate.ts';
import { type CheckedSqlOptions, checkedSqlOptions, type SqlOptions } from './options.ts';
import type { Sql, SqlCallOptions, Steps, Transaction, TransactionOptions } from './sql.ts';
import { wordsOf } from './words.ts';

/**
 * The tables at `url` (forms: `address.ts`), brought up to date. Waits for a server for `openTimeoutMs`. Throws PALIER_SQL_URL,
 * PALIER_STATE_OPTION, PALIER_STATE_OPEN, PALIER_STATE_REFUSED, PALIER_SQL_CONNECTIONS, PALIER_SQL_MIGRATION….
 */
export async function openSql<Tables>(
  url: string,
  around: StateSurroundings,
  options: SqlOptions = {},
): Promise<Sql<Tables>> {
  const checked = checkedSqlOptions(options);
  const engine = await engineAt(parseSqlAddress(url), around, checked);
  const query = kyselyOn<Tables>(engine, checked.timeoutMs);
  const now = (): string => new Date(around.clock.epochMs()).toISOString();
  try {
    await checkBudget(engine, checked);
    await migrate(engine, { query: query as Kysely<unknown>, options: checked, log: around.log, now });
  } catch (error) {
    await engine.close();
    throw error;
  }
  engine.health.onChange((state, reason) => {
    around.log(state === 'up' ? 'info' : 'warn', `the database is ${state}`, { at: shownUrl(url), reason });
  });
  return sqlOn(engine, query, checked, await listenAt(parseSqlAddress(url), checked, around));
}

async function engineAt(address: SqlAddress, around: StateSurroundings, checked: CheckedSqlOptions): Promise<Engine> {
  if (address.kind === 'sqlite') {
    const { openSqliteDatabase } = await import('./engines/file-sqlite.ts');
    return openSqliteDatabase(address.path, checked, around);
  }
  const { PooledEngine } = await import('./engines/pooled.ts');
  const connect =
    address.kind === 'mariadb'
      ? (await import('./engines/link-mysql2.ts')).connectMariadb
      : (await import('./engines/link-pg.ts')).connectPostgres;
  return new PooledEngine(connect, address, checked, around);
}

const limits = {
  // A limit of the user of 0 is none.
  mariadb:
    'SELECT LEAST(@@max_connections, IF(@@max_user_connections = 0, @@max_connections, @@max_user_connections)) AS most',
  postgres: `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most`,
};

/** The first question to the server: also the wait for one that is still starting. */
async function checkBudget(engine: Engine, options: CheckedSqlOptions): Promise<void> {
  if (engine.name === 'sqlite') return;
  const question = sql.raw(limits[engine.name]).compile(kyselyOn(engine, options.openTimeoutMs));
  const { rows } = await engine.run(question, options.openTimeoutMs);
  const most = Number((rows[0] as { most: unknown }).most);
  const refusal = overBudget({ ...options, most });
  if (refusal !== undefined) throw refusal;
}

async function listenAt(
  address: SqlAddress,
  { ca }: CheckedSqlOptions,
  around: StateSurroundings,
): Promise<Sql<never>['listen']> {
  if (address.kind !== 'postgres') return undefined;
  const { listenPostgres } = await import('./engines/listen-pg.ts');
  return (channel, hearer) => listenPostgres({ address, ca }, around, channel, hearer);
}

function sqlOn<Tables>(
  engine: Engine,
  query: Kysely<Tables>,
  options: CheckedSqlOptions,
  listen: Sql<Tables>['listen'],
): Sql<Tables> {
  const transaction = <Result>(
    steps: (tx: Transaction) => Steps<Result>,
    { timeoutMs, attempts = options.attempts }: TransactionOptions = {},
  ): Promise<Result> =>
    engine.transaction(() => steps(transactionOfSteps), {
      timeoutMs: timeoutMs ?? options.transactionTimeoutMs,
      // The limit that its connection has anyway: another one would cost a round trip each time.
      statementTimeoutMs: timeoutMs ?? options.timeoutMs,
      attempts,
    });
  return {
    engine: engine.name,
    health: engine.health,
    query,
    words: wordsOf(engine.name),
    run: <Row>(statement: Compilable<Row>, { timeoutMs = options.timeoutMs }: SqlCallOptions = {}) =>
      engine.run(statement.compile(), timeoutMs) as Promise<QueryResult<Row>>,
    transaction,
    atomically: (statements, how) => {
      const compiled = statements.map((statement) => statement.compile());
      return transaction(() => each(compiled), how);
    },
    listen,
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

const transactionOfSteps: Transaction = {
  *all<Row>(statement: Compilable<Row>) {
    return (yield statement.compile()).rows as Row[];
  },
  *first<Row>(statement: Compilable<Row>) {
    return (yield statement.compile()).rows[0] as Row | undefined;
  },
  *run(statement) {
    return yield statement.compile();
  },
};

function* each(statements: readonly CompiledQuery[]): Steps<QueryResult<unknown>[]> {
  const results: QueryResult<unknown>[] = [];
  for (const statement of statements) results.push(yield statement);
  return results;
}
