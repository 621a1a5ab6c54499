/**
 * The job `enrich`: when each account of a capture was opened, and how it is called now. A stretch of a thousand is asked for at once, a hundred
 * a call, and stored in one transaction with the place of the next; how fast that may be is the user's points' to say, not this worker's.
 */
import type { Handler, Job } from '@palier/kit/queue';
import type { CaptureRow } from '../database/tables.ts';
import type { TwitchAccount } from '../twitch-api/routes.ts';
import { storeNames, storeTold } from './accounts.ts';
import { type AnswerNews, answerNews, callsFor, type KnownAccount } from './answers.ts';
import { type CaptureDesk, captureIn, inNameOf, orFail, take } from './desk.ts';
import type { CaptureJob, CaptureJobs } from './jobs.ts';

type EnrichJob = Job<CaptureJob, void>;

/** Saved with what was told of the stretch before. */
interface Reached {
  readonly after: string;
}

const stretchRows = 1000;

export function enrichHandler(desk: CaptureDesk): Handler<CaptureJobs['enrich']> {
  return async (job) => {
    const capture = await captureIn(desk, job.payload.captureId, ['enriching']);
    if (capture !== undefined) await orFail(desk, capture.id, () => enrichAll(desk, job, capture));
  };
}

async function enrichAll(desk: CaptureDesk, job: EnrichJob, capture: CaptureRow): Promise<void> {
  let after = (job.saved as Reached | undefined)?.after ?? '';
  for (;;) {
    const stretch = await stretchAfter(desk, capture.id, after);
    const calls = callsFor(stretch, desk.clock.epochMs());
    const told = calls.length === 0 ? [] : await ask(desk, job, capture, calls);
    const logins = new Map(stretch.map(({ id, login }) => [id, login]));
    const last = stretch.at(-1)?.id;
    const goesOn = await store(desk, job, capture, answerNews(calls.flat(), told, logins), stretch.length, last);
    if (!goesOn || last === undefined) return;
    after = last;
  }
}

function stretchAfter({ sql }: CaptureDesk, captureId: string, after: string): Promise<KnownAccount[]> {
  return sql.query
    .selectFrom('capture_chatters')
    .innerJoin('accounts', 'accounts.id', 'capture_chatters.account_id')
    .select(['accounts.id', 'accounts.login', 'accounts.fetched_at'])
    .where('capture_id', '=', captureId)
    .where('account_id', '>', after)
    .orderBy('account_id')
    .limit(stretchRows)
    .execute();
}

/** All calls of a stretch at once: ten at most. */
function ask(
  desk: CaptureDesk,
  job: EnrichJob,
  { user_id: userId }: CaptureRow,
  calls: readonly (readonly string[])[],
): Promise<readonly TwitchAccount[]> {
  return inNameOf(desk, userId, async (caller) => {
    const answers = await Promise.all(calls.map((ids) => desk.twitch.users(caller, ids, job.signal)));
    return answers.flat();
  });
}

/** Whether the capture goes on: `last` undefined means that it is done, and it may have been deleted. */
function store(
  desk: CaptureDesk,
  job: EnrichJob,
  { id }: CaptureRow,
  news: AnswerNews,
  looked: number,
  last: string | undefined,
): Promise<boolean> {
  const { sql, clock } = desk;
  const nowMs = clock.epochMs();
  return sql.transaction(function* (tx) {
    const capture = yield* take(desk, tx, id, ['enriching'], 'enriching');
    if (capture === undefined) return false;
    yield* storeTold(sql, tx, news, nowMs);
    yield* storeNames(sql, tx, news.named, nowMs);
    const enriched = capture.enriched + looked;
    const done = last === undefined ? ({ state: 'done', done_at: nowMs } as const) : {};
    yield* tx.run(
      sql.query
        .updateTable('captures')
        .set({ enriched, ...done })
        .where('id', '=', id),
    );
    if (last !== undefined) yield* job.save(tx, { after: last } satisfies Reached);
    return true;
  });
}
