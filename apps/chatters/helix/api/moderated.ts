/** Get Moderated Channels: those of others that a user moderates. https://dev.twitch.tv/docs/api/reference/#get-moderated-channels */
import type { FastifyInstance } from 'fastify';
import type { Simulation } from '../simulation.ts';
import { type Admit, refuse } from './caller.ts';
import { pageSize, type Query, readCursor, writeCursor } from './pages.ts';

export function moderatedRoute(app: FastifyInstance, { world, options, clock }: Simulation, admit: Admit): void {
  app.get('/helix/moderation/channels', async (request, reply) => {
    const query = request.query as Query;
    const grant = admit(request, reply, 'user:read:moderated_channels');
    if (grant === undefined) return reply;
    const first = pageSize(query['first'], 20, 100);
    if (first === undefined) return (refuse(reply, 400, 'The first parameter is not valid'), reply);
    if (query['user_id'] !== grant.userId) {
      return (refuse(reply, 401, 'The ID in user_id must match the user ID in the access token'), reply);
    }
    const nowMs = clock.epochMs();
    const from = readCursor(query['after'], grant.userId, nowMs, options.cursorLifeMs);
    if (from === undefined) return (refuse(reply, 400, 'The pagination cursor is not valid'), reply);
    const all = world.streamer(grant.userId)?.moderates ?? [];
    const page = all.slice(from, from + first);
    const next = from + page.length;
    return {
      data: page.map((id) => {
        const login = world.channel(id)?.login ?? id;
        return { broadcaster_id: id, broadcaster_login: login, broadcaster_name: login };
      }),
      pagination: next < all.length ? { cursor: writeCursor(grant.userId, next, nowMs) } : {},
    };
  });
}
