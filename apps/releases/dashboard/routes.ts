/** GET dashboard/stats: how much there is, and how much of it is the caller's. */
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import { record, text, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';

const stats = record({
  total_releases: whole,
  total_jobs: whole,
  user_releases: whole,
  user_jobs: whole,
  user: record({ id: text, login: text }),
});
const schema = {
  tags: ['releases'],
  summary: 'How much there is, and how much of it is yours.',
  response: { 200: stats },
};

export function dashboardRoutes(app: FastifyInstance, { figures }: Shop): void {
  app.get('/api/dashboard/stats', { schema }, async (request) => {
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
