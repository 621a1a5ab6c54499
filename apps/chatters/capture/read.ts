/**
 * The job `read`: the chatters of a channel, page after page. A page is stored in one transaction with the place of the next one, so that a
 * worker that is killed at any moment loses a call and nothing else, and nobody stands in a capture twice.
 */
import type { Handler, Job } from '@palier/kit/queue';
import type { Steps } from '@palier/kit/state/sql';
import type { CaptureRow } from '../database/tables.ts';
import { chattersError } from '../errors.ts';
import type { ChattersPage } from '../twitch-api/routes.ts';
import { loginsOf, storeNames, storeSeen } from './accounts.ts';
import { type CaptureDesk, captureIn, fail, inNameOf, isCode, orFail, take } from './desk.ts';
import type { CaptureJob, CaptureJobs } from './jobs.ts';
import { type AfterPage, afterPage, afterRefusal, firstPlace, newsOf, type Place } from './page.ts';

type ReadJob = Job<CaptureJob, void>;
type Stored = AfterPage | { readonly next: 'deleted' };

export function readHandler(desk: CaptureDesk): Handler<CaptureJobs['read']> {
  return async (job) => {
    const capture = await captureIn(desk, job.payload.captureId, ['waiting', 'reading']);
    if (capture !== undefined) await orFail(desk, capture.id, () => readAll(desk, job, capture));
  };
}

async function readAll(desk: CaptureDesk, job: ReadJob, capture: CaptureRow): Promise<void> {
  let place = (job.saved as Place | undefined) ?? firstPlace;
  for (;;) {
    const page = await pageAt(desk, job, capture, place);
    if (page === 'refused') {
      const after = afterRefusal(place);
      if (after.next === 'fail') throw chattersError('TWITCH_REFUSED', { reason: 'one cursor after the other' });
      place = after.place;
      continue;
    }
    const stored = await store(desk, job, capture, place, page);
    switch (stored.next) {
      case 'page':
        place = stored.place;
        break;
      case 'empty':
        throw chattersError('CAPTURE_EMPTY', { total: page.total });
      case 'nobody':
        return fail(desk, capture.id, 'Nobody is in this chat now. Capture it while the channel is live.');
      default:
        return;
    }
  }
}

async function pageAt(
  desk: CaptureDesk,
  job: ReadJob,
  { user_id: userId, broadcaster_id: channel }: CaptureRow,
  { cursor }: Place,
): Promise<ChattersPage | 'refused'> {
  try {
    return await inNameOf(desk, userId, (caller) => desk.twitch.chatters(caller, channel, cursor, job.signal));
  } catch (error) {
    // Of the first page: the request itself is wrong.
    if (cursor !== null && isCode(error, 'TWITCH_REFUSED')) return 'refused';
    throw error;
  }
}

function store(
  desk: CaptureDesk,
  job: ReadJob,
  { id, user_id: group }: CaptureRow,
  place: Place,
  page: ChattersPage,
): Promise<Stored> {
  const { sql, queue, clock } = desk;
  const { query } = sql;
  const ids = page.chatters.map((one) => one.id);
  const nowMs = clock.epochMs();
  return queue.transaction(function* (tx): Steps<Stored> {
    const capture = yield* take(desk, tx, id, ['waiting', 'reading'], 'reading');
    if (capture === undefined) return { next: 'deleted' };
    const logins = yield* loginsOf(sql, tx, ids);
    const there = query.selectFrom('capture_chatters').select('account_id').where('capture_id', '=', id);
    const rows = ids.length === 0 ? [] : yield* tx.all(there.where('account_id', 'in', ids));
    const news = newsOf(page.chatters, logins, new Set(rows.map(({ account_id }) => account_id)));
    yield* storeSeen(sql, tx, news.accounts, nowMs);
    yield* storeNames(sql, tx, news.named, nowMs);
    if (news.fresh.length > 0) {
      const fresh = news.fresh.map((account_id) => ({ capture_id: id, account_id }));
      yield* tx.run(query.insertInto('capture_chatters').values(fresh));
    }
    const chatters = capture.chatters + news.fresh.length;
    const after = afterPage(place, page, chatters);
    const counts = { chatters, new_accounts: capture.new_accounts + news.newAccounts, expected: page.total };
    const state = after.next === 'enrich' ? 'enriching' : 'reading';
    yield* tx.run(
      query
        .updateTable('captures')
        .set({ ...counts, state })
        .where('id', '=', id),
    );
    if (after.next === 'enrich') yield* queue.adding(tx, 'enrich', { captureId: id }, { group });
    else yield* job.save(tx, after.next === 'page' ? after.place : firstPlace);
    return after;
  });
}
