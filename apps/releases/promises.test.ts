/**
 * What goes wrong in an existing packer, each as the promise that stands in its place here. Those that need several replicas or a packed
 * book are promised where they are: auth/auth.service.test.ts, web/, wizard/, jobs/, packing/.
 */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { packHandbook } from './book/handbook.ts';
import { jobStatuses } from './jobs/states.ts';
import { releaseStatuses } from './releases/kinds.ts';
import { loginOf, seedPassword } from './seed/people.ts';
import { type Inside, openInside } from './testing/inside.ts';
import { remembered, type Statements } from './testing/statements.ts';

interface Row {
  readonly status: string;
}

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

test('1. The real call, wizard/draft, needs no rule either, and takes 20 of an account in a minute', async () => {
  const form = { group: 'PLAN', release_type: 'EBOOK' };
  const from = performance.now();
  let begun = 0;
  let told = await inside.ask(12, 'POST', '/api/wizard/draft', form);
  for (; told.status === 201 && begun < 60; begun++) told = await inside.ask(12, 'POST', '/api/wizard/draft', form);
  // One comes back every three seconds.
  expect(begun).toBeGreaterThanOrEqual(20);
  expect(begun).toBeLessThanOrEqual(20 + Math.ceil((performance.now() - from) / 3000));
  expect([told.status, told.body.error]).toEqual([429, 'DRAFTS_LIMITED']);
  expect(Number(told.headers['retry-after'])).toBeGreaterThan(0);
  expect(told.body.hint).toMatch(/in [123] s/);
  expect((await inside.ask(13, 'POST', '/api/wizard/draft', form)).status).toBe(201);
  // The load plan's call is not counted among them.
  expect((await inside.ask(12, 'POST', '/api/wizard/create', form)).status).toBe(201);
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

test('5. Drafting and finalizing write states of the machine alone, and 6. a replica itself works off the job that it queued', async () => {
  const { id } = (await inside.ask(7, 'POST', '/api/wizard/draft', { group: 'PLAN', release_type: 'EBOOK' })).body;
  const jobs = async (): Promise<Row[]> => (await inside.ask(7, 'GET', `/api/jobs?release_id=${id}`)).body.items;
  expect(await jobs()).toEqual([]);
  const book = await packHandbook([{ path: 'README.md', text: '# Palier\n' }], 65_536);
  await inside.upload(7, `/api/wizard/${id}/upload`, book, 'book.epub');
  await inside.ask(7, 'POST', `/api/wizard/${id}/analyze`);
  const done = await inside.ask(7, 'POST', `/api/wizard/${id}/finalize`);
  expect([done.status, done.body.status]).toEqual([202, 'processing']);
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        const [job] = await jobs();
        seen.add(job?.status ?? 'none');
        return job?.status;
      },
      { timeout: 30_000 },
    )
    .toBe('completed');
  expect([...seen].filter((status) => !jobStatuses.includes(status as never))).toEqual([]);
  expect((await inside.ask(7, 'GET', `/api/releases/${id}/files`)).body.items.length).toBeGreaterThan(3);
  const { query } = inside.shop.db;
  const written = await query.selectFrom('jobs').select('status').distinct().execute();
  expect(written.filter(({ status }) => !jobStatuses.includes(status as never))).toEqual([]);
  const states = await query.selectFrom('releases').select('status').distinct().execute();
  expect(states.filter(({ status }) => !releaseStatuses.includes(status as never))).toEqual([]);
}, 60_000);

test('7. The name of an uploaded file is no name of ours: what is stored is called by an id, in the folder that all replicas share', async () => {
  const { uploadFolder } = inside.shop.options;
  const before = await readdir(uploadFolder, { recursive: true });
  for (const name of [
    '../../etc/passwd',
    '..\\..\\win.ini',
    '/etc/passwd',
    'a\r\nx-injected: 1',
    '.epub',
    'x'.repeat(500),
  ]) {
    const { id } = (await inside.ask(8, 'POST', '/api/wizard/draft', { group: 'PLAN', release_type: 'EBOOK' })).body;
    const { status, body } = await inside.upload(8, `/api/wizard/${id}/upload`, Buffer.from('PK'), name);
    expect([name, status, body.file.bytes]).toEqual([name, 200, 2]);
  }
  const added = (await readdir(uploadFolder, { recursive: true })).filter((name) => !before.includes(name));
  expect(added.filter((name) => !/^[0-9A-Z]{26}\.epub$/.test(name))).toEqual([]);
  expect(added).toHaveLength(6);
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
