/** What sessions promise of a user's sessions: listed, counted, ended. */
import { expect } from 'vitest';
import { listKey } from '../ticket.ts';
import { around, Browser, type Case } from './scene.ts';

export const userCases: readonly Case[] = [
  [
    'a log-in keeps the fields under a new id, and the list shows the user’s devices',
    async ({ one, two, user }) => {
      const [laptop, phone] = [new Browser(), new Browser()];
      await laptop.visit(one, (session) => session.set('cart', 1));
      await laptop.visit(one, (session) => {
        session.login(user);
        session.label('device', 'laptop');
      });
      await phone.visit(two, (session) => {
        session.login(user);
        session.label('device', 'phone');
      });
      const session = await two.open(laptop.cookie);
      expect([session.user, session.get('cart'), session.labels]).toEqual([user, 1, { device: 'laptop' }]);
      const listed = await one.list(user);
      expect(listed.map(({ labels }) => labels['device']).toSorted()).toEqual(['laptop', 'phone']);
      expect(listed.every(({ createdMs, seenMs }) => createdMs > 1.7e12 && seenMs >= createdMs)).toBe(true);
      expect(listed.map(({ handle }) => handle)).toContain(session.handle);
    },
  ],
  [
    'one device is logged out by its handle; that of another user’s is not',
    async ({ one, two, user }) => {
      const [mine, yours] = [new Browser(), new Browser()];
      await mine.visit(one, (session) => session.login(user));
      await yours.visit(one, (session) => session.login(`${user} too`));
      const [listed] = await two.list(user);
      expect(await two.end(`${user} too`, listed?.handle ?? '')).toBe(false);
      expect(await two.end(user, '../../etc')).toBe(false);
      expect((await one.open(mine.cookie)).user).toBe(user);
      expect(await two.end(user, listed?.handle ?? '')).toBe(true);
      expect((await one.open(mine.cookie)).user).toBeUndefined();
      expect((await one.open(yours.cookie)).user).toBe(`${user} too`);
    },
  ],
  [
    'log out everywhere ends every session at once, the one that asks only when it does not say otherwise',
    async ({ one, two, user }) => {
      const browsers = Array.from({ length: 12 }, () => new Browser());
      await Promise.all(
        browsers.map((browser, i) => browser.visit(i % 2 === 0 ? one : two, (session) => session.login(user))),
      );
      const asking = await one.open(browsers[3]?.cookie);
      expect(await one.endEverywhere(user, { except: asking })).toBe(11);
      const users = await Promise.all(browsers.map(async ({ cookie }) => (await two.open(cookie)).user));
      expect(users.flatMap((one_, i) => (one_ === undefined ? [] : [i]))).toEqual([3]);
      expect(await two.endEverywhere(user)).toBe(1);
      expect((await one.open(browsers[3]?.cookie)).stored).toBe(false);
      expect(await one.list(user)).toEqual([]);
    },
  ],
  [
    'log out everywhere holds for log-ins that were under way: none with an older permit is made',
    async ({ one, two, user }) => {
      const permit = await one.permit(user);
      const browser = new Browser();
      const session = await one.open(undefined);
      session.login(user, { permit });
      await two.endEverywhere(user);
      await expect(one.commit(session)).rejects.toMatchObject({ code: 'PALIER_SESSION_GONE' });
      expect(await two.list(user)).toEqual([]);
      const fresh = await one.permit(user);
      await browser.visit(one, (again) => again.login(user, { permit: fresh }));
      expect((await two.open(browser.cookie)).user).toBe(user);
    },
  ],
  [
    'while a user logs in and is logged out everywhere at random, nobody stays who logged in before the last time',
    async ({ one, two, user }) => {
      for (let round = 0; round < 5; round++) {
        const permits = await Promise.all(Array.from({ length: 10 }, () => one.permit(user)));
        const browsers = permits.map(() => new Browser());
        const logIns = browsers.map((browser, i) =>
          browser
            .visit(i % 2 === 0 ? one : two, (session) => session.login(user, { permit: permits[i] as number }))
            .catch(() => undefined),
        );
        await two.endEverywhere(user);
        await Promise.all(logIns);
        for (const { cookie } of browsers) expect((await one.open(cookie)).user).toBeUndefined();
        expect(await one.list(user)).toEqual([]);
      }
    },
  ],
  [
    'one session too many ends the one that would have ended first',
    async ({ make, user }) => {
      const sessions = make({ maxPerUser: 2 });
      const browsers = [new Browser(), new Browser(), new Browser()];
      for (const browser of browsers) {
        await browser.visit(sessions, (session) => session.login(user));
        await around.timers.sleep(5);
      }
      const users = await Promise.all(browsers.map(async ({ cookie }) => (await sessions.open(cookie)).user));
      expect(users).toEqual([undefined, user, user]);
    },
  ],
  [
    'a list that was lost mends itself with the next touches',
    async ({ kv, make, user }) => {
      const sessions = make({ touchEveryMs: 0 });
      const browser = new Browser();
      await browser.visit(sessions, (session) => session.login(user));
      expect(await kv.delete(listKey(user))).toBe(true);
      expect(await sessions.list(user)).toEqual([]);
      await browser.visit(sessions);
      expect(await sessions.list(user)).toHaveLength(1);
    },
  ],
  [
    'a change of fields leaves the list alone until the use is worth writing down',
    async ({ kv, one, make, user }) => {
      const [browser, often] = [new Browser(), make({ touchEveryMs: 0 })];
      await browser.visit(one, (session) => session.login(user));
      expect(await kv.delete(listKey(user))).toBe(true);
      await browser.visit(one, (session) => session.set('a', 1));
      expect(await one.list(user)).toEqual([]);
      // This replica asks for the engine's clock before it says what is worth it.
      await browser.visit(often, (session) => session.set('b', 2));
      const [listed] = await one.list(user);
      const session = await one.open(browser.cookie);
      expect([session.get('a'), session.get('b'), session.handle]).toEqual([1, 2, listed?.handle]);
      // By now it knows that clock, and finds that this use lengthens the session's life.
      expect(await kv.delete(listKey(user))).toBe(true);
      await around.timers.sleep(5);
      await browser.visit(often, (next) => next.set('c', 3));
      expect(await one.list(user)).toHaveLength(1);
    },
  ],
  [
    'labels are counted over all sessions, and those that ended are not',
    async ({ make, user }) => {
      const sessions = make({ labels: ['region'] });
      const browsers = Array.from({ length: 5 }, () => new Browser());
      for (const [i, browser] of browsers.entries()) {
        await browser.visit(sessions, (session) => {
          session.login(`${user} ${i}`);
          session.label('region', i < 3 ? `eu ${user}` : `us ${user}`);
        });
      }
      const counts = (): Promise<number[]> =>
        Promise.all([sessions.count('region', `eu ${user}`), sessions.count('region', `us ${user}`)]);
      expect(await counts()).toEqual([3, 2]);
      await browsers[0]?.visit(sessions, (session) => session.end());
      await browsers[1]?.visit(sessions, (session) => session.label('region', `us ${user}`));
      await browsers[2]?.visit(sessions, (session) => session.renew());
      expect(await counts()).toEqual([1, 3]);
    },
  ],
];
