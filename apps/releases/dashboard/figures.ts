/**
 * How much there is, and how much of it is one user's, remembered for ten seconds at each replica, a user's under the user's id: nobody sees
 * those of another. Who makes a release has the own figures counted anew, everywhere.
 */
import type { Bus } from '@palier/kit/state';
import type { Kysely } from 'kysely';
import type { Database } from '../database/open.ts';
import type { Tables } from '../database/schema.ts';
import { openHeardMemo } from '../web/heard-memo.ts';
import type { MemoMaker } from '../web/memo.ts';

export interface Counts {
  readonly releases: number;
  readonly jobs: number;
}

export interface Figures extends AsyncDisposable {
  all(): Promise<Counts>;
  of(userId: string): Promise<Counts>;
  /** Something of the user's was made or is gone. Nobody waits for the others to hear it. */
  changed(userId: string): void;
}

const all = 'all';
const rememberedMs = 10_000;
/** Users that are remembered at once. */
const maxUsers = 10_000;

/** Throws what `Bus.subscribe` throws. */
export async function openFigures({ query }: Pick<Database, 'query'>, bus: Bus, memo: MemoMaker): Promise<Figures> {
  const remembered = await openHeardMemo<Counts>('dashboard', bus, memo, { ttlMs: rememberedMs, maxEntries: maxUsers });
  return {
    all: () => remembered.get(all, () => countOf(query)),
    of: (userId) => remembered.get(keyOf(userId), () => countOf(query, userId)),
    changed: (userId) => remembered.changed(keyOf(userId)),
    [Symbol.asyncDispose]: () => remembered[Symbol.asyncDispose](),
  };
}

function keyOf(userId: string): string {
  return `user ${userId}`;
}

/** Counted now, of all or of one user. */
export async function countOf(query: Kysely<Tables>, userId?: string): Promise<Counts> {
  let releases = query.selectFrom('releases').select((of) => of.fn.countAll<number | bigint | string>().as('n'));
  let jobs = query.selectFrom('jobs').select((of) => of.fn.countAll<number | bigint | string>().as('n'));
  if (userId !== undefined) {
    releases = releases.where('user_id', '=', userId);
    jobs = jobs.where('created_by', '=', userId);
  }
  const [releaseRow, jobRow] = await Promise.all([releases.executeTakeFirst(), jobs.executeTakeFirst()]);
  return { releases: Number(releaseRow?.n ?? 0), jobs: Number(jobRow?.n ?? 0) };
}
