/**
 * POST wizard/draft (so many a minute), wizard/:id/upload, analyze, metadata, options, finalize; GET and POST wizard/:id/templates; GET wizard/:id: where it is.
 * Every step answers the draft as it is after it.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import { isId } from '../database/ids.ts';
import { releasesError } from '../errors.ts';
import { fetchFile } from '../fetching/fetch.ts';
import { planRelease } from '../packing/plan.ts';
import { templates } from '../packing/templates.ts';
import type { Incoming } from '../storage/storage.ts';
import { allow } from '../users/rights.ts';
import { flag, idParams, listOf, orNull, record, type Schema, text, time, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { factsOf, readConfig, readMetadata, wordsOf } from './config.ts';
import { createRelease } from './create.ts';
import {
  analyze,
  attach,
  type Draft,
  finalize,
  findOwn,
  setMetadata,
  setOptions,
  setTemplate,
  stepOf,
} from './draft.ts';
import { fieldsOf, readForm } from './form.ts';
import { receiveForm } from './routes.ts';

type One = { Params: { id: string } };
type Fields = Readonly<Record<string, unknown>>;

/** Below the minute that a request may take. */
const fetchTimeoutMs = 45_000;
const tags = ['wizard'];
const metadataFields = {
  title: orNull(text),
  creators: listOf(text),
  language: orNull(text),
  publisher: orNull(text),
  date: orNull(text),
  identifier: orNull(text),
  description: orNull(text),
  subjects: listOf(text),
};
const optionFields = { source: {}, tag: {}, kind: {}, volume_mb: {}, link: {}, issue: {} };
const draftFields = {
  id: text,
  status: text,
  step: { type: 'string', enum: ['upload', 'analyze', 'finalize', 'packing', 'done'] },
  title: text,
  name: text,
  group: text,
  release_type: text,
  file: orNull(record({ bytes: whole, sha256: text, available: flag })),
  metadata: record(metadataFields),
  options: record({
    source: text,
    tag: orNull(text),
    kind: orNull(text),
    volume_mb: orNull(whole),
    link: orNull(text),
    issue: orNull(text),
  }),
  template: text,
  rule_id: orNull(text),
  max_upload_bytes: whole,
  created_at: time,
  updated_at: time,
};
const draft = record(draftFields);
const template = { content: text, nfo: text };

/** What is sent is read by the steps themselves, which say more than a schema; here: that no field is unknown. */
function sent(fields: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(fields);
  return record(Object.fromEntries(names.map((name) => [name, {}])), names);
}

const draftSchema = {
  tags,
  summary: 'A new draft.',
  body: sent({ group: {}, release_type: {}, rule_id: {} }),
  response: { 201: draft },
};
const uploadSchema = {
  tags,
  summary: 'The book: a form with it in the field file, or the address that it is to be fetched from.',
  params: idParams,
  // A form is read as it arrives.
  body: { content: { 'application/json': { schema: sent({ url: text }) } } },
  response: { 200: draft },
};
const finalizeSchema = {
  tags,
  summary: 'Packs it, in a job.',
  params: idParams,
  response: { 202: record({ ...draftFields, job_id: text }) },
};
const templatesAnswer = record({ items: listOf(record({ name: text, ...template })), chosen: record(template) });

export function stepRoutes(app: FastifyInstance, shop: Shop): void {
  // Who may write releases; whose this one is, each step asks.
  const onRequest = allow(shop.rights, 'releases write');
  app.post('/api/wizard/draft', { onRequest, schema: draftSchema }, async (request, reply) => {
    const caller = callerOf(request);
    const { rule_id, ...fields } = fieldsOf(request.body);
    const form = readForm(fields, false);
    await shop.draftLimit.begin(caller.id);
    const ruleId = await ruleOf(shop, rule_id);
    const row = await createRelease(shop, caller, form, null, ruleId);
    shop.figures.changed(caller.id);
    reply.status(201);
    return viewOf(shop, { ...row, group: form.group });
  });

  app.get<One>('/api/wizard/:id', { onRequest, schema: asked('The draft, and its next step.', null) }, (request) =>
    after(shop, request),
  );

  app.post<One>('/api/wizard/:id/upload', { onRequest, schema: uploadSchema }, async (request) => {
    const draft = await own(shop, request);
    const file = request.isMultipart()
      ? (await receiveForm(request, shop)).file
      : await fetched(shop, fieldsOf(request.body));
    if (file === undefined) throw releasesError('UPLOAD_MISSING', {});
    try {
      await attach(shop, draft, file);
    } finally {
      await file.discard();
    }
    return after(shop, request);
  });

  app.get<One>(
    '/api/wizard/:id/templates',
    { onRequest, schema: asked('The templates there are, each as the NFO would look.', null, templatesAnswer) },
    async (request) => {
      const draft = await own(shop, request);
      const { template } = readConfig(draft.config);
      const items = Object.entries(templates).map(([name, content]) => ({
        name,
        content,
        nfo: previewOf(shop, draft, content),
      }));
      return { items, chosen: { content: template, nfo: previewOf(shop, draft, template) } };
    },
  );

  changeRoutes(app, shop);
}

/** What changes a draft, and what ends it. */
function changeRoutes(app: FastifyInstance, shop: Shop): void {
  const onRequest = allow(shop.rights, 'releases write');

  app.post<One>(
    '/api/wizard/:id/analyze',
    { onRequest, schema: asked('Reads what the book says of itself.', null) },
    async (request) => {
      await analyze(shop, await own(shop, request));
      return after(shop, request);
    },
  );

  const steps = {
    metadata: [setMetadata, 'What the release says of the book; what is not sent stays.', metadataFields],
    options: [setOptions, 'How it is packed; what is not sent stays.', optionFields],
    templates: [
      setTemplate,
      'The NFO: one of the templates, or a text of your own with placeholders.',
      { template: text, content: text },
    ],
  } as const;
  for (const [name, [set, summary, fields]] of Object.entries(steps)) {
    app.post<One>(`/api/wizard/:id/${name}`, { onRequest, schema: asked(summary, fields) }, async (request) => {
      await set(shop, (await own(shop, request)).id, fieldsOf(request.body));
      return after(shop, request);
    });
  }

  app.post<One>('/api/wizard/:id/finalize', { onRequest, schema: finalizeSchema }, async (request, reply) => {
    const job_id = await finalize(shop, await own(shop, request), callerOf(request));
    shop.figures.changed(callerOf(request).id);
    reply.status(202);
    return { ...(await after(shop, request)), job_id };
  });
}

function own(shop: Shop, request: FastifyRequest<One>): Promise<Draft> {
  return findOwn(shop, callerOf(request), request.params.id);
}

async function after(shop: Shop, request: FastifyRequest<One>): Promise<object> {
  return viewOf(shop, await own(shop, request));
}

/** Of one that the path names. */
function asked(summary: string, body: Readonly<Record<string, Schema>> | null, answer: Schema = draft): Schema {
  return { tags, summary, params: idParams, ...(body === null ? {} : { body: sent(body) }), response: { 200: answer } };
}

async function ruleOf({ db }: Shop, sent: unknown): Promise<string | null> {
  if (sent === undefined || sent === null || sent === '') return null;
  const row =
    typeof sent === 'string' && isId(sent)
      ? await db.query.selectFrom('rules').select('id').where('id', '=', sent).executeTakeFirst()
      : undefined;
  if (row !== undefined) return row.id;
  throw releasesError('REQUEST_INVALID', { what: 'rule_id', is: 'that of no rule', expected: 'the id of a rule' });
}

function fetched({ storage, options, timers, log }: Shop, { url }: Fields): Promise<Incoming> {
  if (typeof url !== 'string') throw releasesError('UPLOAD_MISSING', {});
  const { maxUploadBytes: maxBytes } = options;
  log('info', 'Fetches a book', { url: url.slice(0, 200) });
  return fetchFile(url, { maxBytes, timeoutMs: fetchTimeoutMs }, { timers }, (body) => storage.receive(body, maxBytes));
}

function viewOf({ options }: Shop, row: Draft): object {
  const { packing, template, ruleId } = readConfig(row.config);
  const { id, status, title, name, group, release_type, created_at, updated_at } = row;
  const file =
    row.file_bytes === null
      ? null
      : { bytes: Number(row.file_bytes), sha256: row.file_sha256, available: row.file_path !== null };
  return {
    id,
    status,
    step: stepOf(row),
    title,
    name,
    group,
    release_type,
    file,
    metadata: readMetadata(row.release_metadata),
    options: wordsOf(packing),
    template,
    rule_id: ruleId,
    max_upload_bytes: options.maxUploadBytes,
    created_at,
    updated_at,
  };
}

/** The NFO as it would be if it were packed today. */
function previewOf({ clock }: Shop, draft: Draft, template: string): string {
  const day = new Date(clock.epochMs()).toISOString().slice(0, 10);
  return planRelease(factsOf(draft, day), template, 'texts').nfo.text;
}
