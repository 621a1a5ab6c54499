/** Requests of one session that overlap in every way: what is stored is what they changed, in the order in which they were answered. */
import expressSession from 'express-session';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type Sessions, sessionStore } from '../index.ts';
import type { OpenSession } from '../session.ts';
import { Browser, type Case, type Scene } from './scene.ts';

type Values = Readonly<Record<string, string>>;

/** One session, however it is used. */
interface Form {
  begin(): Promise<Request>;
  stored(): Promise<Values>;
  /** Whether that is a change for a request that began when `seen` was stored. */
  changes(seen: Values, name: string, value: string | undefined): boolean;
}

interface Request {
  change(field: string, value: string | undefined): void;
  end(): Promise<unknown>;
}

const field = fc.constantFrom('a', 'b', 'c');
const change = fc.tuple(field, fc.option(fc.string({ maxLength: 4 }), { nil: undefined }));
const requests = fc.array(fc.array(change, { maxLength: 3 }), { minLength: 2, maxLength: 4 });
/** Which of the requests goes on next: at its first turn it begins, at its second it ends. */
const turns = fc.infiniteStream(fc.nat(3));
const runs = 40;

async function plain({ one, two }: Scene): Promise<Form> {
  const browser = new Browser();
  await browser.visit(one, (session) => session.set('start', 'yes'));
  let turn = 0;
  return {
    async begin() {
      const sessions = turn++ % 2 === 0 ? one : two;
      const session = await sessions.open(browser.cookie);
      return {
        change: (name, value) => (value === undefined ? session.delete(name) : session.set(name, value)),
        end: () => sessions.commit(session),
      };
    },
    async stored() {
      const session = await one.open(browser.cookie);
      return Object.fromEntries(session.fields().map((name) => [name, session.get<string>(name) as string]));
    },
    // What is not there is not taken away.
    changes: (seen, name, value) => value !== undefined || name in seen,
  };
}

let serial = 0;

/** As express-session uses its store: what a request read, changed in place, and all of it handed back. */
async function store({ one, two, user }: Scene, owner: boolean): Promise<Form> {
  const open = (sessions: Sessions) => sessionStore(expressSession, sessions, owner ? { userOf: () => user } : {});
  const stores = [open(one), open(two)] as const;
  const id = `${user} ${++serial}`;
  const set = (to: (typeof stores)[number], data: Values): Promise<void> =>
    new Promise((resolve, reject) => to.set(id, data, (error) => (error ? reject(error as Error) : resolve())));
  const get = (from: (typeof stores)[number]): Promise<Values> =>
    new Promise((resolve, reject) =>
      from.get(id, (error, data) => (error ? reject(error as Error) : resolve(data as unknown as Values))),
    );
  await set(stores[0], { start: 'yes' });
  let turn = 0;
  return {
    async begin() {
      const at = stores[turn++ % 2] as (typeof stores)[number];
      const data: Record<string, string | undefined> = await get(at);
      return {
        change: (name, value) => (value === undefined ? delete data[name] : (data[name] = value)),
        end: () => set(at, data as Values),
      };
    },
    stored: () => get(stores[0]),
    changes: (seen, name, value) => seen[name] !== value,
  };
}

/** Who read what a failover then lost holds a session of the same version, times and id as others have now, with other fields. */
async function afterFailover({ kv, one }: Scene): Promise<void> {
  const browser = new Browser();
  await browser.visit(one, (session) => session.set('start', 'yes'));
  const { key } = ((await one.open(browser.cookie)) as OpenSession).ticket as { readonly key: string };
  const copied = (await kv.get(key)) as Buffer;
  await browser.visit(one, (session) => session.set('lost', 'yes'));
  const late = await one.open(browser.cookie);
  late.set('late', 'yes');
  await kv.set(key, copied, { expiresInMs: 600_000 });
  await browser.visit(one, (session) => session.set('kept', 'yes'));
  await one.commit(late);
  const after = await one.open(browser.cookie);
  expect(after.fields().toSorted()).toEqual(['kept', 'late', 'start']);
}

async function losesNothing(make: () => Promise<Form>): Promise<void> {
  await fc.assert(
    fc.asyncProperty(requests, turns, async (all, order) => {
      const form = await make();
      const begun = new Map<number, { readonly request: Request; readonly seen: Values }>();
      const waiting = new Set(all.keys());
      const expected: Record<string, string> = { start: 'yes' };
      for (const drawn of order) {
        if (waiting.size === 0) break;
        const at = [...waiting][drawn % waiting.size] as number;
        const one = begun.get(at);
        // Of a field that one request changed twice only the last counts.
        const wanted = new Map(all[at]);
        if (one === undefined) {
          const request = await form.begin();
          for (const [name, value] of all[at] ?? []) request.change(name, value);
          begun.set(at, { request, seen: { ...expected } });
          continue;
        }
        await one.request.end();
        waiting.delete(at);
        for (const [name, value] of wanted) {
          if (!form.changes(one.seen, name, value)) continue;
          if (value === undefined) delete expected[name];
          else expected[name] = value;
        }
      }
      expect(await form.stored()).toEqual(expected);
    }),
    { numRuns: runs },
  );
}

export const interleavingCases: readonly Case[] = [
  [
    'requests of one session that overlap in any way lose none of each other’s changes',
    (scene) => losesNothing(() => plain(scene)),
  ],
  [
    'nor do they through the store of express-session',
    async (scene) => {
      for (const owner of [false, true]) await losesNothing(() => store(scene, owner));
    },
  ],
  ['a request that read what a failover lost takes away nothing that was stored since', afterFailover],
];
