import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside } from '../testing/inside.ts';
import { sortColumns } from './find.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await openInside();
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

interface Item {
  readonly id: string;
}

/** The ids of all pages, each from where the one before ended. */
async function walked(query: string, perPage: number): Promise<string[]> {
  const ids: string[] = [];
  let next: string | null | undefined;
  // No list here has as many pages.
  for (let pages = 0; next !== null && pages < 400; pages++) {
    const after = next === undefined ? '' : `&after=${next}`;
    const { body } = await inside.ask(1, 'GET', `/api/releases?per_page=${perPage}${query}${after}`);
    ids.push(...body.items.map((item: Item) => item.id));
    next = body.next;
  }
  return ids;
}

async function paged(query: string): Promise<string[]> {
  const { body } = await inside.ask(1, 'GET', `/api/releases?per_page=100${query}`);
  const ids: string[] = [];
  for (let page = 1; page <= body.pages; page++) {
    const { items } = (await inside.ask(1, 'GET', `/api/releases?per_page=100&page=${page}${query}`)).body;
    ids.push(...items.map((item: Item) => item.id));
  }
  return ids;
}

test.each(sortColumns.flatMap((column) => [`&sort_by=${column}`, `&sort_by=${column}&sort_order=asc`]))(
  'Going on from each page%s gives every release once, in the order of the pages, with any filter',
  async (order) => {
    const { user, group } = (await inside.ask(1, 'GET', '/api/releases?per_page=1')).body.items[0];
    for (const [filter, perPage] of [
      ['', 7],
      ['&release_type=EBOOK', 9],
      ['&status=completed', 50],
      [`&user_id=${user.id}`, 1],
      [`&group=${group.name}`, 3],
      ['&search=the', 8],
    ] as const) {
      const expected = await paged(`${order}${filter}`);
      expect(expected.length).toBeGreaterThan(0);
      expect([filter, await walked(`${order}${filter}`, perPage)]).toEqual([filter, expected]);
    }
  },
);

test('Releases made at the same millisecond are neither lost nor told twice between two pages', async () => {
  const { db } = inside.shop;
  const rows = await db.query.selectFrom('releases').select('id').limit(40).execute();
  const ids = rows.map(({ id }) => id);
  const same = { created_at: '2031-01-01T00:00:00.000Z', title_key: 'same' };
  await db.query.updateTable('releases').set(same).where('id', 'in', ids).execute();
  for (const order of ['&sort_by=created_at', '&sort_by=title', '&sort_by=title&sort_order=asc', '&sort_by=status']) {
    expect(await walked(order, 7)).toEqual(await paged(order));
  }
});

test('What is made meanwhile moves nobody: the next page goes on where the last one ended', async () => {
  const first = (await inside.ask(1, 'GET', '/api/releases?per_page=10')).body;
  const second = (await inside.ask(1, 'GET', `/api/releases?per_page=10&after=${first.next}`)).body;
  const made = await inside.ask(2, 'POST', '/api/wizard/create', { group: 'QUARTO', release_type: 'TV' });
  expect(made.status).toBe(201);
  const again = (await inside.ask(1, 'GET', `/api/releases?per_page=10&after=${first.next}`)).body;
  expect(again.items).toEqual(second.items);
});

test('A place of another order, and what is no place, is refused', async () => {
  const { next } = (await inside.ask(1, 'GET', '/api/releases?per_page=10')).body;
  for (const query of [
    `sort_by=title&after=${next}`,
    `sort_order=asc&after=${next}`,
    'after=x',
    `after=${Buffer.from('["created_at desc",1,2,3]').toString('base64url')}`,
    `after=${Buffer.from('null').toString('base64url')}`,
  ]) {
    const { status, body } = await inside.ask(1, 'GET', `/api/releases?${query}`);
    expect([query, status, body.error]).toEqual([query, 400, 'REQUEST_INVALID']);
  }
});
