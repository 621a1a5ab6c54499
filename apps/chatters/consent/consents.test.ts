import { systemSurroundings } from '@palier/base/surroundings';
import { openSql, type Sql } from '@palier/kit/state/sql';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, it } from 'vitest';
import { migrations } from '../database/migrations.ts';
import type { CaptureState, Tables } from '../database/tables.ts';
import { chattersError } from '../errors.ts';
import { type Consents, openConsents } from './consents.ts';
import type { Identity } from './identity.ts';
import { openSeal } from './seal.ts';

const around = systemSurroundings();

interface Desk {
  readonly sql: Sql<Tables>;
  readonly consents: Consents;
  readonly time: ReturnType<typeof virtualTime>;
  readonly revoked: string[];
  /** Renewals that Twitch saw. */
  readonly renewals: string[];
  withdraw(): void;
}

async function desk(stack: AsyncDisposableStack): Promise<Desk> {
  const sql = stack.use(await openSql<Tables>('sqlite::memory:', around, { migrations }));
  const time = virtualTime();
  const revoked: string[] = [];
  const renewals: string[] = [];
  let withdrawn = false;
  const identity: Identity = {
    consentUrl: () => '',
    exchange: () => Promise.reject(new Error('not here')),
    async renew(refresh) {
      await Promise.resolve();
      if (withdrawn) throw chattersError('TWITCH_CONSENT', { reason: 'withdrawn' });
      renewals.push(refresh);
      return { access: `renewed ${renewals.length}`, refresh, expiresAtMs: time.clock.epochMs() + 3_600_000 };
    },
    whose: () => Promise.reject(new Error('not here')),
    revoke: async (access) => void revoked.push(access),
  };
  const consents = openConsents(
    sql,
    openSeal('a secret of 32 characters or more', around.entropy),
    identity,
    time.clock,
  );
  const tokens = { access: 'first', refresh: 'refresh', expiresAtMs: time.clock.epochMs() + 3_600_000 };
  await consents.keep('7', tokens);
  return { sql, consents, time, revoked, renewals, withdraw: () => void (withdrawn = true) };
}

async function capture(sql: Sql<Tables>, id: string, state: CaptureState): Promise<void> {
  const names = { id, collection_id: 'c', user_id: '7', broadcaster_id: '5001', broadcaster_login: 'calm', state };
  const counts = { expected: 0, chatters: 0, new_accounts: 0, enriched: 0 };
  await sql.query
    .insertInto('captures')
    .values({ ...names, ...counts, created_at: 0, done_at: null, reason: null })
    .execute();
}

describe('openConsents()', () => {
  it('keeps no token that who reads the database can use', async () => {
    await using stack = new AsyncDisposableStack();
    const { sql } = await desk(stack);
    const [row] = await sql.query.selectFrom('consents').selectAll().execute();
    expect(Buffer.from(row?.sealed ?? '', 'base64url').toString('latin1')).not.toMatch(/first|refresh/);
  });

  it('renews a token before it ends, and one that Twitch refused; every replica goes on with the one that was stored', async () => {
    await using stack = new AsyncDisposableStack();
    const { consents, time, renewals } = await desk(stack);
    expect(await consents.access('7')).toBe('first');
    expect(await consents.access('7', 'first')).toBe('renewed 1');
    expect(await consents.access('7', 'first')).toBe('renewed 1');
    await time.advance(3_590_000);
    const both = await Promise.all([consents.access('7'), consents.access('7')]);
    expect(both[0]).toBe(both[1]);
    expect(await consents.access('7')).toBe(both[0]);
    expect(renewals.length).toBeLessThanOrEqual(3);
  });

  it('forgets a consent that the user has withdrawn, and says what to do', async () => {
    await using stack = new AsyncDisposableStack();
    const { consents, withdraw } = await desk(stack);
    withdraw();
    await expect(consents.access('7', 'first')).rejects.toMatchObject({
      code: 'TWITCH_CONSENT',
      hint: 'Sign in again.',
    });
    await expect(consents.access('7')).rejects.toMatchObject({ code: 'TWITCH_CONSENT' });
  });

  it('leaves running captures what they need after a sign-out, and no longer', async () => {
    await using stack = new AsyncDisposableStack();
    const { sql, consents, revoked } = await desk(stack);
    await capture(sql, 'running', 'enriching');
    await capture(sql, 'over', 'done');
    await consents.signOut('7');
    expect(await consents.removeUnneeded()).toBe(0);
    expect(await consents.access('7')).toBe('first');
    await sql.query.updateTable('captures').set({ state: 'done' }).where('id', '=', 'running').execute();
    expect(await consents.removeUnneeded()).toBe(1);
    expect(revoked).toEqual(['first']);
    await expect(consents.access('7')).rejects.toMatchObject({ code: 'TWITCH_CONSENT' });
  });

  it('keeps the consent of who has signed in again meanwhile', async () => {
    await using stack = new AsyncDisposableStack();
    const { consents, time } = await desk(stack);
    await consents.signOut('7');
    await time.advance(10);
    await consents.keep('7', { access: 'second', refresh: 'r', expiresAtMs: time.clock.epochMs() + 3_600_000 });
    expect(await consents.removeUnneeded()).toBe(0);
    expect(await consents.access('7')).toBe('second');
  });
});
