/** The reads that are compared: as the routes do them, and one thing taken back each. */
import type { Random } from '@palier/base/random';
import { type Kysely, sql } from 'kysely';
import { countOf } from '../../dashboard/figures.ts';
import type { Tables } from '../../database/schema.ts';
import {
  countReleases,
  findRelease,
  findReleases,
  type ReleaseFilter,
  type ReleaseOrder,
} from '../../releases/find.ts';
import { releaseTypes } from '../../releases/kinds.ts';
import { offsetOf, type Paging, type Place } from '../../releases/paging.ts';
import type { Memo } from '../../web/memo.ts';

export type Query = Kysely<Tables>;

export interface Asked {
  readonly filter: ReleaseFilter;
  readonly order: ReleaseOrder;
  readonly paging: Paging;
  /** The place before the page, for who can go on from there. */
  readonly after?: Place | undefined;
}

/** What stands in the database, to ask for. */
export interface Known {
  readonly releaseIds: readonly string[];
  readonly userIds: readonly string[];
  readonly words: readonly string[];
  /** Far behind, newest first. */
  readonly far: readonly { readonly page: number; readonly after: Place }[];
}

export interface Reads {
  list(asked: Asked): Promise<unknown>;
  one(id: string): Promise<unknown>;
  figures(userId: string): Promise<unknown>;
}

export const newest: ReleaseOrder = { sortBy: 'created_at', sortOrder: 'desc' };

/** By name: a request of that kind, another one each time, the same ones for the same seed. */
export const kinds: Readonly<Record<string, (reads: Reads, known: Known, random: Random) => Promise<unknown>>> = {
  'newest first': (reads, _, random) =>
    reads.list({ filter: {}, order: newest, paging: { page: random.int(1, 20), perPage: 20 } }),
  'a type by title': (reads, _, random) =>
    reads.list({
      filter: { releaseType: random.pick(releaseTypes) },
      order: { sortBy: 'title', sortOrder: 'asc' },
      paging: { page: random.int(1, 20), perPage: 20 },
    }),
  'far behind': (reads, { far }, random) => {
    const { page, after } = random.pick(far);
    return reads.list({ filter: {}, order: newest, paging: { page, perPage: 20 }, after });
  },
  search: (reads, { words }, random) =>
    reads.list({
      filter: { search: `${random.pick(words)} ${random.pick(words)}` },
      order: newest,
      paging: { page: 1, perPage: 20 },
    }),
  'one release': (reads, { releaseIds }, random) => reads.one(random.pick(releaseIds)),
  dashboard: (reads, { userIds }, random) => reads.figures(random.pick(userIds)),
};

/** As the routes do it; a total is remembered as there. */
export function ours(query: Query, totals: Memo<number>): Reads {
  return {
    list: ({ filter, order, paging, after }) =>
      Promise.all([
        findReleases(query, filter, order, paging, after),
        totals.get(JSON.stringify(filter), () => countReleases(query, filter)),
      ]),
    one: (id) => findRelease(query, id),
    figures: (userId) => Promise.all([countOf(query), countOf(query, userId)]),
  };
}

/** The names of user and group asked for by themselves, for each row: what an object mapper does when nobody told it otherwise. */
export function rowByRow(query: Query, totals: Memo<number>): Reads {
  return {
    ...ours(query, totals),
    async list({ filter, order, paging, after }) {
      const [{ items }] = await Promise.all([
        findReleases(query, filter, order, paging, after),
        totals.get(JSON.stringify(filter), () => countReleases(query, filter)),
      ]);
      for (const { user, group } of items) await namesOf(query, user.id, group.id);
    },
  };
}

/** An existing packer's: whole rows, a count each time, a row's names by themselves, a search by LIKE over the JSON. */
export function asFound(query: Query): Reads {
  const matching = ({ releaseType, search }: ReleaseFilter) => {
    let rows = query.selectFrom('releases');
    if (releaseType !== undefined) rows = rows.where('release_type', '=', releaseType);
    for (const word of search?.split(' ') ?? []) {
      rows = rows.where(sql<boolean>`lower(cast(release_metadata as char)) like ${`%${word}%`}`);
    }
    return rows;
  };
  return {
    async list({ filter, order: { sortBy, sortOrder }, paging }) {
      const rows = await matching(filter)
        .selectAll()
        .orderBy(sortBy, sortOrder)
        .limit(paging.perPage)
        .offset(offsetOf(paging))
        .execute();
      for (const row of rows) await namesOf(query, row.user_id, row.group_id);
      const total = matching(filter).select((of) => of.fn.countAll().as('total'));
      await total.execute();
    },
    async one(id) {
      const row = await query.selectFrom('releases').selectAll().where('id', '=', id).executeTakeFirst();
      if (row !== undefined) await namesOf(query, row.user_id, row.group_id);
    },
    figures: (userId) => Promise.all([countOf(query), countOf(query, userId)]),
  };
}

async function namesOf(query: Query, userId: string, groupId: string): Promise<void> {
  await query.selectFrom('users').selectAll().where('id', '=', userId).executeTakeFirst();
  await query.selectFrom('groups').selectAll().where('id', '=', groupId).executeTakeFirst();
}
