/**
 * What goes wrong in an existing packer, each as the promise that stands in its place here. Those that need several replicas or a packed
 * book are promised where they are: auth/auth.service.test.ts, web/, wizard/, jobs/, packing/.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loginOf, seedPassword } from './seed/people.ts';
import { type Inside, openInside } from './testing/inside.ts';
import { remembered, type Statements } from './testing/statements.ts';

let inside: Inside;
let statements: Statements;
beforeAll(async () => {
  inside = await openInside({
    change: (shop) => {
      statements = remembered(shop.db);
      return { ...shop, db: statements.db };
    },
  });
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const loginFrom = (
  remoteAddress: string,
  number: number,
  password: string,
): Promise<{ statusCode: number; body: string }> =>
  inside.app.inject({
    method: 'POST',
    url: '/api/auth/login',
    remoteAddress,
    payload: { login: loginOf(number), password },
  });

test('1. The call of the load plan, wizard/create, is there, and needs no rule', async () => {
  const { status, body } = await inside.ask(2, 'POST', '/api/wizard/create', { group: 'PLAN', release_type: 'EBOOK' });
  expect([status, body.status]).toEqual([201, 'draft']);
});

test('2. Fifty people who log in from one host at once all get a token: only failures count', async () => {
  const answers = await Promise.all(Array.from({ length: 50 }, (_, i) => loginFrom('127.0.1.9', i + 1, seedPassword)));
  expect(answers.filter(({ statusCode }) => statusCode !== 200)).toEqual([]);
  for (const { body } of answers) expect(JSON.parse(body)).toMatchObject({ access_token: expect.any(String) });
}, 120_000);

test('2. A refused login says so with a body of its own and a time, never a missing access_token', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 11; i++) statuses.push((await loginFrom('127.0.1.10', 60, 'wrong')).statusCode);
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429]);
  const { body } = await loginFrom('127.0.1.10', 60, 'wrong');
  expect(JSON.parse(body)).toEqual({
    error: 'LOGIN_LIMITED',
    message: expect.any(String),
    hint: expect.stringMatching(/\d+ s/),
  });
}, 120_000);

test('3. Statistics are remembered by user: two who ask in turn get their own each time', async () => {
  const made = await inside.ask(3, 'POST', '/api/wizard/create', { group: 'PLAN', release_type: 'EBOOK' });
  expect(made.status).toBe(201);
  for (const number of [3, 4, 3, 4]) {
    const { body } = await inside.ask(number, 'GET', '/api/dashboard/stats');
    const own = await inside.ask(number, 'GET', `/api/releases?user_id=${await inside.idOf(number)}`);
    expect([body.user.login, body.user_releases]).toEqual([loginOf(number), own.body.total]);
  }
});

test('4. The limit that is told is the limit that holds: a byte more is refused with that number', async () => {
  const limitBytes = inside.shop.options.maxUploadBytes;
  const { statusCode, body } = await inside.app.inject({
    method: 'POST',
    url: '/api/wizard/create',
    headers: {
      authorization: `Bearer ${(await inside.shop.tokens.open(await inside.idOf(2))).accessToken}`,
      'content-type': 'multipart/form-data; boundary=a',
    },
    payload: Buffer.concat([
      Buffer.from('--a\r\ncontent-disposition: form-data; name="file"; filename="a.epub"\r\n\r\n'),
      Buffer.alloc(limitBytes + 1),
      Buffer.from('\r\n--a--\r\n'),
    ]),
  });
  expect(statusCode).toBe(413);
  expect(JSON.parse(body).message).toContain(`${limitBytes} bytes`);
});

test('8. An id is a text wherever it is compared: the owner is known as such, and nobody else', async () => {
  const { body } = await inside.ask(5, 'POST', '/api/wizard/create', { group: 'PLAN', release_type: 'EBOOK' });
  const me = (await inside.ask(5, 'GET', '/api/auth/me')).body.id;
  expect(body.user_id).toBe(me);
  expect((await inside.ask(5, 'PUT', `/api/releases/${body.id}`, { title: 'Mine' })).status).toBe(200);
  expect((await inside.ask(6, 'PUT', `/api/releases/${body.id}`, { title: 'Theirs' })).status).toBe(403);
});

test('8. A search looks up words in an index: no LIKE, no cast, and what is typed is never part of a pattern', async () => {
  statements.take();
  const { body } = await inside.ask(5, 'GET', '/api/releases?search=the%20lan');
  expect(body.total).toBeGreaterThan(0);
  const sent = statements.take().map(({ sql }) => sql);
  expect(sent.some((sql) => sql.includes('release_words'))).toBe(true);
  expect(sent.filter((sql) => /\blike\b|\bcast\b|json/i.test(sql))).toEqual([]);
  for (const search of ['%', '_', '*', "' or 1=1 --"]) {
    expect((await inside.ask(5, 'GET', `/api/releases?search=${encodeURIComponent(search)}`)).body.total).toBe(0);
  }
});
