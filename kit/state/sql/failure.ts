/** What went wrong in a database, in words that no engine owns, and the error that says so. */
import type { PalierError } from '@palier/base/error';
import { kitError } from '../../errors.ts';
import type { Outcome } from '../outcome.ts';
import type { SqlEngine } from './address.ts';

/** As an engine's own driver tells it. */
export interface Failure {
  /**
   * - `unique`, `reference`, `value`: the row is not allowed; `statement`: the statement is not.
   * - `conflict`: another transaction was in the way (deadlock, serialization, a lock waited for too long); nothing is left of this one.
   * - `late`: the server itself ended the statement at its time limit.
   * - `away`: the server takes no connection or no work now; `barred`: it never will, from this user.
   * - `lost`: the connection broke while the answer was outstanding.
   */
  readonly kind: 'unique' | 'reference' | 'value' | 'statement' | 'conflict' | 'late' | 'away' | 'barred' | 'lost';
  readonly why: string;
  /** Of `unique`, `reference` and `value`: the constraint or the column, as far as the engine names it. */
  readonly constraint?: string;
}

/** A driver throws this; only the room's own files see it. */
export class EngineFailure extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause: unknown) {
    super(failure.why, { cause });
    this.failure = failure;
  }
}

const names: Readonly<Record<SqlEngine, string>> = { sqlite: 'SQLite', mariadb: 'MariaDB', postgres: 'PostgreSQL' };

/** `outcome`: of a connection that was lost and of a deadline; all else did nothing. */
export function failureError(engine: SqlEngine, { failure, cause }: EngineFailure, outcome: Outcome): PalierError {
  const name = names[engine];
  const { why } = failure;
  const constraint = failure.constraint ?? 'unnamed';
  switch (failure.kind) {
    case 'unique':
      return kitError('PALIER_SQL_UNIQUE', { constraint, outcome: 'none' }, { cause });
    case 'reference':
      return kitError('PALIER_SQL_REFERENCE', { constraint, outcome: 'none' }, { cause });
    case 'value':
      return kitError('PALIER_SQL_VALUE', { constraint, why, outcome: 'none' }, { cause });
    case 'statement':
      return kitError('PALIER_SQL_STATEMENT', { engine: name, why, outcome: 'none' }, { cause });
    case 'conflict':
      return kitError('PALIER_SQL_CONFLICT', { engine: name, why, outcome: 'none' }, { cause });
    case 'late':
      return kitError('PALIER_STATE_LATE', { engine: name, outcome: 'none' }, { cause });
    case 'away':
      return kitError('PALIER_STATE_REFUSED', { engine: name, why, outcome: 'none' }, { cause });
    case 'barred':
      return kitError('PALIER_STATE_OPEN', { where: name, why, outcome: 'none' }, { cause });
    case 'lost':
      return kitError('PALIER_STATE_LOST', { engine: name, outcome }, { cause });
  }
}

export function lateError(engine: SqlEngine, outcome: Outcome, cause?: unknown): PalierError {
  return kitError('PALIER_STATE_LATE', { engine: names[engine], outcome }, { cause });
}

/** Whether a transaction that ended so may be begun anew: nothing is left of it, and the next one may fare better. */
export function mayBeginAgain({ kind }: Failure, committing: boolean): boolean {
  return kind === 'conflict' || (kind === 'lost' && !committing);
}
