/** What sessions promise of one session: kept by any replica, in any order, for as long as it lives. */
import { until } from '@palier/testkit/until';
import { expect } from 'vitest';
import { openCopies } from '../../state/index.ts';
import { Sessions } from '../index.ts';
import { signingKey, verifiedTicket } from '../ticket.ts';
import { around, Browser, type Case, secrets } from './scene.ts';

export const lifeCases: readonly Case[] = [
  [
    'what one replica stored another reads, field by field',
    async ({ one, two }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.set('cart', [{ sku: 'a', n: 2 }]));
      const session = await two.open(browser.cookie);
      expect([session.stored, session.get('cart'), session.get('none'), session.fields()]).toEqual([
        true,
        [{ sku: 'a', n: 2 }],
        undefined,
        ['cart'],
      ]);
    },
  ],
  [
    'a visitor who changes nothing gets no cookie, and nothing is stored',
    async ({ one }) => {
      const session = await one.open(undefined);
      session.get('cart');
      session.set('a', 1);
      session.delete('a');
      expect(await one.commit(session)).toBeUndefined();
    },
  ],
  [
    'twenty requests of one session at once lose none of each other’s fields',
    async ({ one, two }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.set('start', true));
      const opened = await Promise.all(
        Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : two).open(browser.cookie)),
      );
      for (const [i, session] of opened.entries()) session.set(`field ${i}`, i);
      await Promise.all(opened.map((session, i) => (i % 2 === 0 ? two : one).commit(session)));
      const after = await one.open(browser.cookie);
      expect(Array.from({ length: 20 }, (_, i) => after.get(`field ${i}`))).toEqual(
        Array.from({ length: 20 }, (_, i) => i),
      );
    },
  ],
  [
    'when two change one field the later wins, or is told, as it asked',
    async ({ one, two }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.set('n', 0));
      const [a, b, c] = await Promise.all([
        one.open(browser.cookie),
        two.open(browser.cookie),
        two.open(browser.cookie),
      ]);
      for (const [i, session] of [a, b, c].entries()) session.set('n', i + 1);
      c.set('other', true);
      await one.commit(a);
      await two.commit(b);
      await expect(two.commit(c, { onConflict: 'tell' })).rejects.toMatchObject({ code: 'PALIER_SESSION_CONFLICT' });
      const after = await one.open(browser.cookie);
      expect([after.get('n'), after.get('other')]).toEqual([2, undefined]);
    },
  ],
  [
    'one session object may be committed again and again',
    async ({ one }) => {
      const browser = new Browser();
      const session = await one.open(undefined);
      session.set('n', 1);
      browser.take(await one.commit(session));
      session.set('n', 2);
      expect(await one.commit(session, { onConflict: 'tell' })).toBeUndefined();
      session.set('n', 3);
      await one.commit(session, { onConflict: 'tell' });
      expect((await one.open(browser.cookie)).get('n')).toBe(3);
    },
  ],
  [
    'a session that nobody uses ends, one that is used goes on, and none outlives its longest life',
    async ({ make }) => {
      const sessions = make({ idleMs: 1000, absoluteMs: 2200, touchEveryMs: 100 });
      const [idle, used] = [new Browser(), new Browser()];
      await idle.visit(sessions, (session) => session.set('a', 1));
      await used.visit(sessions, (session) => session.set('a', 1));
      for (let i = 0; i < 4; i++) {
        await around.timers.sleep(400);
        await used.visit(sessions);
      }
      expect((await sessions.open(idle.cookie)).stored).toBe(false);
      expect((await sessions.open(used.cookie)).stored).toBe(true);
      for (let i = 0; i < 2; i++) {
        await around.timers.sleep(400);
        await used.visit(sessions);
      }
      expect((await sessions.open(used.cookie)).stored).toBe(false);
      expect(used.cookie).toBeUndefined();
    },
  ],
  [
    'a replica whose clock is an hour off lets nothing end early or late',
    async ({ kv, one }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.set('a', 1));
      for (const offMs of [-3_600_000, 3_600_000, 86_400_000 * 2]) {
        const { clock } = around;
        const skewed = { epochMs: () => clock.epochMs() + offMs, monotonicMs: () => clock.monotonicMs() + offMs };
        const sessions = new Sessions(kv, { ...around, clock: skewed }, { secrets });
        await browser.visit(sessions);
        await browser.visit(sessions);
        expect((await sessions.open(browser.cookie)).get('a')).toBe(1);
      }
    },
  ],
  [
    'encrypted fields are read by every replica, survive a log-in, and stand nowhere readable',
    async ({ kv, make, user }) => {
      const encrypt = { fields: ['accessToken'], keys: [{ id: 'k1', key: Buffer.alloc(32, 9) }] };
      const [a, b] = [make({ encrypt }), make({ encrypt })];
      const browser = new Browser();
      await browser.visit(a, (session) => session.set('accessToken', 'ghp_very_secret'));
      await browser.visit(b, (session) => session.login(user));
      expect((await a.open(browser.cookie)).get('accessToken')).toBe('ghp_very_secret');
      const ticket = verifiedTicket(browser.cookie?.split('=')[1] ?? '', [signingKey(secrets[0] as string)]);
      const stored = await kv.get(ticket?.key ?? '');
      expect(stored?.length).toBeGreaterThan(50);
      expect(stored?.toString('latin1')).not.toContain('very_secret');
    },
  ],
];

export const copyCases: readonly Case[] = [
  [
    'local copies: a read of what is known costs no call, and what was changed or ended elsewhere is seen',
    async ({ kv, make, two, user }) => {
      await using copies = openCopies(kv, around);
      const sessions = make({ copies });
      const browser = new Browser();
      await browser.visit(two, (session) => session.login(user));
      for (let i = 0; i < 20; i++) expect((await sessions.open(browser.cookie)).user).toBe(user);
      await browser.visit(sessions, (session) => session.set('mine', 1));
      expect((await sessions.open(browser.cookie)).get('mine')).toBe(1);
      await browser.visit(two, (session) => session.set('theirs', 2));
      await until('the change is seen', async () => (await sessions.open(browser.cookie)).get('theirs') === 2);
      await two.endEverywhere(user);
      await until('the end is seen', async () => !(await sessions.open(browser.cookie)).stored);
    },
  ],
];
