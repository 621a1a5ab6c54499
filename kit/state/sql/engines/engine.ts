/** What stands behind the port: one SQLite file, or a pool of connections to a server. */
import type { CompiledQuery, QueryResult } from 'kysely';
import type { HealthWatch } from '../../health-watch.ts';
import type { SqlEngine } from '../address.ts';
import type { Steps } from '../sql.ts';

export interface Engine {
  readonly name: SqlEngine;
  readonly health: HealthWatch;
  /** Throws errors of the catalogue. */
  run(statement: CompiledQuery, timeoutMs: number): Promise<QueryResult<unknown>>;
  transaction<Result>(steps: () => Steps<Result>, options: EngineTransaction): Promise<Result>;
  close(): Promise<void>;
}

export interface EngineTransaction {
  readonly timeoutMs: number;
  /** How long one of its statements may take on the server. */
  readonly statementTimeoutMs: number;
  readonly attempts: number;
  /** The connection is not used again, whatever becomes of the transaction: locks of the session go with it. */
  readonly ownConnection?: boolean;
}
