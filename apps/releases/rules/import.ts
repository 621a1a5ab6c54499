/** rules/scenerules, rules/scenerules/download, rules/upload: rules that come with the service, and rules that are a text file. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { releasesError } from '../errors.ts';
import { allow } from '../users/rights.ts';
import { listOf, record, text, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { type KnownRule, knownRules } from './known.ts';
import { addRule, maxRuleLength, ruleAnswer, ruleFields } from './routes.ts';

const tags = ['rules'];
const knownSchema = {
  tags,
  summary: 'Rules that come with the service.',
  response: { 200: record({ items: listOf(record({ name: text, section: text, scene: text, year: whole })) }) },
};
const takeSchema = {
  tags,
  summary: 'Takes over one of them, by name, as a rule of one’s own.',
  body: record({ name: { type: 'string', maxLength: 200 } }),
  response: { 201: ruleAnswer },
};
const uploadSchema = {
  tags,
  summary: 'Makes a rule of a text file (UTF-8) in the field file; section and year stand in fields before it.',
  consumes: ['multipart/form-data'],
  response: { 201: ruleAnswer },
};

export function ruleImportRoutes(app: FastifyInstance, shop: Shop): void {
  const [reads, writes] = [allow(shop.rights, 'rules read'), allow(shop.rights, 'rules write')];

  app.get('/api/rules/scenerules', { onRequest: reads, schema: knownSchema }, () => ({ items: knownRules }));

  app.post<{ Body: { name: string } }>(
    '/api/rules/scenerules/download',
    { onRequest: writes, schema: takeSchema },
    async ({ body }, reply) => {
      const known = knownRules.find(({ name }) => name === body.name);
      if (known === undefined) throw releasesError('NOT_FOUND', { what: 'This known rule' });
      reply.status(201);
      return addRule(shop, known);
    },
  );

  app.post('/api/rules/upload', { onRequest: writes, schema: uploadSchema }, async (request, reply) => {
    const rule = await receiveRule(request);
    reply.status(201);
    return addRule(shop, rule);
  });
}

async function receiveRule(request: FastifyRequest): Promise<KnownRule> {
  const fields: Record<string, unknown> = {};
  let file: { name: string; content: string } | undefined;
  for await (const part of request.parts({ limits: { fileSize: maxRuleLength + 1 } })) {
    if (part.type === 'field') fields[part.fieldname] = part.value;
    else file = { name: part.filename, content: textOf(await part.toBuffer()) };
  }
  if (file === undefined) throw releasesError('REQUEST_INVALID', { what: 'file', is: 'missing', expected: 'there' });
  const name = fields['name'] ?? file.name.replace(/\.\w{1,5}$/, '');
  const { section, scene = 'own', year } = fields;
  const rule = { name, section, scene, year: Number(year), content: file.content };
  for (const [key, schema] of Object.entries(ruleFields)) {
    const value = rule[key as keyof typeof rule];
    const check = request.compileValidationSchema(schema);
    if (!check(value)) {
      const is =
        key === 'content' ? `${file.content.length} characters long` : (JSON.stringify(fields[key]) ?? 'missing');
      throw releasesError('REQUEST_INVALID', {
        what: key,
        is,
        expected: check.errors?.[0]?.message ?? 'of another form',
      });
    }
  }
  return rule as KnownRule;
}

/** Throws REQUEST_INVALID, BODY_TOO_LARGE. */
function textOf(bytes: Buffer): string {
  if (bytes.length > maxRuleLength)
    throw releasesError('BODY_TOO_LARGE', { what: 'The file', limitBytes: maxRuleLength });
  try {
    const content = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!content.includes('\0')) return content;
  } catch {
    // Told below.
  }
  throw releasesError('REQUEST_INVALID', { what: 'file', is: 'no text', expected: 'a text in UTF-8' });
}
