/** Puts the simulator together: the contract's routes, with what goes wrong before them. */
import { type FastifyInstance, fastify } from 'fastify';
import { admitter } from './api/caller.ts';
import { chattersRoute } from './api/chatters.ts';
import { directorRoutes } from './api/director.ts';
import { identityRoutes } from './api/identity.ts';
import { moderatedRoute } from './api/moderated.ts';
import { usersRoute } from './api/users.ts';
import type { Simulation } from './simulation.ts';
import { type Trouble, troubleOf } from './troubles.ts';
import { openPresences } from './world/presence.ts';

export function buildHelix(simulation: Simulation): FastifyInstance {
  const { world, options, clock, timers } = simulation;
  const presenceOf = openPresences(world, clock, options);
  const app = fastify({ logger: false, forceCloseConnections: true });
  const director = directorRoutes(app, simulation, presenceOf);
  const usual: Trouble = { ...options, failingShare: 0, failingStatus: 0, untilMs: Number.POSITIVE_INFINITY };
  let turn = 0;
  app.addHook('onRequest', async (request, reply) => {
    if (!/^\/(?:helix|oauth2)\//.test(request.url)) return undefined;
    const { waitMs, status } = troubleOf(usual, director.trouble(), turn++, options.seed, clock.epochMs());
    if (waitMs > 0) await timers.sleep(waitMs);
    if (status === null) return undefined;
    if (status === 0) return (request.raw.socket.destroy(), reply.hijack());
    return reply.status(status).send({ error: 'Service Unavailable', status, message: '' });
  });
  const counts: Record<string, number> = {};
  app.addHook('onResponse', async (request, reply) => {
    if (request.url.startsWith('/helix/')) counts[reply.statusCode] = (counts[reply.statusCode] ?? 0) + 1;
  });
  app.get('/director/counts', async () => counts);
  app.get('/health', async () => ({ status: 'ok' }));
  identityRoutes(app, simulation);
  const admit = admitter(simulation);
  chattersRoute(app, simulation, presenceOf, admit);
  usersRoute(app, simulation, admit);
  moderatedRoute(app, simulation, admit);
  return app;
}
