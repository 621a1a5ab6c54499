/**
 * Finds releases: one page of a filtered, sorted list, the number of all that match, and one by its id.
 *
 * A page is taken in two steps within one statement: the ids by a walk along an index, then the rows of those ids with the names of their
 * user and group. So the pages before it cost index entries, not rows, and there is no query per row.
 */
import type { ExpressionBuilder, Kysely, SelectQueryBuilder } from 'kysely';
import type { Tables } from '../database/schema.ts';
import type { ReleaseStatus, ReleaseType } from './kinds.ts';
import { offsetOf, type Paging, type Place } from './paging.ts';
import { searchRanges, type WordRange } from './words.ts';

export const sortColumns = ['created_at', 'release_type', 'status', 'title'] as const;

export interface ReleaseFilter {
  readonly releaseType?: ReleaseType | undefined;
  readonly status?: ReleaseStatus | undefined;
  readonly userId?: string | undefined;
  readonly groupId?: string | undefined;
  /** Its name. */
  readonly group?: string | undefined;
  /** Words that the title must have, each at least as a beginning. */
  readonly search?: string | undefined;
}

export interface ReleaseOrder {
  readonly sortBy: (typeof sortColumns)[number];
  readonly sortOrder: 'asc' | 'desc';
}

export interface ReleaseItem {
  readonly id: string;
  readonly title: string;
  readonly name: string;
  readonly release_type: string;
  readonly status: string;
  readonly created_at: string;
  readonly user: { readonly id: string; readonly login: string };
  readonly group: { readonly id: string; readonly name: string };
}

export interface Release extends ReleaseItem {
  readonly updated_at: string;
  readonly release_metadata: unknown;
  readonly config: unknown;
  /** The uploaded file; `available` is false once newer uploads have displaced it. Null: none was uploaded. */
  readonly file: { readonly bytes: number; readonly sha256: string; readonly available: boolean } | null;
}

type Matching = SelectQueryBuilder<Tables, 'releases', object>;
type SortColumn = 'created_at' | 'release_type' | 'status' | 'title_key';

export interface ReleasePage {
  readonly items: ReleaseItem[];
  /** Of the last item when the page is full: there may be more. */
  readonly last: Place | null;
}

/**
 * The releases of a page, in order; with `after`, those that follow that place, whatever page is asked for. A search without a word in it
 * finds nothing.
 */
export async function findReleases(
  db: Kysely<Tables>,
  filter: ReleaseFilter,
  { sortBy, sortOrder }: ReleaseOrder,
  paging: Paging,
  after?: Place,
): Promise<ReleasePage> {
  let matching = matchingReleases(db, filter);
  if (matching === undefined) return { items: [], last: null };
  const column = sortColumn(filter, sortBy);
  if (after !== undefined) matching = beyond(matching, column, sortOrder, after);
  let ids = matching.select('releases.id');
  // A user's or a group's are few: gathered by their own index and sorted. MariaDB would walk the order's index to the end of the table instead.
  const gathered = filter.userId ?? filter.groupId ?? filter.group;
  if (column !== 'created_at') {
    const key = `releases.${column}` as const;
    ids =
      gathered === undefined
        ? ids.orderBy(key, sortOrder)
        : ids.orderBy((of) => of.fn.coalesce(key, of.val('')), sortOrder);
  }
  ids = ids.orderBy('releases.created_at', sortOrder).orderBy('releases.id', sortOrder).limit(paging.perPage);
  if (after === undefined) ids = ids.offset(offsetOf(paging));
  const rows = await withNames(db)
    .select('releases.title_key')
    .innerJoin(ids.as('page'), 'page.id', 'releases.id')
    .orderBy(`releases.${column}`, sortOrder)
    .orderBy('releases.created_at', sortOrder)
    .orderBy('releases.id', sortOrder)
    .execute();
  const end = rows.length === paging.perPage ? rows.at(-1) : undefined;
  const last =
    end === undefined
      ? null
      : { order: orderName({ sortBy, sortOrder }), key: end[column], createdAt: end.created_at, id: end.id };
  return { items: rows.map(itemOf), last };
}

/** What a place tells of the order that it is in. */
export function orderName({ sortBy, sortOrder }: ReleaseOrder): string {
  return `${sortBy} ${sortOrder}`;
}

/**
 * What comes after a place. The first condition is a range of the index, with which the walk begins there and not at the front; the second
 * is for equal keys, by the order of the pages.
 */
function beyond(matching: Matching, column: SortColumn, sortOrder: ReleaseOrder['sortOrder'], place: Place): Matching {
  const { key, createdAt, id } = place;
  const [past, from] = sortOrder === 'asc' ? (['>', '>='] as const) : (['<', '<='] as const);
  const later = (of: ExpressionBuilder<Tables, 'releases'>) =>
    of.or([
      of('releases.created_at', past, createdAt),
      of.and([of('releases.created_at', '=', createdAt), of('releases.id', past, id)]),
    ]);
  if (column === 'created_at') return matching.where('releases.created_at', from, createdAt).where(later);
  const keyed = `releases.${column}` as const;
  return matching.where(keyed, from, key).where((of) => of.or([of(keyed, past, key), later(of)]));
}

/** How many releases match. */
export async function countReleases(db: Kysely<Tables>, filter: ReleaseFilter): Promise<number> {
  const matching = matchingReleases(db, filter);
  if (matching === undefined) return 0;
  const row = await matching.select((of) => of.fn.countAll<number | bigint | string>().as('total')).executeTakeFirst();
  return Number(row?.total ?? 0);
}

export async function findRelease(db: Kysely<Tables>, id: string): Promise<Release | undefined> {
  const row = await withNames(db)
    .select(['releases.updated_at', 'releases.release_metadata', 'releases.config'])
    .select(['releases.file_path', 'releases.file_bytes', 'releases.file_sha256'])
    .where('releases.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const file =
    row.file_bytes === null
      ? null
      : { bytes: Number(row.file_bytes), sha256: row.file_sha256 ?? '', available: row.file_path !== null };
  return {
    ...itemOf(row),
    updated_at: row.updated_at,
    release_metadata: JSON.parse(row.release_metadata),
    config: JSON.parse(row.config),
    file,
  };
}

/** By what the index is walked: a column that the filter fixes sorts nothing, and MariaDB would sort all rows by it. */
function sortColumn(filter: ReleaseFilter, sortBy: ReleaseOrder['sortBy']): SortColumn {
  if (sortBy === 'title') return 'title_key';
  const fixed =
    (sortBy === 'release_type' ? filter.releaseType : sortBy === 'status' ? filter.status : undefined) !== undefined;
  return fixed ? 'created_at' : sortBy;
}

/** Undefined when a search has no word that a title could have. */
function matchingReleases(db: Kysely<Tables>, filter: ReleaseFilter): Matching | undefined {
  let query: Matching = db.selectFrom('releases');
  if (filter.releaseType !== undefined) query = query.where('releases.release_type', '=', filter.releaseType);
  if (filter.status !== undefined) query = query.where('releases.status', '=', filter.status);
  if (filter.userId !== undefined) query = query.where('releases.user_id', '=', filter.userId);
  if (filter.groupId !== undefined) query = query.where('releases.group_id', '=', filter.groupId);
  const { group } = filter;
  if (group !== undefined) {
    query = query.where('releases.group_id', '=', (of) =>
      of.selectFrom('groups').select('id').where('name', '=', group),
    );
  }
  if (filter.search === undefined || filter.search.trim() === '') return query;
  const ranges = searchRanges(filter.search);
  if (ranges.length === 0) return undefined;
  for (const range of ranges) query = query.where('releases.id', 'in', (of) => holdersOf(of, range));
  return query;
}

function holdersOf(of: ExpressionBuilder<Tables, 'releases'>, { from, below }: WordRange) {
  return of
    .selectFrom('release_words')
    .select('release_words.release_id')
    .where('release_words.word', '>=', from)
    .where('release_words.word', '<', below);
}

function withNames(db: Kysely<Tables>) {
  return db
    .selectFrom('releases')
    .innerJoin('users', 'users.id', 'releases.user_id')
    .innerJoin('groups', 'groups.id', 'releases.group_id')
    .select(['releases.id', 'releases.title', 'releases.name', 'releases.release_type', 'releases.status'])
    .select(['releases.created_at', 'releases.user_id', 'users.login', 'releases.group_id'])
    .select('groups.name as group_name');
}

interface NamedRow {
  id: string;
  title: string;
  name: string;
  release_type: string;
  status: string;
  created_at: string;
  user_id: string;
  login: string;
  group_id: string;
  group_name: string;
}

function itemOf(row: NamedRow): ReleaseItem {
  const { id, title, name, release_type, status, created_at } = row;
  const user = { id: row.user_id, login: row.login };
  return { id, title, name, release_type, status, created_at, user, group: { id: row.group_id, name: row.group_name } };
}
