/** What was asked while something broke, and what became of it, call by call: written by the load, read by the judge. */

/** `write` is a peer's. */
export type Act = 'make' | 'read' | 'end' | 'validate' | 'revoke' | 'write';

/** `good`: done, or believed; `refused`: an answer, and it is no; `unavailable`: no answer, said so; `failed`: what should not be. */
export type Outcome = 'good' | 'refused' | 'unavailable' | 'failed';

/** Times are of the machine's monotonic clock, which is one for all processes. */
export interface Answer {
  readonly act: Act;
  /** The session, token or key that it is about: calls about the same one have the same number. */
  readonly subject: number;
  /** Where that lies: what lies together fails together. */
  readonly shard: number;
  readonly intendedMs: number;
  readonly sentMs: number;
  /** Null: it was under way when the load had waited for long enough. */
  readonly endedMs: number | null;
  readonly outcome: Outcome | null;
}

/** What one process of the load tells at its end. */
export interface Told {
  readonly answers: readonly Answer[];
  /** How often each error was seen, by its code. */
  readonly errors: Readonly<Record<string, number>>;
  /** By subject, for the look at what is still there: a session's cookie, a peer's key. */
  readonly kept: readonly (readonly [subject: number, what: string])[];
}

type Row = [Act, number, number, number, number, number | null, Outcome | null];

/** As it is written to a file: without the names, which would be most of it. */
export function packed({ answers, errors, kept }: Told): string {
  const rows = answers.map(
    ({ act, subject, shard, intendedMs, sentMs, endedMs, outcome }): Row => [
      act,
      subject,
      shard,
      thousandths(intendedMs),
      thousandths(sentMs),
      endedMs === null ? null : thousandths(endedMs),
      outcome,
    ],
  );
  return JSON.stringify({ rows, errors, kept });
}

export function unpacked(text: string): Told {
  const { rows, errors, kept } = JSON.parse(text) as Omit<Told, 'answers'> & { readonly rows: readonly Row[] };
  const answers = rows.map(
    ([act, subject, shard, intendedMs, sentMs, endedMs, outcome]): Answer => ({
      act,
      subject,
      shard,
      intendedMs,
      sentMs,
      endedMs,
      outcome,
    }),
  );
  return { answers, errors, kept };
}

function thousandths(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
