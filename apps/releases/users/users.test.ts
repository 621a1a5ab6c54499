import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedPassword } from '../seed/people.ts';
import { type Inside, openInside, type Told } from '../testing/inside.ts';
import { permissions } from './permissions.ts';

let inside: Inside;
beforeAll(async () => {
  inside = await openInside();
}, 60_000);
afterAll(() => inside[Symbol.asyncDispose]());

const fault = ({ status, body }: Told): unknown => [status, body.error];
const login = (login: string, password: string): Promise<Told> =>
  inside.ask(null, 'POST', '/api/auth/login', { login, password });

test('Who has no permission is told which one is missing, on every route of accounts and roles, and changes nothing', async () => {
  const id = await inside.idOf(3);
  const role = (await inside.ask(1, 'GET', '/api/roles')).body.items[0].id;
  const asked: ['GET' | 'POST' | 'PUT' | 'DELETE', string, unknown?][] = [
    ['GET', '/api/users'],
    ['GET', `/api/users/${id}`],
    ['POST', '/api/users', { login: 'sneaky', password: 'long enough', roles: ['administrator'] }],
    ['PUT', `/api/users/${id}`, { roles: ['administrator'] }],
    ['DELETE', `/api/users/${id}`],
    ['GET', '/api/roles'],
    ['GET', `/api/roles/${role}`],
    ['POST', '/api/roles', { name: 'mine', permissions: [{ resource: 'users', action: 'write' }] }],
    ['PUT', `/api/roles/${role}`, { permissions: [] }],
    ['DELETE', `/api/roles/${role}`],
  ];
  const before = (await inside.ask(1, 'GET', '/api/roles')).body;
  for (const [method, path, body] of asked) {
    // 3 packs, 11 edits.
    for (const number of [3, 11]) {
      const answer = await inside.ask(number, method, path, body);
      expect([method, path, ...(fault(answer) as unknown[])]).toEqual([method, path, 403, 'FORBIDDEN']);
      expect(answer.body.message).toContain(path.includes('users') ? '"users write"' : '"roles write"');
    }
  }
  expect((await inside.ask(1, 'GET', '/api/roles')).body).toEqual(before);
  expect((await inside.ask(1, 'GET', `/api/users/${id}`)).body.roles).toEqual(['packer']);
});

test('An account is made, logs in, is changed and removed; a new password ends its logins', async () => {
  const made = await inside.ask(1, 'POST', '/api/users', {
    login: 'ada',
    password: 'a first password',
    roles: ['packer', 'editor'],
  });
  expect([made.status, made.body.login, made.body.name, made.body.roles]).toEqual([
    201,
    'ada',
    'ada',
    ['editor', 'packer'],
  ]);
  expect(JSON.stringify(made.body)).not.toContain('scrypt');
  const path = `/api/users/${made.body.id}`;
  const first = (await login('ada', 'a first password')).body;
  const changed = await inside.ask(1, 'PUT', path, { name: 'Ada', password: 'a second one', roles: [] });
  expect(changed.body).toMatchObject({ login: 'ada', name: 'Ada', roles: [] });
  expect(fault(await login('ada', 'a first password'))).toEqual([401, 'LOGIN_FAILED']);
  const refreshed = { refresh_token: first.refresh_token };
  expect(fault(await inside.ask(null, 'POST', '/api/auth/refresh', refreshed))).toEqual([401, 'REFRESH_INVALID']);
  expect((await login('ada', 'a second one')).status).toBe(200);
  expect((await inside.ask(1, 'DELETE', path)).status).toBe(204);
  expect(fault(await inside.ask(1, 'GET', path))).toEqual([404, 'NOT_FOUND']);
  expect(fault(await login('ada', 'a second one'))).toEqual([401, 'LOGIN_FAILED']);
});

test('The logins of a removed account end with it', async () => {
  const ada = { login: loginOf(), password: 'a first password', roles: ['packer'] };
  const made = await inside.ask(1, 'POST', '/api/users', ada);
  const { refresh_token } = (await login(ada.login, ada.password)).body;
  const { user } = await inside.shop.tokens.refresh(refresh_token);
  const pair = await inside.shop.tokens.open(user);
  expect(await inside.shop.tokens.validate(pair.accessToken)).toMatchObject({ user });
  expect((await inside.ask(1, 'DELETE', `/api/users/${made.body.id}`)).status).toBe(204);
  await expect(inside.shop.tokens.validate(pair.accessToken)).rejects.toMatchObject({ code: 'PALIER_TOKEN_REFUSED' });
});

test('What is taken is no longer free, and what is not there cannot be given', async () => {
  const user = { login: loginOf(), password: 'long enough' };
  expect((await inside.ask(1, 'POST', '/api/users', user)).status).toBe(201);
  expect(fault(await inside.ask(1, 'POST', '/api/users', user))).toEqual([409, 'CONFLICT']);
  const other = { ...user, login: loginOf() };
  const wrong = await inside.ask(1, 'POST', '/api/users', { ...other, roles: ['king'] });
  expect([wrong.status, wrong.body.message]).toEqual([
    400,
    'roles is "king"; it should be names of those that are there.',
  ]);
  // All or nothing: the account of the refused form was not made.
  expect((await inside.ask(1, 'POST', '/api/users', other)).status).toBe(201);
  for (const bad of [{ login: 'X' }, { login: "a' --" }, { password: 'short' }, { roles: 'packer' }, { id: '1' }]) {
    expect((await inside.ask(1, 'POST', '/api/users', { ...user, ...bad })).status).toBe(400);
  }
  expect(fault(await inside.ask(1, 'PUT', `/api/users/${await inside.idOf(5)}`, {}))).toEqual([400, 'REQUEST_INVALID']);
});

test('An account with releases stays, and nobody takes the administration from themselves', async () => {
  const listed = (await inside.ask(1, 'GET', '/api/releases?per_page=1')).body.items[0];
  expect(fault(await inside.ask(1, 'DELETE', `/api/users/${listed.user.id}`))).toEqual([409, 'CONFLICT']);
  const own = await inside.idOf(1);
  const roles = (await inside.ask(1, 'GET', '/api/roles')).body.items;
  const admin = roles.find((role: { name: string }) => role.name === 'administrator').id;
  for (const answer of [
    await inside.ask(1, 'PUT', `/api/users/${own}`, { roles: ['packer'] }),
    await inside.ask(1, 'PUT', `/api/roles/${admin}`, { permissions: [{ resource: 'users', action: 'write' }] }),
    await inside.ask(1, 'DELETE', `/api/roles/${admin}`),
  ]) {
    expect(fault(answer)).toEqual([409, 'CONFLICT']);
  }
  expect((await inside.ask(1, 'GET', '/api/auth/me')).body.roles).toEqual(['administrator']);
  expect((await inside.ask(1, 'GET', '/api/roles')).body.items).toEqual(roles);
});

test('A role that is changed, given or taken counts with the next request', async () => {
  const id = await inside.idOf(7);
  const allowed = async (): Promise<boolean> => (await inside.ask(7, 'GET', '/api/users')).status === 200;
  expect(await allowed()).toBe(false);
  const made = await inside.ask(1, 'POST', '/api/roles', { name: 'clerk', permissions: [] });
  await inside.ask(1, 'PUT', `/api/users/${id}`, { roles: ['clerk'] });
  expect(await allowed()).toBe(false);
  const path = `/api/roles/${made.body.id}`;
  const changed = await inside.ask(1, 'PUT', path, { permissions: [{ resource: 'users', action: 'write' }] });
  expect(changed.body).toMatchObject({ name: 'clerk', permissions: [{ resource: 'users', action: 'write' }] });
  expect(await allowed()).toBe(true);
  // The one permission is enough to change accounts.
  const other = `/api/users/${await inside.idOf(9)}`;
  expect((await inside.ask(7, 'PUT', other, { name: 'Nine' })).body.name).toBe('Nine');
  expect(fault(await inside.ask(7, 'PUT', `/api/users/${id}`, { roles: [] }))).toEqual([409, 'CONFLICT']);
  expect((await inside.ask(1, 'DELETE', path)).status).toBe(204);
  expect(await allowed()).toBe(false);
  expect((await inside.ask(1, 'GET', `/api/users/${id}`)).body.roles).toEqual([]);
  for (const [roles, may] of [
    [['administrator'], true],
    [[], false],
  ]) {
    await inside.ask(1, 'PUT', `/api/users/${id}`, { roles });
    expect(await allowed()).toBe(may);
  }
});

test('Reading and packing, too, are what a role permits', async () => {
  const made = await inside.ask(1, 'POST', '/api/roles', {
    name: 'guest',
    permissions: [{ resource: 'rules', action: 'read' }],
  });
  expect(made.status).toBe(201);
  await inside.ask(1, 'PUT', `/api/users/${await inside.idOf(8)}`, { roles: ['guest'] });
  expect((await inside.ask(8, 'GET', '/api/rules')).status).toBe(200);
  for (const [method, path, body] of [
    ['GET', '/api/releases'],
    ['GET', '/api/releases/x'],
    ['POST', '/api/wizard/create', { group: 'NEW', release_type: 'TV' }],
    ['POST', '/api/rules', {}],
  ] as const) {
    // Before the form is looked at.
    const { status } = await inside.ask(8, method, path, body);
    expect([method, path, status]).toEqual([method, path, 403]);
  }
});

test('A role holds only permissions that there are, each once', async () => {
  const { body } = await inside.ask(1, 'GET', '/api/roles');
  expect(body.permissions.map((one: { resource: string; action: string }) => `${one.resource} ${one.action}`)).toEqual([
    ...permissions,
  ]);
  const [users] = body.permissions;
  for (const wrong of [
    [{ resource: 'users', action: 'fly' }],
    [users, users],
    [{ resource: 'users' }],
    'users write',
  ]) {
    const answer = await inside.ask(1, 'POST', '/api/roles', { name: 'odd', permissions: wrong });
    expect(fault(answer)).toEqual([400, 'REQUEST_INVALID']);
  }
  expect(fault(await inside.ask(1, 'POST', '/api/roles', { name: 'packer', permissions: [] }))).toEqual([
    409,
    'CONFLICT',
  ]);
});

test('The list of accounts is paged, with roles and groups', async () => {
  const { body } = await inside.ask(1, 'GET', '/api/users?per_page=100&page=2');
  expect(body).toMatchObject({ page: 2, per_page: 100 });
  expect(body.items).toHaveLength(100);
  for (const { roles, groups } of body.items) expect([roles.length > 0, groups.length > 0]).toContain(true);
});

let made = 0;
function loginOf(): string {
  made++;
  return `someone${made}`;
}

test('Whoever knows the own password changes it: every login ends, the answer begins the next; a guess changes nothing', async () => {
  const open = async (password: string): Promise<{ access_token: string; refresh_token: string }> =>
    (await login('user020', password)).body;
  const change = (token: string, body: object) =>
    inside.app.inject({
      method: 'PUT',
      url: '/api/auth/password',
      headers: { authorization: `Bearer ${token}` },
      payload: body,
    });
  const me = async (token: string): Promise<number> =>
    (await inside.app.inject({ url: '/api/auth/me', headers: { authorization: `Bearer ${token}` } })).statusCode;
  const [first, elsewhere] = [await open(seedPassword), await open(seedPassword)];
  const guessed = await change(first.access_token, { password: 'guessed', new_password: 'another one' });
  expect([guessed.statusCode, guessed.json().error]).toEqual([400, 'REQUEST_INVALID']);
  expect((await change(first.access_token, { password: seedPassword, new_password: 'short' })).statusCode).toBe(400);
  expect(await me(first.access_token)).toBe(200);
  const changed = await change(first.access_token, { password: seedPassword, new_password: 'another one' });
  expect(changed.statusCode).toBe(200);
  expect(await me(changed.json().access_token)).toBe(200);
  for (const old of [first, elsewhere]) {
    expect(await me(old.access_token)).toBe(401);
    const { refresh_token } = old;
    expect((await inside.ask(null, 'POST', '/api/auth/refresh', { refresh_token })).status).toBe(401);
  }
  expect(fault(await login('user020', seedPassword))).toEqual([401, 'LOGIN_FAILED']);
  expect((await login('user020', 'another one')).status).toBe(200);
});

test('Guesses at the own password count as those at the login do', async () => {
  const guess = { password: 'guessed', new_password: 'another one' };
  for (let i = 0; i < 10; i++) expect((await inside.ask(21, 'PUT', '/api/auth/password', guess)).status).toBe(400);
  expect(fault(await inside.ask(21, 'PUT', '/api/auth/password', guess))).toEqual([429, 'LOGIN_LIMITED']);
  expect(fault(await login('user021', seedPassword))).toEqual([429, 'LOGIN_LIMITED']);
});
