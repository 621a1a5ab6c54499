import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside, type Told } from '../testing/inside.ts';

let inside: Inside;
beforeAll(async () => {
  // A worker would send statements of its own.
  inside = await openInside({ env: { PACKERS: '0' } });
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

type Asked = readonly ['GET' | 'POST' | 'PUT' | 'DELETE', string, unknown?];

/** How many statements a request of account 1 sends. */
async function statementsOf([method, path, body]: Asked): Promise<number> {
  const sent = (): number => Number(/^db_queries_total (\d+)/m.exec(inside.shop.meters.text())?.[1] ?? 0);
  const before = sent();
  const { status }: Told = await inside.ask(1, method, path, body);
  expect([path, Math.floor(status / 100)]).toEqual([path, 2]);
  return sent() - before;
}

test('A route sends so many statements and no more, whether it answers one row or a hundred', async () => {
  const release = (await inside.ask(1, 'GET', '/api/releases?per_page=1')).body.items[0].id;
  const rule = (await inside.ask(1, 'GET', '/api/rules?per_page=1')).body.items[0].id;
  const form = { group: 'QUARTO', release_type: 'EBOOK' };
  const draft = (await inside.ask(1, 'POST', '/api/wizard/draft', form)).body.id;
  const user = await inside.idOf(4);
  const credentials = { login: 'user009', password: 'palier-par-paliers' };
  // The page, its total; the rights of the account, once in five minutes.
  const bounds: [Asked, number][] = [
    // The account as it logs in, and again when its token is made.
    [['POST', '/api/auth/login', credentials], 2],
    [['GET', '/api/auth/me'], 3],
    [['GET', '/api/dashboard/stats'], 4],
    [['GET', '/api/releases?per_page=1'], 3],
    [['GET', '/api/releases?per_page=100'], 3],
    [['GET', '/api/releases?per_page=100&search=the&sort_by=title'], 3],
    [['GET', '/api/releases?per_page=100&group=QUARTO&status=completed'], 3],
    [['GET', `/api/releases/${release}`], 2],
    [['PUT', `/api/releases/${release}`, { title: 'One of a hundred words' }], 9],
    [['GET', '/api/rules?per_page=1'], 3],
    [['GET', '/api/rules?per_page=100'], 3],
    [['GET', `/api/rules/${rule}`], 2],
    [['GET', '/api/users?per_page=1'], 5],
    [['GET', '/api/users?per_page=100'], 5],
    [['GET', `/api/users/${user}`], 4],
    [['GET', '/api/roles'], 2],
    [['GET', '/health'], 1],
    [['POST', '/api/wizard/create', { group: 'QUARTO', release_type: 'TV' }], 6],
    [['POST', '/api/wizard/draft', form], 4],
    [['GET', `/api/wizard/${draft}`], 1],
    [['POST', `/api/wizard/${draft}/options`, { source: 'SCAN' }], 5],
    [['GET', '/api/jobs?per_page=1'], 2],
    [['GET', '/api/jobs?per_page=100'], 2],
    [['GET', `/api/releases/${draft}/files`], 2],
    [['DELETE', `/api/releases/${release}`], 10],
  ];
  for (const [asked, bound] of bounds) {
    expect([asked, await statementsOf(asked)]).toEqual([
      asked,
      expect.toSatisfy((sent) => sent <= bound, `≤ ${bound}`),
    ]);
  }
});
