/** Accounts in the database: found with their roles and groups (three statements a page, however long it is), made, changed, removed. */
import type { Steps, Transaction } from '@palier/kit/state/sql';
import type { Kysely } from 'kysely';
import type { Tables, UsersTable } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import { offsetOf, type Paging } from '../releases/paging.ts';
import { listOf, record, type Schema, text, time } from '../web/schemas.ts';

export interface Person {
  readonly id: string;
  readonly login: string;
  readonly name: string;
  readonly created_at: string;
  /** Names, sorted. */
  readonly roles: readonly string[];
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

export const saltBytes = 16;
/** OWASP ASVS 5.0, 6.2.1 wants 8 at least; a hash takes 50 ms whatever its length. */
export const newPassword: Schema = { type: 'string', minLength: 8, maxLength: 200 };

/** The schemas of a `Person`'s fields. */
export const personFields: Readonly<Record<keyof Person, Schema>> = {
  id: text,
  login: text,
  name: text,
  created_at: time,
  roles: listOf(text),
  groups: listOf(record({ id: text, name: text })),
};
export const personAnswer: Schema = record(personFields);

/** What of an account can be set; what is absent stays. */
export interface PersonChange {
  readonly name?: string | undefined;
  readonly password_hash?: string | undefined;
  /** By name. */
  readonly roles?: readonly string[] | undefined;
  readonly groups?: readonly string[] | undefined;
}

type Query = Kysely<Tables>;

/** By login. */
export async function findPeople(query: Query, paging: Paging): Promise<Person[]> {
  const users = await chosen(query).orderBy('login').limit(paging.perPage).offset(offsetOf(paging)).execute();
  return withMemberships(query, users);
}

export async function findPerson(query: Query, id: string): Promise<Person | undefined> {
  const users = await chosen(query).where('id', '=', id).execute();
  return (await withMemberships(query, users))[0];
}

export async function countPeople(query: Query): Promise<number> {
  const row = await query
    .selectFrom('users')
    .select((of) => of.fn.countAll<number | bigint>().as('n'))
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

export function* insertPerson(
  tx: Transaction,
  query: Query,
  user: UsersTable,
  { roles, groups }: Pick<PersonChange, 'roles' | 'groups'>,
): Steps<void> {
  yield* tx.run(query.insertInto('users').values(user));
  yield* setMemberships(tx, query, user.id, { roles, groups });
}

/** Throws REQUEST_INVALID when a role or group is not there. */
export function* updatePerson(tx: Transaction, query: Query, id: string, change: PersonChange): Steps<void> {
  const { name, password_hash, roles, groups } = change;
  const columns = {
    ...(name === undefined ? {} : { name }),
    ...(password_hash === undefined ? {} : { password_hash }),
  };
  if (Object.keys(columns).length > 0) yield* tx.run(query.updateTable('users').set(columns).where('id', '=', id));
  yield* setMemberships(tx, query, id, { roles, groups });
}

/** Throws CONFLICT when something in the database is this account's. */
export function* removePerson(tx: Transaction, query: Query, id: string): Steps<void> {
  const release = yield* tx.first(query.selectFrom('releases').select('id').where('user_id', '=', id).limit(1));
  const job = yield* tx.first(query.selectFrom('jobs').select('id').where('created_by', '=', id).limit(1));
  if (release !== undefined || job !== undefined) {
    throw releasesError('CONFLICT', { what: 'The account', is: 'one with releases or jobs', expected: 'without' });
  }
  yield* tx.run(query.deleteFrom('user_roles').where('user_id', '=', id));
  yield* tx.run(query.deleteFrom('user_groups').where('user_id', '=', id));
  yield* tx.run(query.deleteFrom('users').where('id', '=', id));
}

function* setMemberships(
  tx: Transaction,
  query: Query,
  user_id: string,
  { roles, groups }: Pick<PersonChange, 'roles' | 'groups'>,
): Steps<void> {
  if (roles !== undefined) {
    const ids = yield* idsOf(tx, query, 'roles', roles);
    yield* tx.run(query.deleteFrom('user_roles').where('user_id', '=', user_id));
    const rows = ids.map((role_id) => ({ user_id, role_id }));
    if (rows.length > 0) yield* tx.run(query.insertInto('user_roles').values(rows));
  }
  if (groups !== undefined) {
    const ids = yield* idsOf(tx, query, 'groups', groups);
    yield* tx.run(query.deleteFrom('user_groups').where('user_id', '=', user_id));
    const rows = ids.map((group_id) => ({ user_id, group_id }));
    if (rows.length > 0) yield* tx.run(query.insertInto('user_groups').values(rows));
  }
}

function* idsOf(tx: Transaction, query: Query, table: 'roles' | 'groups', names: readonly string[]): Steps<string[]> {
  if (names.length === 0) return [];
  const wanted = [...new Set(names)];
  const rows = yield* tx.all(query.selectFrom(table).select(['id', 'name']).where('name', 'in', wanted));
  const missing = wanted.find((name) => !rows.some((row) => row.name === name));
  if (missing === undefined) return rows.map(({ id }) => id);
  throw releasesError('REQUEST_INVALID', {
    what: table,
    is: `"${missing}"`,
    expected: 'names of those that are there',
  });
}

function chosen(query: Query) {
  return query.selectFrom('users').select(['id', 'login', 'name', 'created_at']);
}

async function withMemberships(query: Query, users: readonly Omit<UsersTable, 'password_hash'>[]): Promise<Person[]> {
  if (users.length === 0) return [];
  const ids = users.map(({ id }) => id);
  const [roles, groups] = await Promise.all([
    query
      .selectFrom('user_roles')
      .innerJoin('roles', 'roles.id', 'user_roles.role_id')
      .select(['user_roles.user_id', 'roles.name'])
      .where('user_roles.user_id', 'in', ids)
      .orderBy('roles.name')
      .execute(),
    query
      .selectFrom('user_groups')
      .innerJoin('groups', 'groups.id', 'user_groups.group_id')
      .select(['user_groups.user_id', 'groups.id', 'groups.name'])
      .where('user_groups.user_id', 'in', ids)
      .orderBy('groups.name')
      .execute(),
  ]);
  return users.map((user) => ({
    ...user,
    roles: roles.flatMap(({ user_id, name }) => (user_id === user.id ? [name] : [])),
    groups: groups.flatMap(({ user_id, id, name }) => (user_id === user.id ? [{ id, name }] : [])),
  }));
}
