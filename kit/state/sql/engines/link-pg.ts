/**
 * A connection to PostgreSQL, by pg.
 *
 * Statements have parameters but no names: a plan that was kept by name fails after a migration ("cached plan must not change result type")
 * and behind a pooler that lends a connection by the transaction.
 */
import pg from 'pg';
import { certificateProblem } from '@palier/base/certificate';
import type { CompiledQuery, QueryResult } from 'kysely';
import { EngineFailure, type Failure } from '../failure.ts';
import { decimalOf, greeted, type Link, type LinkOptions, wholeOf } from './link.ts';
import { Wire } from './wire.ts';

export async function connectPostgres(options: LinkOptions, timeoutMs: number): Promise<Link> {
  return greeted(new PostgresLink(clientOf(options, timeoutMs), options), options.timers, timeoutMs);
}

/** Not yet connected. `askTimeoutMs`: beside the server's own limit. */
export function clientOf(
  { address, ca }: Pick<LinkOptions, 'address' | 'ca'>,
  timeoutMs: number,
  askTimeoutMs?: number,
): pg.Client {
  const { host, port, user, password, database, tls } = address;
  return new pg.Client({
    host,
    port,
    user,
    database,
    // Given even when there is none: pg would look into the environment.
    password: password ?? '',
    ssl: tls ? { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca }) } : false,
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
    types: { getTypeParser: typeParser } as pg.CustomTypesConfig,
    ...(askTimeoutMs === undefined ? {} : { query_timeout: askTimeoutMs }),
  });
}

class PostgresLink implements Link {
  readonly #client: pg.Client;
  readonly #options: LinkOptions;
  readonly #wire: Wire;
  #limitMs: number;

  constructor(client: pg.Client, options: LinkOptions) {
    this.#client = client;
    this.#options = options;
    this.#wire = new Wire(options.onBroken);
    this.#limitMs = options.limitMs;
    client.on('error', (error) => this.#wire.break(error.message));
    client.on('end', () => this.#wire.break('it was closed'));
  }

  get broken(): boolean {
    return this.#wire.broken;
  }

  async greet(): Promise<void> {
    try {
      await this.#client.connect();
    } catch (error) {
      throw new EngineFailure(connectFailure(error as PgError), error);
    }
    const { limitMs, idleTransactionMs } = this.#options;
    await this.#send(
      `SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on;
       SET default_transaction_isolation = 'read committed'; SET statement_timeout = ${limitMs}; SET lock_timeout = 0;
       SET idle_in_transaction_session_timeout = ${idleTransactionMs}`,
      [],
    );
  }

  async query(statement: CompiledQuery, limitMs: number): Promise<QueryResult<unknown>> {
    if (limitMs !== this.#limitMs) {
      await this.#send(`SET statement_timeout = ${limitMs}`, []);
      this.#limitMs = limitMs;
    }
    return this.#send(statement.sql, statement.parameters);
  }

  destroy(): void {
    this.#wire.giveUp();
    // Its end() would wait for the server's goodbye.
    (this.#client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
  }

  async end(): Promise<void> {
    this.#wire.giveUp();
    await this.#client.end();
  }

  #send(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>> {
    return this.#wire.ask((answered, failed) => {
      const query =
        parameters.length === 0 ? this.#client.query(sql) : this.#client.query(sql, parameters.map(parameterOf));
      query.then(
        (result) => answered(resultOf(result)),
        (error: PgError) => failed(failureOf(error), error),
      );
    });
  }
}

type PgError = Error & { readonly code?: string; readonly constraint?: string; readonly column?: string };

/** A Date as UTC text: pg would send local time, of which a column without a zone keeps the local hour. */
function parameterOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array && !Buffer.isBuffer(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return value;
}

function resultOf(result: pg.QueryResult | pg.QueryResult[]): QueryResult<unknown> {
  if (Array.isArray(result)) return { rows: [] };
  const { rows, rowCount, command } = result;
  const changed = command === 'INSERT' || command === 'UPDATE' || command === 'DELETE' || command === 'MERGE';
  return { rows, ...(changed ? { numAffectedRows: BigInt(rowCount ?? 0) } : {}) };
}

/** Types by their number: int8, numeric, timestamp without a zone (it holds UTC), date (a day, no moment). */
function typeParser(oid: number, format?: 'text' | 'binary'): (text: string) => unknown {
  if (format !== 'binary') {
    if (oid === 20) return wholeOf;
    if (oid === 1700) return decimalOf;
    if (oid === 1114) return (text) => new Date(`${text.replace(' ', 'T')}Z`);
    if (oid === 1082) return (text) => text;
  }
  return pg.types.getTypeParser(oid, format as 'text') as (text: string) => unknown;
}

/** By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function failureOf(error: PgError): Failure {
  const { code = '', message: why } = error;
  const named = error.constraint ?? error.column;
  const constraint = named === undefined ? {} : { constraint: named };
  if (code === '23505' || code === '23P01') return { kind: 'unique', why, ...constraint };
  if (code === '23503' || code === '23001') return { kind: 'reference', why, ...constraint };
  if (code.startsWith('23') || code.startsWith('22')) return { kind: 'value', why, ...constraint };
  if (code === '40001' || code === '40P01' || code === '55P03') return { kind: 'conflict', why };
  if (code === '57014') return { kind: 'late', why };
  // Ended by the administrator, by a crash, or as idle in a transaction.
  if (code.startsWith('57') || code === '25P03' || code.startsWith('08') || code === '') return { kind: 'lost', why };
  if (code.startsWith('53') || code === '25006') return { kind: 'away', why };
  return { kind: 'statement', why };
}

function connectFailure(error: PgError): Failure {
  const { code = '', message: why } = error;
  // Wrong user or password, no such database, no right to it; no TLS, or a certificate that is not trusted.
  const never = code.startsWith('28') || code === '3D000' || code === '42501' || certificateProblem(error) !== null;
  return { kind: never || /not support SSL/.test(why) ? 'barred' : 'away', why };
}
