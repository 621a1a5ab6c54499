/**
 * When to write, and what to do after a failure: pure, so that it can be played through by the thousand.
 *
 * Group commit without a timer: what is there goes at once when nothing is under way, and what comes meanwhile gathers until that has landed.
 * The busier the database, the larger the writes become by themselves. A second write beside the first must be worth it: with few rows, and no
 * more than that one, it would leave two groups that never become one again, and two commits where one does. Of many rows each write has a share:
 * while the database stores one, the next is made and sent.
 */
import type { BackoffOptions } from '@palier/base/backoff';
import { PalierError } from '@palier/base/error';
import type { BatchLimits } from './options.ts';

/** Of the rows that may be sent now: not those being written, nor those whose key is. */
export interface Standing {
  readonly rows: number;
  readonly bytes: number;
  /** Since when the oldest of them waits; any number without rows. */
  readonly oldestMs: number;
  readonly flights: number;
  /** Rows of the writes that are under way. */
  readonly flyingRows: number;
  /** How long a write took of late; 0: none has landed yet. */
  readonly writeMs: number;
  /** Writes that failed and are to be made again as they are, or as halves. They come first. */
  readonly returned: number;
  /** Until then the database is left alone. */
  readonly pausedUntilMs: number;
  /** Somebody waits for all that is there: no lingering. */
  readonly hurried: boolean;
  /** How many rows came in a millisecond of late. */
  readonly rowsPerMs: number;
}

/** `maxRows`: of one write now. `untilMs`: look again then; null: at the next row or landing. */
export type Next =
  | { readonly kind: 'send'; readonly maxRows: number }
  | { readonly kind: 'wait'; readonly untilMs: number | null };

type SendLimits = Pick<BatchLimits, 'maxRows' | 'maxBytes' | 'inFlight' | 'overtakeMs' | 'lingerMs'>;

/** After so many usual writes the one under way is no usual one: it waits for a lock, or for an answer that does not come. */
export const patienceWrites = 4;

/**
 * So many rows are worth a write of their own beside another: 1024 rows under way came to 0.63 of the bulk limit on MariaDB and 0.60 on PostgreSQL as one
 * write, and to 0.83 and 0.78 as two of half as many; two of 32 instead of one of 64 gained nothing (README, "How fast").
 */
export const worthRows = 256;

const waitForEvent: Next = { kind: 'wait', untilMs: null };

export function nextOf(standing: Standing, limits: SendLimits, nowMs: number): Next {
  if (standing.rows === 0 && standing.returned === 0) return waitForEvent;
  if (nowMs < standing.pausedUntilMs) return { kind: 'wait', untilMs: standing.pausedUntilMs };
  if (standing.flights >= limits.inFlight) return waitForEvent;
  const share = Math.ceil(standing.rows / (limits.inFlight - standing.flights));
  const send: Next = { kind: 'send', maxRows: Math.min(limits.maxRows, Math.max(worthRows, share)) };
  if (standing.returned > 0) return send;
  const full = standing.rows >= Math.min(limits.maxRows, worthRows) || standing.bytes >= limits.maxBytes;
  if (full) return send;
  if (standing.flights > 0) {
    // More than it makes wait: those who came behind a lone row.
    if (standing.rows > standing.flyingRows) return send;
    const overtakesMs = standing.oldestMs + patienceMs(standing.writeMs, limits.overtakeMs);
    return nowMs >= overtakesMs ? send : { kind: 'wait', untilMs: overtakesMs };
  }
  const leftMs = standing.oldestMs + limits.lingerMs - nowMs;
  const pays = leftMs > 0 && standing.rowsPerMs * leftMs >= standing.rows;
  return pays && !standing.hurried ? { kind: 'wait', untilMs: nowMs + leftMs } : send;
}

function patienceMs(writeMs: number, overtakeMs: number): number {
  return writeMs === 0 ? overtakeMs : Math.min(overtakeMs, patienceWrites * writeMs);
}

export interface Failed {
  readonly error: unknown;
  /** Rows in the write. */
  readonly rows: number;
  /** Rows refused alone for the statement itself, since the last write that went in. */
  readonly statementsRefused: number;
}

export type Remedy =
  /** One of the rows is bad, or they are too many: each half by itself. */
  | { readonly kind: 'halve'; readonly pause: boolean }
  /** Nothing wrong with the rows: the same again, after a pause. */
  | { readonly kind: 'again' }
  /** The database will not take these. */
  | { readonly kind: 'refuse' }
  /** It was closed: none will be taken any more. */
  | { readonly kind: 'end' };

/** Of the time until the database is tried again: soon at first, for a deadlock, then at most a second for one that is away. */
export const againBackoff: BackoffOptions = { firstMs: 5, maxMs: 1000, floor: 0.5 };
/** So many rows refused alone, and none taken: then it is the table, and the others need not be tried one by one. */
export const statementsUntilSure = 3;

export function remedyFor({ error, rows, statementsRefused }: Failed): Remedy {
  // What is no error of the catalogue is a row that could not be put into words.
  const { code, retry } =
    error instanceof PalierError ? error : { code: 'none of the catalogue', retry: 'never' as const };
  if (code === 'PALIER_STATE_CLOSED') return { kind: 'end' };
  if (retry !== 'never') {
    // Perhaps they are too many for the time that they have, or one of them is locked by somebody else.
    return code === 'PALIER_STATE_LATE' && rows > 1 ? { kind: 'halve', pause: true } : { kind: 'again' };
  }
  if (rows === 1) return { kind: 'refuse' };
  const isTable = code === 'PALIER_SQL_STATEMENT' && statementsRefused >= statementsUntilSure;
  return isTable ? { kind: 'refuse' } : { kind: 'halve', pause: false };
}
