/** rules and rules/:id: what releases are packed by; wizard/rules: those that a release of one type can be. */
import type { FastifyInstance } from 'fastify';
import { isId } from '../database/ids.ts';
import type { RulesTable } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import { releaseTypes } from '../releases/kinds.ts';
import { offsetOf, pageOf, pagingSchema } from '../releases/paging.ts';
import { allow } from '../users/rights.ts';
import { changes, idParams, nothing, pageAnswer, record, type Schema, text, time, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';

interface ListQuery {
  page: number;
  per_page: number;
  section?: string;
}
interface ChoiceQuery {
  page: number;
  per_page: number;
  release_type?: string;
}
type Sent = Omit<RulesTable, 'id' | 'created_at'>;
type ById = { Params: { id: string } };

/** Of a rule's text: what fits a body. */
export const maxRuleLength = 30_000;

export const ruleFields: Readonly<Record<keyof Sent, Schema>> = {
  name: { type: 'string', minLength: 1, maxLength: 200 },
  section: { type: 'string', enum: releaseTypes },
  scene: { type: 'string', minLength: 1, maxLength: 50 },
  year: { type: 'integer', minimum: 1990, maximum: 2100 },
  content: { type: 'string', minLength: 1, maxLength: maxRuleLength },
};
const itemFields = { id: text, name: text, section: text, scene: text, year: whole, created_at: time };
export const ruleAnswer: Schema = record({ ...itemFields, content: text });

const tags = ['rules'];
const listSchema = {
  tags,
  summary: 'Rules by name.',
  querystring: record({ ...pagingSchema, section: ruleFields.section }, [...Object.keys(pagingSchema), 'section']),
  response: { 200: pageAnswer(record(itemFields)) },
};
const choiceSchema = {
  tags: ['wizard'],
  summary: 'The rules that a draft of a release_type can name, by name.',
  querystring: record({ ...pagingSchema, release_type: ruleFields.section }, [
    ...Object.keys(pagingSchema),
    'release_type',
  ]),
  response: { 200: pageAnswer(record(itemFields)) },
};
const oneSchema = { tags, summary: 'One rule with its text.', params: idParams, response: { 200: ruleAnswer } };
const makeSchema = { tags, summary: 'Makes a rule.', body: record(ruleFields), response: { 201: ruleAnswer } };
const changeSchema = {
  tags,
  summary: 'Changes what is sent.',
  params: idParams,
  body: changes(ruleFields),
  response: { 200: ruleAnswer },
};
const removeSchema = { tags, summary: 'Removes a rule.', params: idParams, response: { 204: nothing } };

export function ruleRoutes(app: FastifyInstance, shop: Shop): void {
  const { db, memo, rights } = shop;
  const totals = memo<number>('rule_totals', { ttlMs: 2000, maxEntries: 100 });
  const [reads, writes] = [allow(rights, 'rules read'), allow(rights, 'rules write')];

  const countRules = async (section: string | undefined): Promise<number> => {
    let query = db.query.selectFrom('rules').select((of) => of.fn.countAll<number | bigint | string>().as('total'));
    if (section !== undefined) query = query.where('section', '=', section);
    return Number((await query.executeTakeFirst())?.total ?? 0);
  };
  const ruleOf = async (id: string): Promise<RulesTable> => {
    const query = db.query.selectFrom('rules').selectAll().where('id', '=', id);
    const rule = isId(id) ? await query.executeTakeFirst() : undefined;
    if (rule === undefined) throw releasesError('NOT_FOUND', { what: 'This rule' });
    return rule;
  };

  const list = async (query: Omit<ListQuery, 'section'>, section: string | undefined): Promise<object> => {
    const paging = { page: query.page, perPage: query.per_page };
    let rules = db.query.selectFrom('rules').select(['id', 'name', 'section', 'scene', 'year', 'created_at']);
    if (section !== undefined) rules = rules.where('section', '=', section);
    rules = rules.orderBy('name').orderBy('id').limit(paging.perPage).offset(offsetOf(paging));
    const [items, total] = await Promise.all([rules.execute(), totals.get(section ?? '', () => countRules(section))]);
    return pageOf(items, total, paging);
  };

  app.get<{ Querystring: ListQuery }>('/api/rules', { onRequest: reads, schema: listSchema }, ({ query }) =>
    list(query, query.section),
  );

  app.get<{ Querystring: ChoiceQuery }>(
    '/api/wizard/rules',
    { onRequest: allow(rights, 'releases write'), schema: choiceSchema },
    ({ query }) => list(query, query.release_type),
  );

  app.get<ById>('/api/rules/:id', { onRequest: reads, schema: oneSchema }, ({ params }) => ruleOf(params.id));

  app.post<{ Body: Sent }>('/api/rules', { onRequest: writes, schema: makeSchema }, async ({ body }, reply) => {
    reply.status(201);
    return addRule(shop, body);
  });

  app.put<ById & { Body: Partial<Sent> }>(
    '/api/rules/:id',
    { onRequest: writes, schema: changeSchema },
    async (request) => {
      const { id } = await ruleOf(request.params.id);
      await db.query.updateTable('rules').set(request.body).where('id', '=', id).execute();
      return ruleOf(id);
    },
  );

  app.delete<ById>('/api/rules/:id', { onRequest: writes, schema: removeSchema }, async ({ params }, reply) => {
    const { id } = await ruleOf(params.id);
    await db.query.deleteFrom('rules').where('id', '=', id).execute();
    return reply.status(204).send();
  });
}

/** The new rule's row. */
export async function addRule({ db, clock }: Pick<Shop, 'db' | 'clock'>, rule: Sent): Promise<RulesTable> {
  const { name, section, scene, year, content } = rule;
  const created_at = new Date(clock.epochMs()).toISOString();
  const row = { id: db.newId(), name, section, scene, year, content, created_at };
  await db.query.insertInto('rules').values(row).execute();
  return row;
}
