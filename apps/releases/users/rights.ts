/**
 * What an account may do: the permissions of its roles, remembered at each replica and forgotten at all when somebody changes them.
 */
import type { Bus } from '@palier/kit/state';
import type { Steps, Transaction } from '@palier/kit/state/sql';
import type { FastifyRequest } from 'fastify';
import type { Kysely } from 'kysely';
import { callerOf } from '../auth/caller.ts';
import type { Database } from '../database/open.ts';
import type { Tables } from '../database/schema.ts';
import { releasesError } from '../errors.ts';
import { openHeardMemo } from '../web/heard-memo.ts';
import type { MemoMaker } from '../web/memo.ts';
import { type Permission, permissions } from './permissions.ts';

export interface Rights extends AsyncDisposable {
  of(userId: string): Promise<ReadonlySet<Permission>>;
  /** The roles of an account have changed; without one: what a role may do. */
  changed(userId?: string): void;
}

/** For a database that somebody changed by hand; what is changed here is told to every replica. */
const rememberedMs = 300_000;
const maxUsers = 10_000;

/** Throws what `Bus.subscribe` throws. */
export async function openRights({ query }: Pick<Database, 'query'>, bus: Bus, memo: MemoMaker): Promise<Rights> {
  const options = { ttlMs: rememberedMs, maxEntries: maxUsers };
  const remembered = await openHeardMemo<ReadonlySet<Permission>>('rights', bus, memo, options);
  const load = async (userId: string): Promise<ReadonlySet<Permission>> => {
    const rows = await permissionsOf(query, userId).execute();
    const held = new Set(rows.map(({ resource, action }) => `${resource} ${action}`));
    return new Set(permissions.filter((permission) => held.has(permission)));
  };
  return {
    of: (userId) => remembered.get(userId, () => load(userId)),
    changed: (userId) => remembered.changed(userId),
    [Symbol.asyncDispose]: () => remembered[Symbol.asyncDispose](),
  };
}

/** For `onRequest`: lets pass whose account has the permission, and answers FORBIDDEN to others, before their body is read. */
export function allow(rights: Pick<Rights, 'of'>, permission: Permission): (request: FastifyRequest) => Promise<void> {
  return async (request) => {
    if (!(await rights.of(callerOf(request).id)).has(permission)) throw releasesError('FORBIDDEN', { permission });
  };
}

/**
 * The last step of a change to accounts or roles: whoever makes it still may afterwards, so somebody is left who can. Throws CONFLICT; then
 * nothing is changed.
 */
export function* keepPermission(
  tx: Transaction,
  query: Kysely<Tables>,
  callerId: string,
  permission: Permission,
): Steps<void> {
  const held = yield* tx.all(permissionsOf(query, callerId));
  if (held.some(({ resource, action }) => `${resource} ${action}` === permission)) return;
  const expected = `one that leaves you "${permission}"`;
  throw releasesError('CONFLICT', { what: 'The change', is: 'one of your own rights', expected });
}

function permissionsOf(query: Kysely<Tables>, userId: string) {
  return query
    .selectFrom('user_roles')
    .innerJoin('role_permissions', 'role_permissions.role_id', 'user_roles.role_id')
    .select(['role_permissions.resource', 'role_permissions.action'])
    .where('user_roles.user_id', '=', userId);
}
