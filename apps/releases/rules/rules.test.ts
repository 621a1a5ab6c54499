import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside, type Told } from '../testing/inside.ts';
import { knownRules } from './known.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await openInside();
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const fault = ({ status, body }: Told): unknown => [status, body.error];
const rule = { name: 'Ours', section: 'EBOOK', scene: 'own', year: 2026, content: '1. Be brief.' };
const boundary = 'a-boundary';

/** As a browser sends a form; account 11 edits. */
async function upload(fields: Readonly<Record<string, string>>, file: Uint8Array | null, number = 11): Promise<Told> {
  const parts = Object.entries(fields).map(([name, value]) =>
    Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`),
  );
  const head = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="house.rules.txt"\r\n\r\n`;
  if (file !== null) parts.push(Buffer.from(head), Buffer.from(file), Buffer.from('\r\n'));
  const answer = await inside.app.inject({
    method: 'POST',
    url: '/api/rules/upload',
    headers: {
      authorization: `Bearer ${(await inside.shop.tokens.open(await inside.idOf(number))).accessToken}`,
      'content-type': `multipart/form-data; boundary=${boundary}`,
    },
    payload: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  });
  return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
}

test('Who has "rules write" makes, changes and removes a rule; others read it', async () => {
  expect(fault(await inside.ask(2, 'POST', '/api/rules', rule))).toEqual([403, 'FORBIDDEN']);
  const made = await inside.ask(11, 'POST', '/api/rules', rule);
  expect([made.status, made.body]).toMatchObject([201, rule]);
  const path = `/api/rules/${made.body.id}`;
  expect((await inside.ask(2, 'GET', path)).body).toEqual(made.body);
  expect(fault(await inside.ask(2, 'PUT', path, { year: 2025 }))).toEqual([403, 'FORBIDDEN']);
  expect((await inside.ask(11, 'PUT', path, { year: 2025 })).body).toEqual({ ...made.body, year: 2025 });
  expect(fault(await inside.ask(2, 'DELETE', path))).toEqual([403, 'FORBIDDEN']);
  expect((await inside.ask(11, 'DELETE', path)).status).toBe(204);
  for (const method of ['GET', 'DELETE'] as const) {
    expect(fault(await inside.ask(11, method, path))).toEqual([404, 'NOT_FOUND']);
  }
  for (const bad of [{ section: 'VINYL' }, { year: 'soon' }, { name: '' }, { content: 'x'.repeat(30_001) }]) {
    expect(fault(await inside.ask(11, 'POST', '/api/rules', { ...rule, ...bad }))).toEqual([400, 'REQUEST_INVALID']);
  }
});

test('The rules that come with the service are listed, and taken over by name', async () => {
  const { items } = (await inside.ask(2, 'GET', '/api/rules/scenerules')).body;
  expect(items).toEqual(knownRules.map(({ name, section, scene, year }) => ({ name, section, scene, year })));
  const take = (number: number, name: string): Promise<Told> =>
    inside.ask(number, 'POST', '/api/rules/scenerules/download', { name });
  expect(fault(await take(2, items[0].name))).toEqual([403, 'FORBIDDEN']);
  const taken = await take(11, items[0].name);
  expect([taken.status, taken.body]).toMatchObject([201, knownRules[0]]);
  expect((await inside.ask(2, 'GET', `/api/rules/${taken.body.id}`)).body).toEqual(taken.body);
  expect(fault(await take(11, 'no such rule'))).toEqual([404, 'NOT_FOUND']);
});

test('A text file becomes a rule, named after it; what is no text, too long or without a section is refused', async () => {
  const good = { section: 'EBOOK', year: '2026' };
  expect(fault(await upload(good, Buffer.from('1.'), 2))).toEqual([403, 'FORBIDDEN']);
  const { status, body } = await upload(good, Buffer.from('1. Où est l’été ?'));
  expect([status, body]).toMatchObject([
    201,
    { name: 'house.rules', section: 'EBOOK', scene: 'own', year: 2026, content: '1. Où est l’été ?' },
  ]);
  const before = (await inside.ask(2, 'GET', '/api/rules')).body.total;
  for (const [fields, file, error] of [
    [good, Buffer.from([0xff, 0xfe, 0x00]), 'REQUEST_INVALID'],
    [good, Buffer.from([0x31, 0xe9, 0x32]), 'REQUEST_INVALID'],
    [good, Buffer.from('a\0b'), 'REQUEST_INVALID'],
    [good, Buffer.alloc(0), 'REQUEST_INVALID'],
    [good, null, 'REQUEST_INVALID'],
    [good, Buffer.alloc(30_001, 'x'), 'BODY_TOO_LARGE'],
    [{ ...good, section: 'VINYL' }, Buffer.from('x'), 'REQUEST_INVALID'],
    [{ section: 'TV' }, Buffer.from('x'), 'REQUEST_INVALID'],
  ] as const) {
    const refused = await upload(fields, file);
    expect([refused.body.error, Math.floor(refused.status / 100)]).toEqual([error, 4]);
  }
  expect((await inside.ask(2, 'GET', '/api/rules')).body.total).toBe(before);
});
