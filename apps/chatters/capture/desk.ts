/** What the handlers of a capture's jobs work with, and what they have in common: asking in the user's name, and ending a capture that cannot go on. */
import type { Clock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import type { Sql, Steps, Transaction } from '@palier/kit/state/sql';
import type { Consents } from '../consent/consents.ts';
import type { CaptureRow, CaptureState, Tables } from '../database/tables.ts';
import type { Caller } from '../twitch-api/helix.ts';
import type { CaptureQueue } from './jobs.ts';
import type { Twitch } from './twitch.ts';

export interface CaptureDesk {
  readonly sql: Sql<Tables>;
  readonly queue: CaptureQueue;
  readonly twitch: Twitch;
  readonly consents: Consents;
  readonly clock: Clock;
}

/** A capture in one of these states is still worked on. */
export const underWay: readonly CaptureState[] = ['waiting', 'reading', 'enriching'];

/** What the column takes. */
const mostReason = 300;
/** What the user has to mend; all else mends itself, or is tried until the job has no attempts left. */
const forPeople: ReadonlySet<string> = new Set(['TWITCH_CONSENT', 'TWITCH_FORBIDDEN', 'TWITCH_REFUSED']);

/** Undefined: deleted, or no longer in one of the states. */
export function captureIn(
  { sql }: CaptureDesk,
  id: string,
  states: readonly CaptureState[],
): Promise<CaptureRow | undefined> {
  const captures = sql.query.selectFrom('captures').selectAll().where('id', '=', id);
  return captures.where('state', 'in', states).executeTakeFirst();
}

/** `ask` with the user's token; a token that Twitch does not believe is renewed once. */
export async function inNameOf<Answer>(
  { consents }: CaptureDesk,
  userId: string,
  ask: (caller: Caller) => Promise<Answer>,
): Promise<Answer> {
  const token = await consents.access(userId);
  try {
    return await ask({ userId, token });
  } catch (error) {
    if (!isCode(error, 'TWITCH_CONSENT')) throw error;
    return ask({ userId, token: await consents.access(userId, token) });
  }
}

/** Does the work; what only people can mend ends the capture with its reason instead of the job. */
export async function orFail(desk: CaptureDesk, captureId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof PalierError) || !forPeople.has(error.code)) throw error;
    await fail(desk, captureId, `${error.message} ${error.hint}`);
  }
}

/** A capture that is over stays as it is. */
export async function fail(
  { sql, clock }: Pick<CaptureDesk, 'sql' | 'clock'>,
  captureId: string,
  reason: string,
): Promise<void> {
  await sql.query
    .updateTable('captures')
    .set({ state: 'failed', done_at: clock.epochMs(), reason: reason.slice(0, mostReason) })
    .where('id', '=', captureId)
    .where('state', 'in', underWay)
    .execute();
}

/** Takes the capture's row for this transaction, in that state; undefined: it is no longer in one of `from`. */
export function* take(
  { sql }: CaptureDesk,
  tx: Transaction,
  id: string,
  from: readonly CaptureState[],
  state: CaptureState,
): Steps<CaptureRow | undefined> {
  yield* tx.run(sql.query.updateTable('captures').set({ state }).where('id', '=', id).where('state', 'in', from));
  const row = yield* tx.first(sql.query.selectFrom('captures').selectAll().where('id', '=', id));
  return row?.state === state ? row : undefined;
}

export function isCode(error: unknown, code: string): boolean {
  return error instanceof PalierError && error.code === code;
}
