/**
 * GET dashboard/stats: how much there is, and how much of it is the caller's. The figures are remembered for ten seconds, the caller's
 * under the caller's id: nobody sees those of another.
 */
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { callerOf } from '../auth/routes.ts';
import type { Tables } from '../database/schema.ts';
import type { Shop } from '../web/shop.ts';

interface Figures {
  readonly releases: number;
  readonly jobs: number;
}

const figure = { type: 'integer' } as const;
const statsAnswer = {
  type: 'object',
  properties: {
    total_releases: figure,
    total_jobs: figure,
    user_releases: figure,
    user_jobs: figure,
    user: { type: 'object', properties: { id: { type: 'string' }, login: { type: 'string' } } },
  },
} as const;

export function dashboardRoutes(app: FastifyInstance, { db, memo }: Shop): void {
  const figures = memo<Figures>('dashboard', { ttlMs: 10_000, maxEntries: 10_000 });

  app.get('/api/dashboard/stats', { schema: { response: { 200: statsAnswer } } }, async (request) => {
    const user = callerOf(request);
    const [all, own] = await Promise.all([
      figures.get('all', () => count(db.query)),
      figures.get(`user ${user.id}`, () => count(db.query, user.id)),
    ]);
    return {
      total_releases: all.releases,
      total_jobs: all.jobs,
      user_releases: own.releases,
      user_jobs: own.jobs,
      user,
    };
  });
}

async function count(db: Kysely<Tables>, userId?: string): Promise<Figures> {
  let releases = db.selectFrom('releases').select((of) => of.fn.countAll<number | bigint | string>().as('n'));
  let jobs = db.selectFrom('jobs').select((of) => of.fn.countAll<number | bigint | string>().as('n'));
  if (userId !== undefined) {
    releases = releases.where('user_id', '=', userId);
    jobs = jobs.where('created_by', '=', userId);
  }
  const [releaseRow, jobRow] = await Promise.all([releases.executeTakeFirst(), jobs.executeTakeFirst()]);
  return { releases: Number(releaseRow?.n ?? 0), jobs: Number(jobRow?.n ?? 0) };
}
