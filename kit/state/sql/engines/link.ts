/** One connection to a database server. Drivers make these; they throw EngineFailure and nothing else. */
import type { Timers } from '@palier/base/timers';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { ServerAddress } from '../address.ts';
import { EngineFailure } from '../failure.ts';

export interface Link {
  /** Nothing may be sent on it any more: it was closed, from either side, or an answer is outstanding that nobody waits for. */
  readonly broken: boolean;
  /** One at a time. The server gives up after `limitMs`. */
  query(statement: CompiledQuery, limitMs: number): Promise<QueryResult<unknown>>;
  /** At once; what is outstanding fails with `lost`. */
  destroy(): void;
  /** Says goodbye, so that the server logs no aborted connection. */
  end(): Promise<void>;
}

export interface LinkOptions {
  readonly address: ServerAddress;
  /** With TLS: the authorities that are trusted (PEM); undefined: those of this process. */
  readonly ca: string | undefined;
  readonly timers: Timers;
  /** The server's own limit of a statement at first. */
  readonly limitMs: number;
  /** For how long the server keeps a transaction in which nothing happens: a replica's machine may be gone. */
  readonly idleTransactionMs: number;
  /** It broke while nothing was asked. */
  readonly onBroken: (why: string) => void;
}

/** Fails with `away` when nobody answers within `timeoutMs`, with `barred` when waiting will not help. */
export type Connect = (options: LinkOptions, timeoutMs: number) => Promise<Link>;

/**
 * The link once it is greeted. The drivers' own limits end with the TCP connection, which the kernel makes for a server that stands still,
 * too.
 */
export async function greeted<One extends Link & { greet(): Promise<void> }>(
  link: One,
  timers: Timers,
  timeoutMs: number,
): Promise<Link> {
  const cancel = timers.after(timeoutMs, () => link.destroy());
  try {
    await link.greet();
    return link;
  } catch (error) {
    link.destroy();
    if (!(error instanceof EngineFailure) || error.failure.kind !== 'lost') throw error;
    throw new EngineFailure({ kind: 'away', why: `no greeting: ${error.failure.why}` }, error.cause);
  } finally {
    cancel();
  }
}

/** What of a text statement begins, ends or prepares a transaction needs no parameters. */
export function statementOf(sql: string): CompiledQuery {
  return { sql, parameters: [], query: { kind: 'RawNode' }, queryId: { queryId: 'own' } } as unknown as CompiledQuery;
}

/** A whole number as text: a number when JavaScript holds it exactly, else a bigint. */
export function wholeOf(text: string): number | bigint {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : BigInt(text);
}

const whole = /^-?\d+$/;

/** A decimal as text: a number when it is whole and exact (a sum of whole numbers), else the text, which loses nothing. */
export function decimalOf(text: string): number | bigint | string {
  return whole.test(text) ? wholeOf(text) : text;
}
