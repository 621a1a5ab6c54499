/** What every statement of a queue stands on: the tables, the engine's clock, lists of numbers as each engine takes them best. */
import type { Clock } from '@palier/base/clock';
import { kitError } from '../../errors.ts';
import { type Compilable, type Kysely, type RawBuilder, sql } from 'kysely';
import type { Sql, SqlEngine, Steps, Transaction } from '../../state/sql/index.ts';
import { codes } from '../states/states.ts';
import type { QueueTables } from './tables.ts';

export interface QueueTerms {
  /** Whether jobs of groups take turns. */
  readonly fair: boolean;
  /** How many jobs of one lane may be ready or running at once, over all workers. */
  readonly perLane: number;
  /** How many jobs of the queue may run at once, over all workers. */
  readonly maxRunning: number;
  readonly maxCrashes: number;
  readonly keepDeadMs: number;
}

export interface Ground {
  readonly sql: Sql<QueueTables>;
  readonly db: Kysely<QueueTables>;
  readonly engine: SqlEngine;
  /** The queue's number. */
  readonly queue: number;
  readonly terms: QueueTerms;
  /** The time at the engine, in milliseconds; for a file that of this machine, which is the same. */
  now(): RawBuilder<number>;
  /** So many milliseconds after it. */
  later(byMs: number): RawBuilder<number>;
}

export function groundOn(sql: Sql<QueueTables>, clock: Clock, queue: number, terms: QueueTerms): Ground {
  return {
    sql,
    db: sql.query,
    engine: sql.engine,
    queue,
    terms,
    now: () => timeAt(sql, clock, 0),
    later: (byMs) => timeAt(sql, clock, byMs),
  };
}

function timeAt({ engine, words }: Sql<QueueTables>, clock: Clock, byMs: number): RawBuilder<number> {
  if (engine === 'sqlite') return sql<number>`${Math.floor(clock.epochMs()) + Math.round(byMs)}`;
  return byMs === 0 ? words.nowMs : sql<number>`${words.nowMs} + ${sql.lit(Math.round(byMs))}`;
}

/**
 * `column IN (…)` for whole numbers of our own. One text for every length on PostgreSQL and SQLite, so that it is prepared once; MariaDB has
 * no such form that uses the index, and reads literals faster than it prepares anew.
 */
export function among(engine: SqlEngine, column: string, numbers: readonly number[]): RawBuilder<boolean> {
  return isAmong(engine, sql.ref(column), numbers);
}

/**
 * Running, and under one of these claims. As sums, so that no index serves them: who settles goes by the primary key and locks nothing else,
 * or MariaDB may walk all that runs, and wait for other workers' rows.
 */
export function heldUnder(engine: SqlEngine, claims: readonly number[]): RawBuilder<boolean> {
  const places = [...new Set(claims)];
  return sql<boolean>`state + 0 = ${sql.lit(codes.running)} AND ${isAmong(engine, sql`(place + 0)`, places)}`;
}

function isAmong(engine: SqlEngine, ref: RawBuilder<unknown>, numbers: readonly number[]): RawBuilder<boolean> {
  switch (engine) {
    case 'postgres':
      // The text of the list: pg would make it number by number, each quoted.
      return sql<boolean>`${ref} = ANY(${`{${numbers.join()}}`}::bigint[])`;
    case 'sqlite':
      return sql<boolean>`${ref} IN (SELECT value FROM json_each(${JSON.stringify(numbers)}))`;
    case 'mariadb':
      return sql<boolean>`${ref} IN (${sql.join(numbers.map((number) => sql.lit(number)))})`;
  }
}

/** The first of an index, for a transaction that will change them; passes by those that another has locked. */
export function* locked<Row>(
  { sql }: Ground,
  tx: Transaction,
  select: Parameters<typeof sql.words.lockFree<QueueTables, keyof QueueTables, Row>>[0],
): Steps<Row[]> {
  return yield* tx.all(sql.words.lockFree(select) as Compilable<Row>);
}

/** A row that is made unless it is there, and read; what takes off idle rows may come between the two statements. */
export function* keptRow<Row>(tx: Transaction, insert: Compilable, select: Compilable<Row>): Steps<Row> {
  for (let tries = 0; tries < mostTries; tries++) {
    yield* tx.run(insert);
    const row = yield* tx.first(select);
    if (row !== undefined) return row;
  }
  throw kitError('PALIER_SQL_CONFLICT', { engine: 'The queue', why: 'a row comes and goes', outcome: 'none' });
}

const mostTries = 10;

export function changed(result: { readonly numAffectedRows?: bigint }): number {
  return Number(result.numAffectedRows ?? 0n);
}

/** Cut where a column or a page would not take more. */
export function bounded(text: string, maxLength: number): string {
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** A row has 21 columns at most, of 32 766 placeholders that SQLite has; and a statement of more holds its locks for longer. */
const mostRows = 500;
/** Each has three bytes at most: MariaDB ends a connection that sends more than `max_allowed_packet`, 16 MiB by default. */
const mostLetters = 1_000_000;

/** Rows that are to be written, in their order, in portions that every engine takes in one statement; none is empty. */
export function portionsOf<Row>(rows: readonly Row[], lettersOf: (row: Row) => number): readonly (readonly Row[])[] {
  const portions: Row[][] = [];
  let last: Row[] = [];
  let letters = Infinity;
  for (const row of rows) {
    const more = lettersOf(row);
    if (last.length >= mostRows || letters + more > mostLetters) {
      last = [];
      letters = 0;
      portions.push(last);
    }
    last.push(row);
    letters += more;
  }
  return portions;
}

/** Those of all texts of a row. */
export function lettersIn(row: object): number {
  let letters = 0;
  for (const value of Object.values(row)) if (typeof value === 'string') letters += value.length;
  return letters;
}
