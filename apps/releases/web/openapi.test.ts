import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Inside, openInside } from '../testing/inside.ts';

type Json = Readonly<Record<string, any>>;

let inside: Inside;
let document: Json;
beforeAll(async () => {
  inside = await openInside();
  document = (await inside.ask(null, 'GET', '/api/openapi.json')).body;
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

/** `GET /api/releases/{id}` of every operation. */
function operations(): [string, Json][] {
  return Object.entries(document['paths'] as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, operation]): [string, Json] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  );
}

test('The document is sound OpenAPI 3.1 by a public validator, and anybody may have it', async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors).toBe(undefined);
  expect(result.valid).toBe(true);
  expect(document['openapi']).toBe('3.1.0');
});

test('Every route of the API that is served stands in the document, with a summary and an answer, and no other does', () => {
  const served = routesOf(inside.app.printRoutes({ commonPrefix: false, includeHooks: false })).filter((name) =>
    / \/(api\/|health$)/.test(name),
  );
  expect(served.length).toBeGreaterThan(25);
  const told = operations().map(([name, { summary, responses }]) => ({
    name,
    summary: summary?.endsWith('.'),
    answer: Object.keys(responses).some((status) => /^20\d$/.test(status)),
  }));
  const byName = (one: { name: string }, other: { name: string }): number => (one.name < other.name ? -1 : 1);
  expect(told.toSorted(byName)).toEqual(served.toSorted().map((name) => ({ name, summary: true, answer: true })));
});

test('A route that wants a token says so, and answers 401 without; the others say that they are open', async () => {
  // Logout asks for one of two tokens, so it is not closed by the head of the request alone.
  for (const [name, { security }] of operations().filter(([name]) => name !== 'POST /api/auth/logout')) {
    const [method, path = ''] = name.split(' ') as ['GET' | 'POST' | 'PUT' | 'DELETE', string];
    const { status, body } = await inside.ask(null, method, path.replaceAll(/\{\w+\}/g, '1'));
    const asks = status === 401 && body.error === 'TOKEN_MISSING';
    expect([name, asks]).toEqual([name, security !== undefined]);
  }
});

test('A body with a field that nobody knows is refused, and so is one over the limit, wherever JSON is taken', async () => {
  const taking = operations().filter(([, { requestBody }]) => requestBody?.content?.['application/json'] !== undefined);
  expect(taking.length).toBeGreaterThan(8);
  for (const [name, { requestBody }] of taking) {
    const [method, path = ''] = name.split(' ') as ['POST' | 'PUT', string];
    const at = path.replaceAll(/\{\w+\}/g, '01HK153X009ZBF2BE8KJHJDRZZ');
    const { schema } = requestBody.content['application/json'];
    expect([name, schema.additionalProperties]).toEqual([name, false]);
    const filled = Object.fromEntries((schema.required ?? []).map((key: string) => [key, 'x']));
    const unknown = await inside.ask(1, method, at, { ...filled, admin: true });
    expect([name, unknown.status, unknown.body.error]).toEqual([name, 400, 'REQUEST_INVALID']);
    expect(unknown.body.message).toBe('admin is unknown; it should be left out.');
    const large = await inside.ask(1, method, at, { ...filled, admin: 'x'.repeat(70_000) });
    expect([name, large.status, large.body.error]).toEqual([name, 413, 'BODY_TOO_LARGE']);
  }
});

test('A parameter that nobody knows is refused: a misspelt filter never gives the whole list', async () => {
  for (const path of ['/api/releases?statsu=draft', '/api/rules?x=1', '/api/users?x=1']) {
    const { status, body } = await inside.ask(1, 'GET', path);
    expect([status, body.error]).toEqual([400, 'REQUEST_INVALID']);
    expect(body.message).toMatch(/^(statsu|x) is unknown/);
  }
});

test('What the routes answer is what the document says: reads, refusals, and what is made', async () => {
  const ajv = formats.default(new Ajv2020({ strict: false, allErrors: true }));
  const release = (await inside.ask(1, 'GET', '/api/releases?per_page=1')).body.items[0].id;
  const rule = (await inside.ask(1, 'GET', '/api/rules?per_page=1')).body.items[0].id;
  const user = await inside.idOf(2);
  const role = (await inside.ask(1, 'GET', '/api/roles')).body.items[0].id;
  const { refreshToken } = await inside.shop.tokens.open(user);
  const login = { login: 'user003', password: 'palier-par-paliers' };
  const newRule = { name: 'A rule', section: 'TV', scene: 'x', year: 2026, content: '1.' };
  const newUser = { login: 'newcomer', password: 'long enough' };
  const asked: [string, string, number, unknown?][] = [
    ['GET /health', '/health', 200],
    ['GET /api/health', '/api/health', 200],
    ['POST /api/auth/login', '/api/auth/login', 200, login],
    ['POST /api/auth/login', '/api/auth/login', 401, { ...login, password: 'wrong' }],
    ['POST /api/auth/refresh', '/api/auth/refresh', 200, { refresh_token: refreshToken }],
    ['GET /api/auth/me', '/api/auth/me', 200],
    ['PUT /api/auth/password', '/api/auth/password', 400, { password: 'wrong', new_password: 'long enough' }],
    ['GET /api/dashboard/stats', '/api/dashboard/stats', 200],
    ['GET /api/releases', '/api/releases', 200],
    ['GET /api/releases', '/api/releases?page=0', 400],
    ['GET /api/releases/{id}', `/api/releases/${release}`, 200],
    ['GET /api/releases/{id}', '/api/releases/x', 404],
    ['PUT /api/releases/{id}', `/api/releases/${release}`, 200, { title: 'Another title' }],
    ['GET /api/rules', '/api/rules', 200],
    ['GET /api/rules/{id}', `/api/rules/${rule}`, 200],
    ['GET /api/rules/scenerules', '/api/rules/scenerules', 200],
    ['POST /api/rules', '/api/rules', 201, newRule],
    ['PUT /api/rules/{id}', `/api/rules/${rule}`, 200, { year: 2020 }],
    ['GET /api/users', '/api/users', 200],
    ['GET /api/users/{id}', `/api/users/${user}`, 200],
    ['POST /api/users', '/api/users', 201, newUser],
    ['POST /api/users', '/api/users', 409, newUser],
    ['PUT /api/users/{id}', `/api/users/${user}`, 200, { name: 'Two' }],
    ['GET /api/roles', '/api/roles', 200],
    ['GET /api/roles/{id}', `/api/roles/${role}`, 200],
    ['POST /api/roles', '/api/roles', 201, { name: 'reader', permissions: [{ resource: 'rules', action: 'read' }] }],
    ['PUT /api/roles/{id}', `/api/roles/${role}`, 200, { name: 'administrator' }],
    ['GET /api/wizard/rules', '/api/wizard/rules?release_type=EBOOK', 200],
    ['POST /api/wizard/draft', '/api/wizard/draft', 201, { group: 'NEW', release_type: 'TV' }],
    ['POST /api/wizard/create', '/api/wizard/create', 201, { group: 'NEW', release_type: 'TV' }],
  ];
  const byName = new Map(operations());
  for (const [name, path, status, body] of asked) {
    const answer = await inside.ask(1, name.split(' ')[0] as 'GET', path, body);
    expect([name, answer.status]).toEqual([name, status]);
    const responses = byName.get(name)?.['responses'] as Json;
    const declared = responses[String(status)] ?? responses[`${Math.floor(status / 100)}XX`];
    expect([name, declared?.description]).toEqual([name, expect.any(String)]);
    const check = ajv.compile(declared.content['application/json'].schema);
    check(answer.body);
    expect([name, check.errors]).toEqual([name, null]);
  }
});

/** From `printRoutes({ commonPrefix: false })`: a path a line, deeper ones indented below the one that they go on from. */
function routesOf(tree: string): string[] {
  const above: string[] = [];
  return tree.split('\n').flatMap((line) => {
    const [, indent = '', part = '', methods = ''] = /^([│├└─\s]*)(\S*)(?: \((.*)\))?$/.exec(line) ?? [];
    const depth = indent.length / 4;
    above.length = depth;
    above[depth] = part;
    const path = above.join('').replaceAll(/:(\w+)/g, '{$1}');
    return methods === ''
      ? []
      : methods.split(', ').flatMap((method) => (method === 'HEAD' ? [] : `${method} ${path}`));
  });
}
