/**
 * Users' consents: kept sealed, renewed before they end, and kept after a sign-out only while a capture of the user's is under way. Any replica of
 * any service may ask; of two that renew at once one wins, and the other takes what the first got.
 */
import type { Clock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import type { Sql } from '@palier/kit/state/sql';
import type { ConsentRow, Tables } from '../database/tables.ts';
import { chattersError } from '../errors.ts';
import type { Identity, TwitchTokens } from './identity.ts';
import type { Seal } from './seal.ts';
import { removeUnneeded } from './unneeded.ts';

export interface Consents {
  /** The user has signed in. */
  keep(userId: string, tokens: TwitchTokens): Promise<void>;
  /** An access token that is good for a while. `refused`: one that Twitch did not believe. Throws TWITCH_CONSENT, TWITCH_AWAY. */
  access(userId: string, refused?: string): Promise<string>;
  /** The user has signed out: captures that are under way may go on, nothing else. */
  signOut(userId: string): Promise<void>;
  /** Gives back what nobody needs: signed out, and no capture under way. Answers of how many users. */
  removeUnneeded(): Promise<number>;
}

/** Renewed so long before its end, so that a call that is under way is still believed. */
const renewBeforeMs = 60_000;

export function openConsents(sql: Sql<Tables>, seal: Seal, identity: Identity, clock: Clock): Consents {
  const { query } = sql;
  const withdrawn = (reason: string): PalierError => chattersError('TWITCH_CONSENT', { reason });

  function opened({ user_id: userId, sealed, expires_at: expiresAtMs }: ConsentRow): TwitchTokens {
    const text = seal.open(userId, sealed);
    if (text === null) throw withdrawn('it was sealed with another SECRET');
    return { ...JSON.parse(text), expiresAtMs };
  }

  const sealedOf = (userId: string, { access, refresh }: TwitchTokens): string =>
    seal.close(userId, JSON.stringify({ access, refresh }));

  async function renewed(row: ConsentRow, { refresh }: TwitchTokens): Promise<string> {
    let fresh: TwitchTokens;
    try {
      fresh = await identity.renew(refresh);
    } catch (error) {
      if (error instanceof PalierError && error.code === 'TWITCH_CONSENT') {
        await query.deleteFrom('consents').where('user_id', '=', row.user_id).where('turn', '=', row.turn).execute();
      }
      throw error;
    }
    const won = await query
      .updateTable('consents')
      .set({
        sealed: sealedOf(row.user_id, fresh),
        expires_at: fresh.expiresAtMs,
        turn: Math.max(row.turn + 1, clock.epochMs()),
      })
      .where('user_id', '=', row.user_id)
      .where('turn', '=', row.turn)
      .executeTakeFirst();
    // Somebody else renewed it meanwhile; both are good at Twitch, the stored one is ours.
    return Number(won.numUpdatedRows) === 1 ? fresh.access : access(row.user_id);
  }

  async function access(userId: string, refused?: string): Promise<string> {
    const row = await query.selectFrom('consents').selectAll().where('user_id', '=', userId).executeTakeFirst();
    if (row === undefined) throw withdrawn('there is none');
    const tokens = opened(row);
    const good = tokens.expiresAtMs - clock.epochMs() > renewBeforeMs && tokens.access !== refused;
    return good ? tokens.access : renewed(row, tokens);
  }

  return {
    access,
    async keep(userId, tokens) {
      const values = {
        sealed: sealedOf(userId, tokens),
        expires_at: tokens.expiresAtMs,
        signed_out_at: null,
        turn: clock.epochMs(),
      };
      const insert = query.insertInto('consents').values({ user_id: userId, ...values });
      await sql.words.upsert(insert, ['user_id'], ['sealed', 'expires_at', 'signed_out_at', 'turn']).execute();
    },
    async signOut(userId) {
      const signedOut = query.updateTable('consents').set({ signed_out_at: clock.epochMs() });
      await signedOut.where('user_id', '=', userId).execute();
    },
    removeUnneeded: () => removeUnneeded(sql, async (row) => identity.revoke(opened(row).access)),
  };
}
