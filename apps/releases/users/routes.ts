/** users and users/:id: accounts, for who has the permission "users write". */
import type { FastifyInstance } from 'fastify';
import { callerOf } from '../auth/caller.ts';
import { isId } from '../database/ids.ts';
import { releasesError } from '../errors.ts';
import { pageOf, pagingSchema } from '../releases/paging.ts';
import { orConflict } from '../web/faults.ts';
import { changes, idParams, listOf, nothing, pageAnswer, record, type Schema } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import {
  countPeople,
  findPeople,
  findPerson,
  insertPerson,
  newPassword,
  type Person,
  personAnswer,
  removePerson,
  saltBytes,
  updatePerson,
} from './people.ts';
import type { Permission } from './permissions.ts';
import { allow, keepPermission } from './rights.ts';

interface Sent {
  login: string;
  name?: string;
  password: string;
  roles?: string[];
  groups?: string[];
}
type Change = Partial<Omit<Sent, 'login'>>;
type ById = { Params: { id: string } };

const login: Schema = { type: 'string', pattern: '^[a-z0-9][a-z0-9._-]{1,99}$' };
const settable: Readonly<Record<string, Schema>> = {
  name: { type: 'string', minLength: 1, maxLength: 200 },
  password: newPassword,
  roles: listOf({ type: 'string', maxLength: 100 }, { maxItems: 20 }),
  groups: listOf({ type: 'string', maxLength: 100 }, { maxItems: 100 }),
};
const optional = ['name', 'roles', 'groups'];

const permission: Permission = 'users write';
const tags = ['users'];
const listSchema = {
  tags,
  summary: 'Accounts by login.',
  querystring: record(pagingSchema, Object.keys(pagingSchema)),
  response: { 200: pageAnswer(personAnswer) },
};
const oneSchema = { tags, summary: 'One account.', params: idParams, response: { 200: personAnswer } };
const makeSchema = {
  tags,
  summary: 'Makes an account.',
  body: record({ login, ...settable }, optional),
  response: { 201: personAnswer },
};
const changeSchema = {
  tags,
  summary: 'Changes what is sent; a new password ends all logins of the account.',
  params: idParams,
  body: changes(settable),
  response: { 200: personAnswer },
};
const removeSchema = {
  tags,
  summary: 'Removes an account that has made nothing, and ends its logins.',
  params: idParams,
  response: { 204: nothing },
};

export function userRoutes(app: FastifyInstance, shop: Shop): void {
  const { db, passwords, entropy, tokens, rights, clock } = shop;
  const onRequest = allow(rights, permission);
  const personOf = async (id: string): Promise<Person> => {
    const person = isId(id) ? await findPerson(db.query, id) : undefined;
    if (person === undefined) throw releasesError('NOT_FOUND', { what: 'This account' });
    return person;
  };

  app.get<{ Querystring: { page: number; per_page: number } }>(
    '/api/users',
    { onRequest, schema: listSchema },
    async ({ query }) => {
      const paging = { page: query.page, perPage: query.per_page };
      const [people, total] = await Promise.all([findPeople(db.query, paging), countPeople(db.query)]);
      return pageOf(people, total, paging);
    },
  );

  app.get<ById>('/api/users/:id', { onRequest, schema: oneSchema }, ({ params }) => personOf(params.id));

  app.post<{ Body: Sent }>('/api/users', { onRequest, schema: makeSchema }, async ({ body }, reply) => {
    const { login, name, password, roles, groups } = body;
    const created_at = new Date(clock.epochMs()).toISOString();
    const password_hash = await passwords.hash(password, entropy(saltBytes));
    const user = { id: db.newId(), login, name: name ?? login, password_hash, created_at };
    await orConflict(`The login ${login}`, () =>
      db.transaction((tx) => insertPerson(tx, db.query, user, { roles, groups })),
    );
    reply.status(201);
    return personOf(user.id);
  });

  app.put<ById & { Body: Change }>('/api/users/:id', { onRequest, schema: changeSchema }, async (request) => {
    const { name, password, roles, groups } = request.body;
    const { id } = await personOf(request.params.id);
    const password_hash = password === undefined ? undefined : await passwords.hash(password, entropy(saltBytes));
    await db.transaction(function* (tx) {
      yield* updatePerson(tx, db.query, id, { name, password_hash, roles, groups });
      yield* keepPermission(tx, db.query, callerOf(request).id, permission);
    });
    if (password !== undefined) await tokens.revokeUser(id);
    rights.changed(id);
    return personOf(id);
  });

  app.delete<ById>('/api/users/:id', { onRequest, schema: removeSchema }, async (request, reply) => {
    const { id } = await personOf(request.params.id);
    await db.transaction(function* (tx) {
      yield* removePerson(tx, db.query, id);
      yield* keepPermission(tx, db.query, callerOf(request).id, permission);
    });
    await tokens.revokeUser(id);
    rights.changed(id);
    return reply.status(204).send();
  });
}
