/** Get Users: up to 100 accounts by their ids; who is deleted or suspended is missing. https://dev.twitch.tv/docs/api/reference/#get-users */
import type { FastifyInstance } from 'fastify';
import type { Simulation } from '../simulation.ts';
import type { World } from '../world/world.ts';
import { type Admit, refuse } from './caller.ts';
import { listed, type Query } from './pages.ts';

const mostIds = 100;

export function usersRoute(app: FastifyInstance, { world, clock }: Simulation, admit: Admit): void {
  app.get('/helix/users', async (request, reply) => {
    const grant = admit(request, reply, null);
    if (grant === undefined) return reply;
    const ids = listed((request.query as Query)['id']);
    if (ids.length > mostIds) return (refuse(reply, 400, 'The sum of id and login must not exceed 100'), reply);
    const nowMs = clock.epochMs();
    // Without ids: whoever calls.
    const wanted = ids.length === 0 ? [grant.userId] : [...new Set(ids)];
    return { data: wanted.flatMap((id) => told(world, id, nowMs)) };
  });
}

function told(world: World, id: string, nowMs: number): object[] {
  const account = /^\d{1,9}$/.test(id) ? world.account(Number(id), nowMs) : undefined;
  if (account === undefined) return [];
  return [shaped(id, account.login, account.displayName, account.broadcasterType, account.createdMs)];
}

function shaped(id: string, login: string, displayName: string, broadcasterType: string, createdMs: number): object {
  return {
    id,
    login,
    display_name: displayName,
    type: '',
    broadcaster_type: broadcasterType,
    description: '',
    profile_image_url: '',
    offline_image_url: '',
    view_count: 0,
    // To the second, as the real one.
    created_at: new Date(createdMs).toISOString().replace(/\.\d{3}Z$/, 'Z'),
  };
}
