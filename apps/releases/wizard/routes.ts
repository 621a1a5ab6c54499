/**
 * POST wizard/create: the one-call form, {group, release_type} as JSON, or as multipart/form-data with the book in the field `file`.
 * Everything of a form that is refused is removed again.
 */
import type { MultipartFile } from '@fastify/multipart';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import type { ReleasesTable } from '../database/schema.ts';
import { readEpub } from '../epub/read.ts';
import { releasesError } from '../errors.ts';
import type { Incoming } from '../storage/storage.ts';
import { allow } from '../users/rights.ts';
import { anything, orNull, record, text, time, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { createRelease, trimUploads } from './create.ts';
import { fieldsOf, readForm } from './form.ts';

/** Room for the fields and the boundaries around the file. */
const formOverheadBytes = 64 * 1024;

const createSchema = {
  tags: ['wizard'],
  summary: 'Makes a release in one call: JSON, or a form with the book in the field file.',
  // Only what the JSON has is checked here; a form is read as it arrives.
  body: {
    content: { 'application/json': { schema: record({ group: {}, release_type: {} }, ['group', 'release_type']) } },
  },
  response: {
    201: record({
      id: text,
      title: text,
      name: text,
      release_type: text,
      status: text,
      user_id: text,
      group_id: text,
      created_at: time,
      release_metadata: anything,
      file: orNull(record({ bytes: whole, sha256: text })),
    }),
  },
};

interface SentForm {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly file: Incoming | undefined;
}

export function wizardRoutes(app: FastifyInstance, shop: Shop): void {
  const uploads = shop.meters.counter('uploads_total', 'Books taken in.').of();

  app.post(
    '/api/wizard/create',
    { onRequest: allow(shop.rights, 'releases write'), schema: createSchema },
    async (request, reply) => {
      const caller = callerOf(request);
      if (!request.isMultipart()) {
        const form = readForm(fieldsOf(request.body), false);
        const row = await createRelease(shop, caller, form, null);
        shop.figures.changed(caller.id);
        reply.status(201);
        return created(row);
      }
      const sent = await receiveForm(request, shop);
      try {
        if (sent.file === undefined) throw releasesError('UPLOAD_MISSING', {});
        const form = readForm(sent.fields, true);
        const metadata = await readEpub(sent.file.path);
        const row = await createRelease(shop, caller, form, { file: sent.file, metadata });
        uploads.add();
        shop.figures.changed(caller.id);
        await trimUploads(shop);
        reply.status(201);
        return created(row);
      } finally {
        await sent.file?.discard();
      }
    },
  );
}

/** Fields and file in any order; a second file is refused by the limits. */
export async function receiveForm(request: FastifyRequest, { storage, options }: Shop): Promise<SentForm> {
  const limitBytes = options.maxUploadBytes;
  if (Number(request.headers['content-length'] ?? 0) > limitBytes + formOverheadBytes) {
    throw releasesError('BODY_TOO_LARGE', { what: 'The form', limitBytes });
  }
  const fields: Record<string, unknown> = {};
  let file: Incoming | undefined;
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields[part.fieldname] = part.value;
      else file = await receiveFile(part, storage, limitBytes);
    }
  } catch (error) {
    await file?.discard();
    throw error;
  }
  return { fields, file };
}

async function receiveFile(part: MultipartFile, storage: Shop['storage'], limitBytes: number): Promise<Incoming> {
  if (part.fieldname === 'file') return storage.receive(part.file, limitBytes);
  part.file.resume();
  const expected = '"file" for the book';
  throw releasesError('REQUEST_INVALID', { what: 'The name of the file field', is: `"${part.fieldname}"`, expected });
}

function created(row: ReleasesTable): object {
  const { id, title, name, release_type, status, user_id, group_id, created_at } = row;
  const file = row.file_bytes === null ? null : { bytes: row.file_bytes, sha256: row.file_sha256 };
  const release_metadata: unknown = JSON.parse(row.release_metadata);
  return { id, title, name, release_type, status, user_id, group_id, created_at, release_metadata, file };
}
