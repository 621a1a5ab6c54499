/** The service twitch-api as the others call it. What it objects to is thrown as the same error of the catalogue. */
import type { Timers } from '@palier/base/timers';
import { catalogue, chattersError, type ChattersErrorCode } from '../errors.ts';
import type { Caller } from '../twitch-api/helix.ts';
import type { ModeratedChannel } from '../twitch-api/moderated.ts';
import type { ChattersPage, TwitchAccount } from '../twitch-api/routes.ts';

export interface Twitch {
  /** Up to a thousand. `after`: the cursor of the page before; null: the first. Throws TWITCH_CONSENT, _FORBIDDEN, _REFUSED, _AWAY, _BUSY. */
  chatters(caller: Caller, broadcasterId: string, after: string | null, signal?: AbortSignal): Promise<ChattersPage>;
  /** At most a hundred; accounts that are gone are missing in the answer. Throws the same. */
  users(caller: Caller, ids: readonly string[], signal?: AbortSignal): Promise<readonly TwitchAccount[]>;
  moderatedChannels(caller: Caller): Promise<readonly ModeratedChannel[]>;
}

export interface TwitchOptions {
  /** TWITCH_API_URL. */
  readonly twitchApiUrl: string;
  readonly callTimeoutMs: number;
}

export function openTwitch({ twitchApiUrl, callTimeoutMs }: TwitchOptions, timers: Timers): Twitch {
  async function get<Answer>(
    { userId, token }: Caller,
    path: string,
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const url = new URL(path, twitchApiUrl);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const headers = { authorization: `Bearer ${token}`, 'x-twitch-user': userId };
    const late = new AbortController();
    const cancel = timers.after(callTimeoutMs, () => late.abort(new Error('no answer in time')));
    try {
      const either = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
      const answer = await fetch(url, { headers, signal: either });
      const text = await answer.text();
      if (answer.status === 200) return JSON.parse(text) as Answer;
      throw objection(answer.status, text, callTimeoutMs);
    } catch (error) {
      signal?.throwIfAborted();
      if (isOurs(error)) throw error;
      const reason = String((error as Error & { cause?: Error }).cause?.message ?? (error as Error).message);
      throw chattersError('TWITCH_AWAY', { reason, timeoutMs: callTimeoutMs }, { cause: error });
    } finally {
      cancel();
    }
  }

  return {
    chatters: (caller, broadcasterId, after, signal) =>
      get(caller, 'chatters', { broadcaster_id: broadcasterId, ...(after === null ? {} : { after }) }, signal),
    async users(caller, ids, signal) {
      const { users } = await get<{ users: readonly TwitchAccount[] }>(caller, 'users', { ids: ids.join(',') }, signal);
      return users;
    },
    async moderatedChannels(caller) {
      const answer = await get<{ channels: readonly ModeratedChannel[] }>(caller, 'moderated-channels', {});
      return answer.channels;
    },
  };
}

function isOurs(error: unknown): boolean {
  return Object.hasOwn(catalogue, String((error as { code?: unknown } | null)?.code));
}

/** As the service said it; what is no answer of it at all is a service that is away. */
function objection(status: number, text: string, timeoutMs: number): Error {
  let said: { readonly error?: string; readonly facts?: Readonly<Record<string, string | number>> } = {};
  try {
    said = JSON.parse(text);
  } catch {
    // A balancer's own page.
  }
  const { error = '', facts = {} } = said;
  if (!Object.hasOwn(catalogue, error)) return chattersError('TWITCH_AWAY', { reason: `status ${status}`, timeoutMs });
  return chattersError(error as ChattersErrorCode, facts as never);
}
