/** releases and releases/:id: changed by their owner or by who has the permission "releases manage". */
import type { FastifyInstance } from 'fastify';
import { type Caller, callerOf } from '../auth/caller.ts';
import { isId } from '../database/ids.ts';
import { releasesError } from '../errors.ts';
import type { Permission } from '../users/permissions.ts';
import { allow } from '../users/rights.ts';
import {
  anything,
  changes,
  flag,
  idParams,
  nothing,
  orNull,
  pageAnswer,
  record,
  type Schema,
  text,
  time,
  whole,
} from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { changeRelease, type ReleaseChange, removeRelease } from './change.ts';
import {
  countReleases,
  findRelease,
  findReleases,
  orderName,
  type Release,
  type ReleaseFilter,
  type ReleaseOrder,
  sortColumns,
} from './find.ts';
import { type ReleaseStatus, type ReleaseType, releaseStatuses, releaseTypes } from './kinds.ts';
import { cursorOf, pageOf, pagingSchema, type Place, placeOf } from './paging.ts';

type ById = { Params: { id: string } };

interface ListQuery {
  page: number;
  per_page: number;
  release_type?: ReleaseType;
  status?: ReleaseStatus;
  user_id?: string;
  group_id?: string;
  group?: string;
  search?: string;
  after?: string;
  sort_by: ReleaseOrder['sortBy'];
  sort_order: ReleaseOrder['sortOrder'];
}

const filters: Readonly<Record<string, Schema>> = {
  ...pagingSchema,
  release_type: { type: 'string', enum: releaseTypes },
  status: { type: 'string', enum: releaseStatuses },
  user_id: { type: 'string', maxLength: 26 },
  group_id: { type: 'string', maxLength: 26 },
  group: { type: 'string', maxLength: 100, description: 'The name of a group.' },
  search: { type: 'string', maxLength: 100, description: 'Beginnings of words of the title.' },
  after: {
    type: 'string',
    maxLength: 1000,
    description: 'The next of an answer: goes on from there; page counts nothing then.',
  },
  sort_by: { type: 'string', enum: sortColumns, default: 'created_at' },
  sort_order: { type: 'string', enum: ['asc', 'desc'], default: 'desc' },
};
const itemFields = {
  id: text,
  title: text,
  name: text,
  release_type: text,
  status: text,
  created_at: time,
  user: record({ id: text, login: text }),
  group: record({ id: text, name: text }),
};
const file: Schema = orNull(record({ bytes: whole, sha256: text, available: flag }));
const releaseAnswer = record({ ...itemFields, updated_at: time, release_metadata: anything, config: anything, file });

const tags = ['releases'];
const listSchema = {
  tags,
  summary: 'Releases, filtered and sorted.',
  querystring: record(filters, Object.keys(filters)),
  response: { 200: pageAnswer(record(itemFields), { next: orNull(text) }) },
};
const oneSchema = { tags, summary: 'One release.', params: idParams, response: { 200: releaseAnswer } };
const changeSchema = {
  tags,
  summary: 'Changes what is sent of one’s own release; the name follows the title.',
  params: idParams,
  body: changes({
    title: { type: 'string', minLength: 1, maxLength: 500 },
    release_type: { type: 'string', enum: releaseTypes },
    release_metadata: anything,
    config: anything,
  }),
  response: { 200: releaseAnswer },
};
const removeSchema = {
  tags,
  summary: 'Removes one’s own release, its jobs and its files.',
  params: idParams,
  response: { 204: nothing },
};

export function releaseRoutes(app: FastifyInstance, shop: Shop): void {
  const { db, memo, storage, figures, clock, rights } = shop;
  const onRequest = allow(rights, 'releases read');
  // A total may be two seconds old: it counts the whole index, and nobody pages by its last digit.
  const totals = memo<number>('release_totals', { ttlMs: 2000, maxEntries: 500 });

  app.get<{ Querystring: ListQuery }>('/api/releases', { onRequest, schema: listSchema }, async ({ query }) => {
    const filter: ReleaseFilter = {
      releaseType: query.release_type,
      status: query.status,
      userId: query.user_id,
      groupId: query.group_id,
      group: query.group,
      search: query.search,
    };
    const order = { sortBy: query.sort_by, sortOrder: query.sort_order };
    const paging = { page: query.page, perPage: query.per_page };
    const [{ items, last }, total] = await Promise.all([
      findReleases(
        db.query,
        filter,
        order,
        paging,
        query.after === undefined ? undefined : placeIn(order, query.after),
      ),
      totals.get(JSON.stringify(filter), () => countReleases(db.query, filter)),
    ]);
    return { ...pageOf(items, total, paging), next: last === null ? null : cursorOf(last) };
  });

  const releaseOf = async (id: string): Promise<Release> => {
    const release = isId(id) ? await findRelease(db.query, id) : undefined;
    if (release === undefined) throw releasesError('NOT_FOUND', { what: 'This release' });
    return release;
  };

  app.get<ById>('/api/releases/:id', { onRequest, schema: oneSchema }, ({ params }) => releaseOf(params.id));

  app.put<ById & { Body: ReleaseChange }>('/api/releases/:id', { schema: changeSchema }, async (request) => {
    const release = await releaseOf(request.params.id);
    await refuseStrangers(shop, callerOf(request), release.user.id);
    const now = new Date(clock.epochMs()).toISOString();
    await db.transaction((tx) => changeRelease(tx, db.query, release.id, request.body, now));
    return releaseOf(release.id);
  });

  app.delete<ById>('/api/releases/:id', { schema: removeSchema }, async (request, reply) => {
    const release = await releaseOf(request.params.id);
    await refuseStrangers(shop, callerOf(request), release.user.id);
    const files = await db.transaction((tx) => removeRelease(tx, db.query, release.id));
    await storage.remove(files);
    figures.changed(release.user.id);
    return reply.status(204).send();
  });
}

/** Throws REQUEST_INVALID. */
function placeIn(order: ReleaseOrder, after: string): Place {
  const place = placeOf(after);
  if (place !== undefined && place.order === orderName(order)) return place;
  throw releasesError('REQUEST_INVALID', {
    what: 'after',
    is: 'no place in this order',
    expected: 'the next of an answer',
  });
}

/** Throws FORBIDDEN when the release is another's and the caller may not manage those. */
async function refuseStrangers({ rights }: Pick<Shop, 'rights'>, caller: Caller, ownerId: string): Promise<void> {
  if (caller.id === ownerId) return;
  const permission: Permission = 'releases manage';
  if (!(await rights.of(caller.id)).has(permission)) throw releasesError('FORBIDDEN', { permission });
}
