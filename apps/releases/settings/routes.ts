/** config and config/:key: what the installation chooses for all new drafts; read by everybody, set by who has "config write". */
import type { FastifyInstance } from 'fastify';
import { releasesError } from '../errors.ts';
import { allow } from '../users/rights.ts';
import { orConflict } from '../web/faults.ts';
import { listOf, nothing, orNull, record, type Schema, text, time } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { categoryOf, checkedSetting, isSettingKey, settingDefaults, type SettingKey, settingKeys } from './known.ts';

type ByKey = { Params: { key: string } };

const tags = ['config'];
const answer = record({ key: text, category: text, value: orNull(text), default: orNull(text), set_at: orNull(time) });
const keyParams = record({ key: { type: 'string', maxLength: 100 } });
const value: Schema = { type: 'string', minLength: 1, maxLength: 200 };
const listSchema = {
  tags,
  summary: 'All settings, each with its value and what it is by itself.',
  response: { 200: record({ items: listOf(answer) }) },
};
const oneSchema = { tags, summary: 'One setting.', params: keyParams, response: { 200: answer } };
const makeSchema = {
  tags,
  summary: 'Sets one that is not set.',
  body: record({ key: { type: 'string', enum: settingKeys }, value }),
  response: { 201: answer },
};
const changeSchema = {
  tags,
  summary: 'Sets one, whatever it was.',
  params: keyParams,
  body: record({ value }),
  response: { 200: answer },
};
const removeSchema = {
  tags,
  summary: 'Takes one back: it is what it is by itself again.',
  params: keyParams,
  response: { 204: nothing },
};

export function settingRoutes(app: FastifyInstance, { db, settings, rights, clock }: Shop): void {
  const onRequest = allow(rights, 'config write');
  const keyOf = ({ key }: ByKey['Params']): SettingKey => {
    if (isSettingKey(key)) return key;
    throw releasesError('NOT_FOUND', { what: 'This setting' });
  };
  const viewOf = async (): Promise<Map<SettingKey, object>> => {
    const rows = await db.query.selectFrom('configurations').selectAll().execute();
    return new Map(
      settingKeys.map((key) => {
        const row = rows.find((one) => one.key === key);
        const byItself = settingDefaults[key];
        const value = row?.value ?? byItself;
        return [key, { key, category: categoryOf(key), value, default: byItself, set_at: row?.set_at ?? null }];
      }),
    );
  };
  const rowOf = (key: SettingKey, sent: string): { key: string; value: string; set_at: string } => ({
    key,
    value: checkedSetting(key, sent),
    set_at: new Date(clock.epochMs()).toISOString(),
  });

  app.get('/api/config', { schema: listSchema }, async () => ({ items: [...(await viewOf()).values()] }));

  app.get<ByKey>('/api/config/:key', { schema: oneSchema }, async ({ params }) => (await viewOf()).get(keyOf(params)));

  app.post<{ Body: { key: SettingKey; value: string } }>(
    '/api/config',
    { onRequest, schema: makeSchema },
    async ({ body }, reply) => {
      const row = rowOf(body.key, body.value);
      await orConflict(`The setting ${body.key}`, () => db.query.insertInto('configurations').values(row).execute());
      settings.changed();
      reply.status(201);
      return (await viewOf()).get(body.key);
    },
  );

  app.put<ByKey & { Body: { value: string } }>(
    '/api/config/:key',
    { onRequest, schema: changeSchema },
    async ({ params, body }) => {
      const key = keyOf(params);
      const row = rowOf(key, body.value);
      await db.atomically([
        db.query.deleteFrom('configurations').where('key', '=', key),
        db.query.insertInto('configurations').values(row),
      ]);
      settings.changed();
      return (await viewOf()).get(key);
    },
  );

  app.delete<ByKey>('/api/config/:key', { onRequest, schema: removeSchema }, async ({ params }, reply) => {
    await db.query.deleteFrom('configurations').where('key', '=', keyOf(params)).execute();
    settings.changed();
    return reply.status(204).send();
  });
}
