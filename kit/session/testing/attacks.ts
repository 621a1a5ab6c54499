/** What attackers try, each by its name. */
import { expect } from 'vitest';
import { around, Browser, type Case } from './scene.ts';

export const attackCases: readonly Case[] = [
  [
    'attack, fixation: an id planted before the log-in never becomes the user’s, not even in the grace',
    async ({ one, two, user }) => {
      const attacker = new Browser();
      await attacker.visit(one, (session) => session.set('planted', true));
      const victim = new Browser();
      victim.cookie = attacker.cookie;
      await victim.visit(two, (session) => session.login(user));
      expect(victim.cookie).not.toBe(attacker.cookie);
      const old = await one.open(attacker.cookie);
      expect([old.stored, old.user]).toEqual([true, undefined]);
      old.set('planted', 'again');
      await expect(one.commit(old)).rejects.toMatchObject({ code: 'PALIER_SESSION_GONE' });
      expect((await two.open(victim.cookie)).get('planted')).toBe(true);
    },
  ],
  [
    'a renewed id: the old one answers for the grace with what it had, then it is gone',
    async ({ make, user }) => {
      const sessions = make({ graceMs: 300 });
      const browser = new Browser();
      await browser.visit(sessions, (session) => session.login(user));
      const before = browser.cookie;
      await browser.visit(sessions, (session) => session.renew());
      expect(browser.cookie).not.toBe(before);
      expect((await sessions.open(before)).user).toBe(user);
      expect(await sessions.list(user)).toHaveLength(1);
      await around.timers.sleep(400);
      expect((await sessions.open(before)).user).toBeUndefined();
      expect((await sessions.open(browser.cookie)).user).toBe(user);
    },
  ],
  [
    'log out everywhere ends the old id in its grace too, and a renewal that was under way does not outlive it',
    async ({ one, two, user }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.login(user));
      const before = browser.cookie;
      await browser.visit(one, (session) => session.renew());
      const underWay = await two.open(browser.cookie);
      underWay.renew();
      await one.endEverywhere(user);
      await expect(two.commit(underWay)).rejects.toMatchObject({ code: 'PALIER_SESSION_GONE' });
      for (const cookie of [before, browser.cookie]) expect((await two.open(cookie)).user).toBeUndefined();
    },
  ],
  [
    'attack, resurrection: a request that was under way does not bring back what was logged out',
    async ({ one, two, user }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.login(user));
      const [slow, slower] = [await two.open(browser.cookie), await two.open(browser.cookie)];
      const before = browser.cookie;
      await browser.visit(one, (session) => session.end());
      slow.set('a', 1);
      await expect(two.commit(slow)).rejects.toMatchObject({ code: 'PALIER_SESSION_GONE' });
      await two.commit(slower);
      expect(await one.list(user)).toEqual([]);
      expect((await two.open(before)).stored).toBe(false);
    },
  ],
  [
    'attack, oversized session: what is too large is refused before and after the merge, and nothing is stored',
    async ({ make }) => {
      const sessions = make({ maxBytes: 1000, maxFields: 4 });
      const browser = new Browser();
      await browser.visit(sessions, (session) => session.set('a', 'x'.repeat(600)));
      const large = await sessions.open(undefined);
      large.set('a', 'x'.repeat(1000));
      await expect(sessions.commit(large)).rejects.toMatchObject({ code: 'PALIER_SESSION_SIZE' });
      const grown = await sessions.open(browser.cookie);
      grown.set('b', 'x'.repeat(600));
      await expect(sessions.commit(grown)).rejects.toMatchObject({ code: 'PALIER_SESSION_SIZE' });
      const many = await sessions.open(browser.cookie);
      for (let i = 0; i < 4; i++) many.set(`f${i}`, i);
      await expect(sessions.commit(many)).rejects.toMatchObject({ code: 'PALIER_SESSION_SIZE' });
      expect((await sessions.open(browser.cookie)).fields()).toEqual(['a']);
    },
  ],
  [
    'attack, key injection: users whose names hold braces, colons and other keys keep apart',
    async ({ one, user }) => {
      const names = [`${user}`, `{${user}}`, `${user}:generation`, `session:{0000}:of:${user}`, `${user}\u0000`];
      const browsers = names.map(() => new Browser());
      for (const [i, browser] of browsers.entries())
        await browser.visit(one, (session) => session.login(names[i] as string));
      await one.endEverywhere(names[0] as string);
      const users = await Promise.all(browsers.map(async ({ cookie }) => (await one.open(cookie)).user));
      expect(users).toEqual([undefined, ...names.slice(1)]);
    },
  ],
  [
    'attack, tampering: a cookie that is not ours, or a stored one’s with another signature, is no session, and asks to be forgotten',
    async ({ one, two, user }) => {
      const browser = new Browser();
      await browser.visit(one, (session) => session.login(user));
      const stored = browser.cookie as string;
      const tampered = stored.slice(0, -1) + (stored.endsWith('A') ? 'B' : 'A');
      for (const cookie of [`__Host-session=${'A'.repeat(64)}`, tampered]) {
        const session = await two.open(cookie);
        expect([session.stored, session.user]).toEqual([false, undefined]);
        expect(await two.commit(session)).toContain('Max-Age=0');
      }
      expect((await two.open(stored)).user).toBe(user);
    },
  ],
];
