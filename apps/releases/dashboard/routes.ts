/** GET dashboard/stats: how much there is, and how much of it is the caller's. */
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../auth/routes.ts';
import type { Shop } from '../web/shop.ts';

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

export function dashboardRoutes(app: FastifyInstance, { figures }: Shop): void {
  app.get('/api/dashboard/stats', { schema: { response: { 200: statsAnswer } } }, async (request) => {
    const { id, login } = callerOf(request);
    const [all, own] = await Promise.all([figures.all(), figures.of(id)]);
    return {
      total_releases: all.releases,
      total_jobs: all.jobs,
      user_releases: own.releases,
      user_jobs: own.jobs,
      user: { id, login },
    };
  });
}
