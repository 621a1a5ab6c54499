/** GET releases, GET releases/:id: for everybody who is logged in. */
import type { FastifyInstance } from 'fastify';
import { isId } from '../database/ids.ts';
import { releasesError } from '../errors.ts';
import type { Shop } from '../web/shop.ts';
import {
  countReleases,
  findRelease,
  findReleases,
  type ReleaseFilter,
  type ReleaseOrder,
  sortColumns,
} from './find.ts';
import { type ReleaseStatus, type ReleaseType, releaseStatuses, releaseTypes } from './kinds.ts';
import { pageOf, pagingSchema } from './paging.ts';

interface ListQuery {
  page: number;
  per_page: number;
  release_type?: ReleaseType;
  status?: ReleaseStatus;
  user_id?: string;
  group_id?: string;
  search?: string;
  sort_by: ReleaseOrder['sortBy'];
  sort_order: ReleaseOrder['sortOrder'];
}

const listQuery = {
  type: 'object',
  properties: {
    ...pagingSchema,
    release_type: { type: 'string', enum: releaseTypes },
    status: { type: 'string', enum: releaseStatuses },
    user_id: { type: 'string', maxLength: 26 },
    group_id: { type: 'string', maxLength: 26 },
    search: { type: 'string', maxLength: 100 },
    sort_by: { type: 'string', enum: sortColumns, default: 'created_at' },
    sort_order: { type: 'string', enum: ['asc', 'desc'], default: 'desc' },
  },
} as const;

const text = { type: 'string' } as const;
const item = {
  type: 'object',
  properties: {
    id: text,
    title: text,
    name: text,
    release_type: text,
    status: text,
    created_at: text,
    user: { type: 'object', properties: { id: text, login: text } },
    group: { type: 'object', properties: { id: text, name: text } },
  },
} as const;
const number = { type: 'integer' } as const;
const listAnswer = {
  type: 'object',
  properties: { items: { type: 'array', items: item }, total: number, page: number, per_page: number, pages: number },
} as const;

export function releaseRoutes(app: FastifyInstance, { db, memo }: Shop): void {
  // A total may be two seconds old: it counts the whole index, and nobody pages by its last digit.
  const totals = memo<number>('release_totals', { ttlMs: 2000, maxEntries: 500 });

  app.get<{ Querystring: ListQuery }>(
    '/api/releases',
    { schema: { querystring: listQuery, response: { 200: listAnswer } } },
    async ({ query }) => {
      const filter: ReleaseFilter = {
        releaseType: query.release_type,
        status: query.status,
        userId: query.user_id,
        groupId: query.group_id,
        search: query.search,
      };
      const order = { sortBy: query.sort_by, sortOrder: query.sort_order };
      const paging = { page: query.page, perPage: query.per_page };
      const [items, total] = await Promise.all([
        findReleases(db.query, filter, order, paging),
        totals.get(JSON.stringify(filter), () => countReleases(db.query, filter)),
      ]);
      return pageOf(items, total, paging);
    },
  );

  app.get<{ Params: { id: string } }>('/api/releases/:id', async ({ params }) => {
    const release = isId(params.id) ? await findRelease(db.query, params.id) : undefined;
    if (release === undefined) throw releasesError('NOT_FOUND', { what: 'This release' });
    return release;
  });
}
