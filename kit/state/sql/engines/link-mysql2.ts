/**
 * A connection to MariaDB, by mysql2.
 *
 * Statements with parameters are prepared on the server: an object handed in as a parameter can then never become SQL, and many rows in
 * one insert are as fast as it gets. At most `maxPrepared` stay prepared on a connection; a server takes 16 382 in all, by default.
 */
import { type Connection, createConnection, type FieldPacket, type QueryError, type ResultSetHeader } from 'mysql2';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { Failure } from '../failure.ts';
import { decimalOf, greeted, type Link, type LinkOptions, wholeOf } from './link.ts';
import { Wire } from './wire.ts';

const maxPrepared = 100;
/** Column types of the protocol: https://mariadb.com/kb/en/result-set-packets/#field-types */
const typeLongLong = 8;
const typeDecimal = 0;
const typeNewDecimal = 246;

export async function connectMariadb(options: LinkOptions, timeoutMs: number): Promise<Link> {
  const { address, ca } = options;
  const { host, port, user, password, database, tls } = address;
  const connection = createConnection({
    host,
    port,
    user,
    database,
    ...(password === undefined ? {} : { password }),
    ...(tls ? { ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(ca === undefined ? {} : { ca }) } } : {}),
    connectTimeout: timeoutMs,
    charset: 'UTF8MB4_BIN',
    timezone: 'Z',
    dateStrings: ['DATE'],
    supportBigNumbers: true,
    maxPreparedStatements: maxPrepared,
    multipleStatements: false,
    // Its default would send LOCAL INFILE: a server could ask for files of ours.
    flags: ['-LOCAL_FILES'],
  });
  return greeted(new MariadbLink(connection, options), options.timers, timeoutMs);
}

class MariadbLink implements Link {
  readonly #connection: Connection;
  readonly #options: LinkOptions;
  readonly #wire: Wire;
  #limitMs: number;
  #greeting = true;

  constructor(connection: Connection, options: LinkOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#wire = new Wire(options.onBroken);
    this.#limitMs = options.limitMs;
    connection.on('error', (error: QueryError) => {
      // While it connects the reason goes to who connects.
      if (!this.#greeting) this.#wire.break(error.message);
    });
    (connection as unknown as { stream: NodeJS.ReadableStream }).stream.on('close', () =>
      this.#wire.break('it was closed'),
    );
  }

  get broken(): boolean {
    return this.#wire.broken;
  }

  async greet(): Promise<void> {
    await this.#wire.ask<void>((answered, failed) => {
      this.#connection.connect((error) => {
        this.#greeting = false;
        if (error === null) answered();
        else failed(connectFailure(error), error);
      });
    });
    const { limitMs, idleTransactionMs } = this.#options;
    await this.#send(
      `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY',
        tx_isolation = 'READ-COMMITTED', autocommit = 1, max_statement_time = ${limitMs / 1000},
        innodb_lock_wait_timeout = ${seconds(limitMs)}, lock_wait_timeout = ${seconds(limitMs)},
        idle_transaction_timeout = ${seconds(idleTransactionMs)}`,
      [],
    );
  }

  async query(statement: CompiledQuery, limitMs: number): Promise<QueryResult<unknown>> {
    if (limitMs !== this.#limitMs) {
      await this.#send(
        `SET SESSION max_statement_time = ${limitMs / 1000}, innodb_lock_wait_timeout = ${seconds(limitMs)}, lock_wait_timeout = ${seconds(limitMs)}`,
        [],
      );
      this.#limitMs = limitMs;
    }
    return this.#send(statement.sql, statement.parameters);
  }

  destroy(): void {
    this.#wire.giveUp();
    this.#connection.destroy();
  }

  end(): Promise<void> {
    this.#wire.giveUp();
    return new Promise((resolve) => this.#connection.end(() => resolve()));
  }

  #send(sql: string, parameters: readonly unknown[]): Promise<QueryResult<unknown>> {
    return this.#wire.ask((answered, failed) => {
      const done = (error: QueryError | null, result: unknown, fields?: FieldPacket[]): void => {
        if (error === null) answered(resultOf(result, fields));
        else failed(failureOf(error), error);
      };
      // What cannot be prepared (BEGIN, some DDL) has no parameters.
      if (parameters.length === 0) this.#connection.query(sql, done);
      else this.#connection.execute(sql, parameters.map(parameterOf) as never[], done);
    });
  }
}

/** Whole seconds, as these settings want them; never 0, which means for ever or not at all. */
function seconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** A Date as UTC text; a bigint as text, since the protocol's numbers are doubles. */
function parameterOf(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  if (value instanceof Uint8Array && !Buffer.isBuffer(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) return String(value);
  return value ?? null;
}

function resultOf(result: unknown, fields: FieldPacket[] | undefined): QueryResult<unknown> {
  if (!Array.isArray(result)) {
    const { affectedRows, insertId } = result as ResultSetHeader;
    return { rows: [], numAffectedRows: BigInt(affectedRows), ...(insertId ? { insertId: BigInt(insertId) } : {}) };
  }
  for (const { name, columnType } of fields ?? []) {
    if (columnType === typeLongLong) convert(result, name, wholeOf);
    else if (columnType === typeDecimal || columnType === typeNewDecimal) convert(result, name, decimalOf);
  }
  return { rows: result };
}

function convert(rows: Record<string, unknown>[], name: string, read: (text: string) => unknown): void {
  for (const row of rows) if (typeof row[name] === 'string') row[name] = read(row[name]);
}

/** By the server's error numbers: https://mariadb.com/kb/en/mariadb-error-codes/ */
function failureOf({ errno, message, fatal }: QueryError): Failure {
  switch (errno) {
    case 1062: {
      const constraint = /for key '(?:[^'.]*\.)?([^']*)'/.exec(message)?.[1];
      return { kind: 'unique', why: message, ...(constraint === undefined ? {} : { constraint }) };
    }
    case 1216:
    case 1217:
    case 1451:
    case 1452: {
      const constraint = /CONSTRAINT `([^`]*)`/.exec(message)?.[1];
      return { kind: 'reference', why: message, ...(constraint === undefined ? {} : { constraint }) };
    }
    case 1048:
    case 1264:
    case 1265:
    case 1292:
    case 1364:
    case 1366:
    case 1406:
    case 4025: {
      const constraint = /[Cc]olumn '([^']*)'|[Ff]ield '([^']*)'|CONSTRAINT `(?:[^`]*`\.`)*([^`]*)`/
        .exec(message)
        ?.slice(1)
        .find(Boolean);
      return { kind: 'value', why: message, ...(constraint === undefined ? {} : { constraint }) };
    }
    case 1205:
    case 1213:
    case 1020:
      return { kind: 'conflict', why: message };
    case 1969:
    case 3024:
      return { kind: 'late', why: message };
    case 1021:
    case 1037:
    case 1038:
    case 1041:
    case 1114:
    case 1290:
    case 1836:
      return { kind: 'away', why: message };
    case 1053:
    case 1317:
    case 1927:
      return { kind: 'lost', why: message };
  }
  return { kind: fatal || errno === undefined ? 'lost' : 'statement', why: message };
}

/** Wrong user or password, no such database, no right to it, an unknown setting: a server that is no MariaDB. */
const barred: ReadonlySet<number | undefined> = new Set([1044, 1045, 1049, 1193, 1698, 1251]);

function connectFailure(error: QueryError): Failure {
  const { errno, code, message } = error;
  // It puts a code of its own in the place of OpenSSL's, also when the network broke.
  const untrusted = code === 'HANDSHAKE_SSL_ERROR' && /certificate|altnames|unable to (?:get|verify)/i.test(message);
  const never = barred.has(errno) || code === 'HANDSHAKE_NO_SSL_SUPPORT' || untrusted;
  return { kind: never ? 'barred' : 'away', why: message };
}
