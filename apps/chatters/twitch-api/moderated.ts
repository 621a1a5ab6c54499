/** The channels that a user moderates: all pages, believed for a minute by every replica. */
import { type Kv, keyOf } from '@palier/kit/state';
import type { Caller, Helix } from './helix.ts';

export interface ModeratedChannel {
  readonly id: string;
  readonly login: string;
  readonly name: string;
}

interface Page {
  readonly data: readonly { broadcaster_id: string; broadcaster_login: string; broadcaster_name: string }[];
  readonly pagination: { readonly cursor?: string };
}

/** Nobody moderates more; whatever comes after is left out. */
const mostPages = 50;

/** Throws what `Helix.get` throws; a state that is away costs the memory of it, not the answer. */
export async function moderatedChannels(
  helix: Helix,
  kv: Kv,
  caller: Caller,
  believedForMs: number,
): Promise<readonly ModeratedChannel[]> {
  const key = keyOf('moderated', caller.userId);
  const known = await kv.get(key).catch(() => undefined);
  if (known !== undefined) return JSON.parse(known.toString());
  const channels: ModeratedChannel[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < mostPages; page++) {
    const after = cursor === undefined ? {} : { after: cursor };
    const query = { user_id: caller.userId, first: '100', ...after };
    const { data, pagination } = (await helix.get(caller, 'moderation/channels', query)) as Page;
    for (const { broadcaster_id: id, broadcaster_login: login, broadcaster_name: name } of data) {
      channels.push({ id, login, name });
    }
    cursor = pagination.cursor;
    if (cursor === undefined) break;
  }
  await kv.set(key, JSON.stringify(channels), { expiresInMs: believedForMs }).catch(() => {});
  return channels;
}
