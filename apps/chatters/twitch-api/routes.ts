/** What the other services ask: a page of chatters, up to a hundred accounts, the moderated channels. */
import type { Kv } from '@palier/kit/state';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { chattersError } from '../errors.ts';
import type { Caller, Helix } from './helix.ts';
import { moderatedChannels } from './moderated.ts';

/** An account as the other services know it. */
export interface TwitchAccount {
  readonly id: string;
  readonly login: string;
  readonly displayName: string;
  readonly createdMs: number;
  readonly type: string;
  readonly broadcasterType: string;
}

export interface ChattersPage {
  readonly chatters: readonly { readonly id: string; readonly login: string; readonly displayName: string }[];
  /** Null: that was the last page. */
  readonly cursor: string | null;
  readonly total: number;
}

/** The largest that Helix allows. */
const chattersAPage = '1000';
const mostIds = 100;

export function twitchRoutes(app: FastifyInstance, helix: Helix, kv: Kv, moderatedForMs: number): void {
  app.get('/chatters', async (request): Promise<ChattersPage> => {
    const { broadcaster_id: channel, after } = request.query as { broadcaster_id?: string; after?: string };
    const caller = callerOf(request);
    const query = {
      broadcaster_id: needed('broadcaster_id', channel),
      moderator_id: caller.userId,
      first: chattersAPage,
      ...(after === undefined || after === '' ? {} : { after }),
    };
    const { data, pagination, total } = (await helix.get(caller, 'chat/chatters', query)) as {
      data: readonly { user_id: string; user_login: string; user_name: string }[];
      pagination: { cursor?: string };
      total: number;
    };
    return {
      chatters: data.map(({ user_id: id, user_login: login, user_name: displayName }) => ({ id, login, displayName })),
      cursor: pagination.cursor ?? null,
      total,
    };
  });

  app.get('/users', async (request): Promise<{ users: readonly TwitchAccount[] }> => {
    const { ids } = request.query as { ids?: string };
    const wanted = needed('ids', ids).split(',');
    if (wanted.length > mostIds) {
      throw chattersError('REQUEST_INVALID', {
        what: 'ids',
        is: `${wanted.length} ids`,
        expected: `${mostIds} at most`,
      });
    }
    const { data } = (await helix.get(callerOf(request), 'users', { id: wanted })) as {
      data: readonly Record<'id' | 'login' | 'display_name' | 'type' | 'broadcaster_type' | 'created_at', string>[];
    };
    return {
      users: data.map(
        ({ id, login, display_name: displayName, type, broadcaster_type: broadcasterType, created_at }) => ({
          id,
          login,
          displayName,
          type,
          broadcasterType,
          createdMs: Date.parse(created_at),
        }),
      ),
    };
  });

  app.get('/moderated-channels', async (request) => ({
    channels: await moderatedChannels(helix, kv, callerOf(request), moderatedForMs),
  }));
}

/** `Authorization: Bearer TOKEN` and `X-Twitch-User: ID`, of the user for whom the other service asks. */
function callerOf({ headers }: FastifyRequest): Caller {
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  return { token: needed('authorization', token), userId: needed('x-twitch-user', headers['x-twitch-user']) };
}

function needed(what: string, text: unknown): string {
  if (typeof text === 'string' && text !== '') return text;
  throw chattersError('REQUEST_INVALID', { what, is: 'missing', expected: 'there' });
}
