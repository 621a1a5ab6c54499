/** What sessions promise, on every engine that can be had here; the attacks are called so. */
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { redisServer, startCluster, startRedis, startSentinels } from '@palier/testkit/engines';
import { temporaryFolder } from '@palier/testkit/folder';
import { until } from '@palier/testkit/until';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Kv, openCopies, openKv } from '../state/index.ts';
import { type SessionOptions, Sessions } from './index.ts';

const timers = systemTimers();
const around = { clock: systemClock(), timers, random: seededRandom(1), log: silentLog, entropy: systemEntropy() };
const secrets = ['the first secret, of thirty-two bytes or more'];

/** Two replicas on one engine, and a browser that keeps one cookie. */
interface Scene {
  readonly one: Sessions;
  readonly two: Sessions;
  readonly kv: Kv;
  make(options?: Partial<SessionOptions>): Sessions;
  /** A user of whom no other case knows. */
  readonly user: string;
}

class Browser {
  cookie: string | undefined;
  async visit(
    sessions: Sessions,
    act: (session: Awaited<ReturnType<Sessions['open']>>) => void = () => {},
  ): Promise<void> {
    const session = await sessions.open(this.cookie);
    act(session);
    this.take(await sessions.commit(session));
  }
  take(setCookie: string | undefined): void {
    if (setCookie === undefined) return;
    this.cookie = setCookie.includes('Max-Age=0') ? undefined : setCookie.split(';', 1)[0];
  }
}

type Case = readonly [sentence: string, run: (scene: Scene) => Promise<void>];

const lifeCases: readonly Case[] = [
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
        await timers.sleep(400);
        await used.visit(sessions);
      }
      expect((await sessions.open(idle.cookie)).stored).toBe(false);
      expect((await sessions.open(used.cookie)).stored).toBe(true);
      for (let i = 0; i < 2; i++) {
        await timers.sleep(400);
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
      const { verifiedTicket, signingKey } = await import('./ticket.ts');
      const ticket = verifiedTicket(browser.cookie?.split('=')[1] ?? '', [signingKey(secrets[0] as string)]);
      const stored = await kv.get(ticket?.key ?? '');
      expect(stored?.length).toBeGreaterThan(50);
      expect(stored?.toString('latin1')).not.toContain('very_secret');
    },
  ],
];

const userCases: readonly Case[] = [
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
        await timers.sleep(5);
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
      const { listKey } = await import('./ticket.ts');
      expect(await kv.delete(listKey(user))).toBe(true);
      expect(await sessions.list(user)).toEqual([]);
      await browser.visit(sessions);
      expect(await sessions.list(user)).toHaveLength(1);
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

const copyCases: readonly Case[] = [
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

const attackCases: readonly Case[] = [
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
      await timers.sleep(400);
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
    'attack, tampering: a cookie that is not ours is no session, and asks to be forgotten',
    async ({ one }) => {
      const session = await one.open(`__Host-session=${'A'.repeat(64)}`);
      expect(session.stored).toBe(false);
      expect(await one.commit(session)).toContain('Max-Age=0');
    },
  ],
];

type Engine = { readonly url: string } & AsyncDisposable;
let serial = 0;

async function sqliteFile(): Promise<Engine> {
  const folder = await temporaryFolder('session');
  return Object.assign(folder, { url: `sqlite:${folder.file('state.sqlite')}` });
}

function holds(name: string, start: () => Promise<Engine>, options: object): void {
  describe(`sessions on ${name}`, options, () => {
    let engine: Engine;
    const kvs: Kv[] = [];
    beforeAll(async () => {
      engine = await start();
      kvs.push(await openKv(engine.url, around), await openKv(engine.url, around));
    });
    afterAll(async () => {
      await Promise.all(kvs.map((kv) => kv.close()));
      await engine[Symbol.asyncDispose]();
    });
    test.each([...lifeCases, ...userCases, ...copyCases, ...attackCases])('%s', async (_, run) => {
      const [kv, other] = kvs as [Kv, Kv];
      const make = (more: Partial<SessionOptions> = {}): Sessions => new Sessions(kv, around, { secrets, ...more });
      const ran = run({
        one: make(),
        two: new Sessions(other, around, { secrets }),
        kv,
        make,
        user: `user ${++serial}`,
      });
      await expect(ran).resolves.toBeUndefined();
    });
  });
}

holds('a SQLite file', sqliteFile, {});
holds('a Redis server', startRedis, redisServer().options);
holds('a primary watched by Sentinels', startSentinels, redisServer().options);
holds('a Redis Cluster', startCluster, redisServer().options);
