/** Shared tables, opened by a URL: SQLite, MariaDB, PostgreSQL. */
export type { Health, HealthState } from '../health.ts';
export { type Outcome, outcomeOf } from '../outcome.ts';
export type { StateSurroundings } from '../surroundings.ts';
export type { SqlEngine } from './address.ts';
export { openSql } from './open.ts';
export type { SqlOptions } from './options.ts';
export type {
  Hearer,
  Listening,
  Migration,
  Sql,
  SqlCallOptions,
  Steps,
  Transaction,
  TransactionOptions,
} from './sql.ts';
export type { SqlWords } from './words.ts';
