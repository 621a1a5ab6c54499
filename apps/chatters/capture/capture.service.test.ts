import type { Sql } from '@palier/kit/state/sql';
import { mariadbServer, startMariadb } from '@palier/testkit/engines';
import { until } from '@palier/testkit/until';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CaptureRow, CaptureState, Tables } from '../database/tables.ts';
import { type Installation, installation } from '../testing/captures.ts';
import { postJson, request, type Running } from '../testing/running.ts';

const databases = [
  { name: 'SQLite', options: {}, start: async () => undefined },
  {
    name: 'MariaDB',
    options: mariadbServer().options,
    start: async (stack: AsyncDisposableStack) => stack.use(await startMariadb({ fast: true })).url,
  },
];

async function accountsOf({ query }: Sql<Tables>, captureId: string): Promise<{ id: string; told: boolean }[]> {
  const rows = query
    .selectFrom('capture_chatters')
    .innerJoin('accounts', 'accounts.id', 'capture_chatters.account_id')
    .select(['accounts.id', 'accounts.created_at', 'accounts.fetched_at', 'accounts.gone'])
    .where('capture_id', '=', captureId);
  const accounts = await rows.execute();
  // Asked for, and either told or gone.
  expect(accounts.filter((one) => one.fetched_at === null || (one.created_at === null) !== (one.gone === 1))).toEqual(
    [],
  );
  return accounts.map(({ id, gone }) => ({ id, told: gone === 0 }));
}

for (const { name, options, start } of databases) {
  describe(`captures on ${name}`, options, () => {
    const stack = new AsyncDisposableStack();
    let site: Installation;
    let worker: Running;

    beforeAll(async () => {
      site = await installation(stack, await start(stack), 150);
      worker = await site.worker();
      await site.signIn('9001', 'moderator_1');
    });
    afterAll(() => stack.disposeAsync());

    /** quiz_lantern, of which the simulator knows who is there; nobody comes or goes. */
    async function complete(capture: CaptureRow): Promise<void> {
      const { body } = await request(`${site.helixUrl}/director/planted/5002`);
      const counts = { state: 'done', expected: body.watchers, chatters: body.watchers, enriched: body.watchers };
      expect(capture).toMatchObject(counts);
      const accounts = await accountsOf(site.sql, capture.id);
      expect(new Set(accounts.map(({ id }) => id)).size).toBe(body.watchers);
      const ids = new Set(accounts.map(({ id }) => id));
      for (const number of body.accounts.flat()) expect(ids.has(String(number))).toBe(true);
      // Of what is planted one of twelve is gone, of people one of two hundred.
      expect(accounts.filter(({ told }) => !told).length).toBeGreaterThan(10);
    }

    async function killedIn(capture: string, state: CaptureState, begun: (row: CaptureRow) => boolean): Promise<void> {
      await until(
        `the capture, ${state}`,
        async () => {
          const row = await site.capture(capture);
          expect(row.state).not.toBe('done');
          return row.state === state && begun(row);
        },
        { everyMs: 5, withinMs: 30_000 },
      );
      process.kill(worker.process.pid, 'SIGKILL');
      await worker.process.ended;
      const row = await site.capture(capture);
      expect([row.state, row.enriched < row.expected]).toEqual([state, true]);
      worker = await site.worker();
    }

    it('are complete though the worker is killed while it reads and while it enriches: nobody twice, nobody lost', async () => {
      const id = await site.start('9001', '5002');
      await killedIn(id, 'reading', ({ chatters }) => chatters > 0);
      await killedIn(id, 'enriching', ({ enriched }) => enriched > 0);
      const capture = await site.ended(id);
      await complete(capture);
      expect(capture.new_accounts).toBe(capture.chatters);
    }, 120_000);

    it('record who changed the name meanwhile', async () => {
      // masks_canyon: forty of them change it every second here.
      const renamed = await until(
        'forty accounts with several names',
        async () => {
          const capture = await site.ended(await site.start('9001', '5005'));
          const rows = site.sql.query
            .selectFrom('account_names')
            .innerJoin('capture_chatters', 'capture_chatters.account_id', 'account_names.account_id')
            .select('account_names.account_id')
            .where('capture_id', '=', capture.id)
            .groupBy('account_names.account_id');
          const several = await rows.having((row) => row.fn.countAll(), '>', 1).execute();
          return several.length >= 40 && several;
        },
        { withinMs: 40_000 },
      );
      expect(renamed.length).toBe(40);
    }, 60_000);

    it('that are under way end after a sign-out, and the consent goes then', async () => {
      const id = await site.start('9001', '5002');
      await site.consents.signOut('9001');
      const capture = await site.ended(id);
      expect(capture.reason).toBeNull();
      await complete(capture);
      await until('the end of the consent', async () => {
        const rows = await site.sql.query.selectFrom('consents').select('user_id').execute();
        return rows.length === 0;
      });
    }, 60_000);

    it('of a foreign channel, and of who withdraws the consent, fail and say why', async () => {
      await site.signIn('6001', 'guest_001');
      const foreign = await site.ended(await site.start('6001', '5002'));
      expect(foreign).toMatchObject({ state: 'failed', chatters: 0, reason: expect.stringContaining('moderator') });
      await site.signIn('9002', 'moderator_2');
      const id = await site.start('9002', '5004');
      await until('its first page', async () => (await site.capture(id)).chatters > 0);
      await postJson(`${site.helixUrl}/director/withdraw`, { userId: '9002' });
      const withdrawn = await site.ended(id);
      expect(withdrawn).toMatchObject({ state: 'failed', reason: expect.stringContaining('Sign in again.') });
    }, 60_000);

    // 429: on the first page, on a later one, and on a batch of accounts.
    it.each([503, 429])(
      'are complete though Twitch answers half of the calls with %i for seconds',
      async (failingStatus) => {
        await site.signIn('9003', 'moderator_3');
        await postJson(`${site.helixUrl}/director/trouble`, { failingShare: 0.5, failingStatus, forMs: 3000 });
        const capture = await site.ended(await site.start('9003', '5002'));
        // It may be over sooner than the trouble, which is not for the sign-in of the next one.
        await postJson(`${site.helixUrl}/director/trouble`, { forMs: 0 });
        expect(capture.reason).toBeNull();
        await complete(capture);
      },
      60_000,
    );
  });
}
