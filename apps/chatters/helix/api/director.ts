/** What the real one does not have: troubles on demand, consents withdrawn, and what is planted where, for tests. */
import type { FastifyInstance } from 'fastify';
import type { Simulation } from '../simulation.ts';
import type { Trouble } from '../troubles.ts';
import type { Presences } from '../world/presence.ts';

export interface Director {
  /** What is planted now. */
  trouble(): Trouble | null;
}

export function directorRoutes(
  app: FastifyInstance,
  { world, grants, clock }: Simulation,
  presenceOf: Presences,
): Director {
  let trouble: Trouble | null = null;

  app.post('/director/trouble', async (request) => {
    const wanted = request.body as Partial<Trouble> & { forMs: number };
    trouble = {
      latencyMs: wanted.latencyMs ?? 0,
      jitterMs: wanted.jitterMs ?? 0,
      failingShare: wanted.failingShare ?? 0,
      failingStatus: wanted.failingStatus ?? 503,
      untilMs: clock.epochMs() + wanted.forMs,
    };
    return trouble;
  });

  app.post('/director/withdraw', async (request) => {
    const { userId } = request.body as { userId: string };
    grants.revokeUser(userId, clock.epochMs());
    return { userId };
  });

  app.get('/director/planted/:channel', async (request, reply) => {
    const channel = world.channel((request.params as { channel: string }).channel);
    if (channel === undefined) return reply.status(404).send({ message: 'There is no such channel' });
    return { clusters: channel.clusters, accounts: world.planted(channel), watchers: world.watchers(channel) };
  });

  app.get('/director/present/:channel', async (request, reply) => {
    const presence = presenceOf((request.params as { channel: string }).channel);
    if (presence === undefined) return reply.status(404).send({ message: 'There is no such channel' });
    return presence.everybody(clock.epochMs());
  });

  return { trouble: () => trouble };
}
