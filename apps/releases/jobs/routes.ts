/**
 * GET jobs, jobs/:id, jobs/:id/logs, jobs/:id/status, PUT jobs/:id/cancel; POST releases/:id/actions/…; GET releases/:id/files and the files
 * themselves. All for who owns the release, or may manage those of others; to everybody else they do not exist.
 */
import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import type { JobsTable } from '../database/schema.ts';
import { isId } from '../database/ids.ts';
import { releasesError } from '../errors.ts';
import { offsetOf, pageOf, pagingSchema } from '../releases/paging.ts';
import { idParams, listOf, orNull, pageAnswer, record, type Schema, text, time, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { findOwn } from '../wizard/draft.ts';
import { addJob, cancel, filesOf } from './desk.ts';
import { type JobStatus, jobStatuses, type JobType, jobTypes } from './states.ts';

type One = { Params: { id: string } };
/** With the title of its release. */
type TitledJob = JobsTable & { readonly title: string };

interface ListQuery {
  page: number;
  per_page: number;
  status?: JobStatus;
  release_id?: string;
}

const tags = ['jobs'];
const filters: Readonly<Record<string, Schema>> = {
  ...pagingSchema,
  status: { type: 'string', enum: jobStatuses },
  release_id: { type: 'string', maxLength: 26 },
};
const jobFields = {
  id: text,
  release_id: text,
  title: text,
  status: { type: 'string', enum: jobStatuses },
  job_type: text,
  reason: orNull(text),
  created_at: time,
  started_at: orNull(time),
  ended_at: orNull(time),
};
const progress = orNull(record({ packed_bytes: whole, bytes: whole, file: text }));
const fileFields = { id: text, directory: text, name: text, bytes: whole, sha256: text, crc32: text, url: text };
const listSchema = {
  tags,
  summary: 'One’s own jobs, the newest first.',
  querystring: record(filters, Object.keys(filters)),
  response: { 200: pageAnswer(record(jobFields)) },
};
const fileSchema = {
  tags,
  summary: 'One of its files.',
  params: record({ id: { type: 'string', maxLength: 100 }, file: { type: 'string', maxLength: 100 } }),
  response: {
    200: {
      description: 'The file.',
      content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
    },
  },
};

export function jobRoutes(app: FastifyInstance, shop: Shop): void {
  const { db, queue } = shop;
  const own = (request: FastifyRequest<One>): Promise<TitledJob> =>
    findJob(shop, callerOf(request).id, request.params.id);

  app.get<{ Querystring: ListQuery }>('/api/jobs', { schema: listSchema }, async (request) => {
    const { page, per_page: perPage, status, release_id } = request.query;
    let all = db.query.selectFrom('jobs').where('jobs.created_by', '=', callerOf(request).id);
    if (status !== undefined) all = all.where('jobs.status', '=', status);
    if (release_id !== undefined) all = all.where('jobs.release_id', '=', release_id);
    const rows = all
      .innerJoin('releases', 'releases.id', 'jobs.release_id')
      .selectAll('jobs')
      .select('releases.title')
      .orderBy('jobs.id', 'desc')
      .limit(perPage)
      .offset(offsetOf({ page, perPage }));
    const count = all.select((of) => of.fn.countAll<number | bigint | string>().as('n'));
    const [items, counted] = await Promise.all([rows.execute(), count.executeTakeFirst()]);
    return pageOf(
      items.map((row) => viewOf(row)),
      Number(counted?.n ?? 0),
      { page, perPage },
    );
  });

  app.get<One>(
    '/api/jobs/:id',
    asked('A job, with its progress while it runs.', record({ ...jobFields, progress })),
    async (request) => {
      const row = await own(request);
      const seen =
        row.status === 'running' && row.queue_id !== null ? await queue.look(Number(row.queue_id)) : undefined;
      return { ...viewOf(row), progress: seen?.progress ?? null };
    },
  );

  app.get<One>(
    '/api/jobs/:id/status',
    asked('The state of a job alone.', record({ status: text })),
    async (request) => {
      const { status } = await own(request);
      return { status };
    },
  );

  app.get<One>(
    '/api/jobs/:id/logs',
    asked('What a job tells of itself.', record({ items: listOf(record({ at: time, line: text })) })),
    async (request) => {
      const { id } = await own(request);
      const lines = db.query.selectFrom('job_logs').select(['at', 'line']).where('job_id', '=', id).orderBy('id');
      return { items: await lines.execute() };
    },
  );

  app.put<One>(
    '/api/jobs/:id/cancel',
    asked('Calls it off; what it was making is thrown away.', record(jobFields)),
    async (request) => {
      await cancel(shop, await own(request));
      return viewOf(await own(request));
    },
  );

  actionRoutes(app, shop);
  fileRoutes(app, shop);
}

function actionRoutes(app: FastifyInstance, shop: Shop): void {
  for (const type of jobTypes.filter((type) => type !== 'pack')) {
    const schema = {
      tags,
      summary: `${type}: the job that does it.`,
      params: idParams,
      response: { 202: record(jobFields) },
    };
    app.post<One>(`/api/releases/:id/actions/${type}`, { schema }, async (request, reply) => {
      const caller = callerOf(request);
      const { id, title } = await findOwn(shop, caller, request.params.id);
      const job = await shop.queue.transaction((tx) =>
        addJob(shop, tx, { releaseId: id, type: type as JobType, by: caller.id }),
      );
      shop.figures.changed(caller.id);
      reply.status(202);
      return viewOf({ ...job, title });
    });
  }
}

function fileRoutes(app: FastifyInstance, shop: Shop): void {
  const { db, storage } = shop;

  app.get<One>(
    '/api/releases/:id/files',
    asked('What the release was packed into.', record({ items: listOf(record(fileFields)) })),
    async (request) => {
      const { id } = await findOwn(shop, callerOf(request), request.params.id);
      const files = await filesOf(db.query, id);
      return {
        items: files.map(({ id: file, directory, name, bytes, sha256, crc32 }) => ({
          id: file,
          directory,
          name,
          bytes: Number(bytes),
          sha256,
          crc32,
          url: `/api/releases/${id}/files/${file}`,
        })),
      };
    },
  );

  app.get<{ Params: { id: string; file: string } }>(
    '/api/releases/:id/files/:file',
    { schema: fileSchema },
    async (request, reply) => {
      const { id } = await findOwn(shop, callerOf(request), request.params.id);
      const query = db.query.selectFrom('release_files').selectAll().where('release_id', '=', id);
      const row = isId(request.params.file)
        ? await query.where('id', '=', request.params.file).executeTakeFirst()
        : undefined;
      const found = row === undefined ? undefined : await storage.find(row.file_path);
      if (row === undefined || found === undefined) throw releasesError('NOT_FOUND', { what: 'This file' });
      // The name is of letters, digits, "." and "-" by its grammar; and no browser shows what was packed as a page of ours.
      return reply
        .header('content-disposition', `attachment; filename="${row.name}"`)
        .header('content-length', found.bytes)
        .header('x-content-type-options', 'nosniff')
        .type(row.name.endsWith('.zip') ? 'application/zip' : 'application/octet-stream')
        .send(createReadStream(found.path));
    },
  );
}

/** Of one that the path names. */
function asked(summary: string, answer: Schema) {
  return { schema: { tags, summary, params: idParams, response: { 200: answer } } };
}

async function findJob({ db, rights }: Shop, callerId: string, id: string): Promise<TitledJob> {
  const query = db.query
    .selectFrom('jobs')
    .innerJoin('releases', 'releases.id', 'jobs.release_id')
    .selectAll('jobs')
    .select('releases.title')
    .where('jobs.id', '=', id);
  const row = isId(id) ? await query.executeTakeFirst() : undefined;
  if (row === undefined || (row.created_by !== callerId && !(await rights.of(callerId)).has('releases manage'))) {
    throw releasesError('NOT_FOUND', { what: 'This job' });
  }
  return row;
}

function viewOf(row: TitledJob): object {
  const { id, release_id, title, status, job_type, reason, created_at, started_at, ended_at } = row;
  return { id, release_id, title, status, job_type, reason, created_at, started_at, ended_at };
}
