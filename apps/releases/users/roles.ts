/** roles and roles/:id: what each role may do, for who has the permission "roles write". */
import type { Steps, Transaction } from '@palier/kit/state/sql';
import type { FastifyInstance } from 'fastify';
import type { Kysely } from 'kysely';
import { callerOf } from '../auth/caller.ts';
import { isId } from '../database/ids.ts';
import type { Tables } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import { orConflict } from '../web/faults.ts';
import { changes, idParams, listOf, nothing, record, type Schema, text } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { type Permission, permissions } from './permissions.ts';
import { allow, keepPermission } from './rights.ts';

interface Permit {
  resource: string;
  action: string;
}
interface Role {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly Permit[];
}
interface Sent {
  name: string;
  permissions: Permit[];
}
type ById = { Params: { id: string } };

/** Far more than anybody tells apart; the list has no pages. */
const maxRoles = 200;
const permit: Schema = {
  ...record({ resource: text, action: text }),
  enum: permissions.map((one) => {
    const [resource, action] = one.split(' ');
    return { resource, action };
  }),
};
const settable: Readonly<Record<string, Schema>> = {
  name: { type: 'string', pattern: '^[a-z][a-z0-9 _-]{1,99}$' },
  permissions: { ...listOf(permit, { maxItems: permissions.length }), uniqueItems: true },
};
const roleAnswer = record({ id: text, name: text, permissions: listOf(record({ resource: text, action: text })) });

const permission: Permission = 'roles write';
const tags = ['users'];
const listSchema = {
  tags,
  summary: 'All roles, and what a role can be permitted.',
  response: {
    200: record({ items: listOf(roleAnswer), permissions: listOf(record({ resource: text, action: text })) }),
  },
};
const oneSchema = { tags, summary: 'One role.', params: idParams, response: { 200: roleAnswer } };
const makeSchema = { tags, summary: 'Makes a role.', body: record(settable), response: { 201: roleAnswer } };
const changeSchema = {
  tags,
  summary: 'Changes what is sent.',
  params: idParams,
  body: changes(settable),
  response: { 200: roleAnswer },
};
const removeSchema = {
  tags,
  summary: 'Removes a role and takes it from the accounts that have it.',
  params: idParams,
  response: { 204: nothing },
};

export function roleRoutes(app: FastifyInstance, { db, rights }: Shop): void {
  const onRequest = allow(rights, permission);
  const roleOf = async (id: string): Promise<Role> => {
    const role = isId(id) ? (await findRoles(db.query, id))[0] : undefined;
    if (role === undefined) throw releasesError('NOT_FOUND', { what: 'This role' });
    return role;
  };

  app.get('/api/roles', { onRequest, schema: listSchema }, async () => ({
    items: await findRoles(db.query),
    permissions: permit['enum'],
  }));

  app.get<ById>('/api/roles/:id', { onRequest, schema: oneSchema }, ({ params }) => roleOf(params.id));

  app.post<{ Body: Sent }>('/api/roles', { onRequest, schema: makeSchema }, async ({ body }, reply) => {
    const { name, permissions } = body;
    if ((await findRoles(db.query)).length >= maxRoles) {
      throw releasesError('CONFLICT', { what: 'The number of roles', is: maxRoles, expected: 'below' });
    }
    const id = db.newId();
    await orConflict(`The name ${name}`, () =>
      db.transaction(function* (tx) {
        yield* tx.run(db.query.insertInto('roles').values({ id, name }));
        yield* setPermissions(tx, db.query, id, permissions);
      }),
    );
    reply.status(201);
    return roleOf(id);
  });

  app.put<ById & { Body: Partial<Sent> }>('/api/roles/:id', { onRequest, schema: changeSchema }, async (request) => {
    const { name, permissions } = request.body;
    const role = await roleOf(request.params.id);
    await orConflict(`The name ${name}`, () =>
      db.transaction(function* (tx) {
        if (name !== undefined) yield* tx.run(db.query.updateTable('roles').set({ name }).where('id', '=', role.id));
        if (permissions !== undefined) yield* setPermissions(tx, db.query, role.id, permissions);
        yield* keepPermission(tx, db.query, callerOf(request).id, permission);
      }),
    );
    rights.changed();
    return roleOf(role.id);
  });

  app.delete<ById>('/api/roles/:id', { onRequest, schema: removeSchema }, async (request, reply) => {
    const { id } = await roleOf(request.params.id);
    await db.transaction(function* (tx) {
      yield* tx.run(db.query.deleteFrom('user_roles').where('role_id', '=', id));
      yield* tx.run(db.query.deleteFrom('role_permissions').where('role_id', '=', id));
      yield* tx.run(db.query.deleteFrom('roles').where('id', '=', id));
      yield* keepPermission(tx, db.query, callerOf(request).id, permission);
    });
    rights.changed();
    return reply.status(204).send();
  });
}

/** All, or the one of this id, by name. */
async function findRoles(query: Kysely<Tables>, id?: string): Promise<Role[]> {
  let rows = query
    .selectFrom('roles')
    .leftJoin('role_permissions', 'role_permissions.role_id', 'roles.id')
    .select(['roles.id', 'roles.name', 'role_permissions.resource', 'role_permissions.action']);
  if (id !== undefined) rows = rows.where('roles.id', '=', id);
  const sorted = rows.orderBy('roles.name').orderBy('role_permissions.resource').orderBy('role_permissions.action');
  const roles = new Map<string, { id: string; name: string; permissions: Permit[] }>();
  for (const { id: roleId, name, resource, action } of await sorted.execute()) {
    const role = roles.get(roleId) ?? { id: roleId, name, permissions: [] };
    roles.set(roleId, role);
    if (resource !== null && action !== null) role.permissions.push({ resource, action });
  }
  return [...roles.values()];
}

function* setPermissions(
  tx: Transaction,
  query: Kysely<Tables>,
  role_id: string,
  permissions: readonly Permit[],
): Steps<void> {
  yield* tx.run(query.deleteFrom('role_permissions').where('role_id', '=', role_id));
  const rows = permissions.map(({ resource, action }) => ({ role_id, resource, action }));
  if (rows.length > 0) yield* tx.run(query.insertInto('role_permissions').values(rows));
}
