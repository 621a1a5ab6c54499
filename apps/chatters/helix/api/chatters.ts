/** Get Chatters: who is in a channel now, for its moderators. https://dev.twitch.tv/docs/api/reference/#get-chatters */
import type { FastifyInstance } from 'fastify';
import type { Simulation } from '../simulation.ts';
import type { Presences } from '../world/presence.ts';
import { type Admit, refuse } from './caller.ts';
import { pageSize, type Query, readCursor, writeCursor } from './pages.ts';

export function chattersRoute(
  app: FastifyInstance,
  { world, options, clock }: Simulation,
  presenceOf: Presences,
  admit: Admit,
): void {
  app.get('/helix/chat/chatters', async (request, reply) => {
    const query = request.query as Query;
    const grant = admit(request, reply, 'moderator:read:chatters');
    if (grant === undefined) return reply;
    const id = String(query['broadcaster_id']);
    const presence = presenceOf(id);
    const first = pageSize(query['first'], 100, 1000);
    const nowMs = clock.epochMs();
    // Who has no channel in this world has one where nobody is, as everybody has at the real one.
    if (presence === undefined && id === grant.userId) return { data: [], pagination: {}, total: 0 };
    if (presence === undefined) return (refuse(reply, 400, 'The broadcaster_id parameter is not valid'), reply);
    if (first === undefined) return (refuse(reply, 400, 'The first parameter is not valid'), reply);
    if (query['moderator_id'] !== grant.userId) {
      return (refuse(reply, 401, 'The ID in moderator_id must match the user ID in the access token'), reply);
    }
    if (id !== grant.userId && !world.streamer(grant.userId)?.moderates.includes(id)) {
      return (refuse(reply, 403, "The user in moderator_id is not one of the broadcaster's moderators"), reply);
    }
    const from = readCursor(query['after'], id, nowMs, options.cursorLifeMs);
    if (from === undefined) return (refuse(reply, 400, 'The pagination cursor is not valid'), reply);
    const { numbers, total } = presence.page(from, first, nowMs);
    const next = from + numbers.length;
    return {
      data: numbers.map((number) => {
        const chatter = world.chatter(number, nowMs);
        return { user_id: chatter.id, user_login: chatter.login, user_name: chatter.displayName };
      }),
      pagination: next < total && numbers.length > 0 ? { cursor: writeCursor(id, next, nowMs) } : {},
      total,
    };
  });
}
