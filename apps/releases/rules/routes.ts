/** GET rules, GET rules/:id: the rules that releases are packed by. */
import type { FastifyInstance } from 'fastify';
import { isId } from '../database/ids.ts';
import { releasesError } from '../errors.ts';
import { offsetOf, pageOf, pagingSchema } from '../releases/paging.ts';
import type { Shop } from '../web/shop.ts';

interface ListQuery {
  page: number;
  per_page: number;
  section?: string;
}

const listQuery = {
  type: 'object',
  properties: { ...pagingSchema, section: { type: 'string', minLength: 1, maxLength: 20 } },
} as const;

export function ruleRoutes(app: FastifyInstance, { db, memo }: Shop): void {
  const totals = memo<number>('rule_totals', { ttlMs: 2000, maxEntries: 100 });

  const countRules = async (section: string | undefined): Promise<number> => {
    let query = db.query.selectFrom('rules').select((of) => of.fn.countAll<number | bigint | string>().as('total'));
    if (section !== undefined) query = query.where('section', '=', section);
    return Number((await query.executeTakeFirst())?.total ?? 0);
  };

  app.get<{ Querystring: ListQuery }>('/api/rules', { schema: { querystring: listQuery } }, async ({ query }) => {
    const { section } = query;
    const paging = { page: query.page, perPage: query.per_page };
    let rules = db.query.selectFrom('rules').select(['id', 'name', 'section', 'scene', 'year', 'created_at']);
    if (section !== undefined) rules = rules.where('section', '=', section);
    rules = rules.orderBy('name').orderBy('id').limit(paging.perPage).offset(offsetOf(paging));
    const [items, total] = await Promise.all([rules.execute(), totals.get(section ?? '', () => countRules(section))]);
    return pageOf(items, total, paging);
  });

  app.get<{ Params: { id: string } }>('/api/rules/:id', async ({ params }) => {
    const { id } = params;
    const query = db.query.selectFrom('rules').selectAll().where('id', '=', id);
    const rule = isId(id) ? await query.executeTakeFirst() : undefined;
    if (rule === undefined) throw releasesError('NOT_FOUND', { what: 'This rule' });
    return rule;
  });
}
