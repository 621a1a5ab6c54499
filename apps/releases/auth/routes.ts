/** POST auth/login, GET auth/me; and the hook that asks every other route for a token. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { releasesError } from '../errors.ts';
import type { Shop } from '../web/shop.ts';
import type { Caller } from './tokens.ts';

/** The decoration of a request that holds who calls; null on the routes that need no token. */
export const callerKey = 'caller';

const loginBody = {
  type: 'object',
  required: ['login', 'password'],
  properties: {
    login: { type: 'string', minLength: 1, maxLength: 100 },
    password: { type: 'string', minLength: 1, maxLength: 200 },
  },
} as const;

/** Routes that need no token. */
export function loginRoutes(app: FastifyInstance, { db, passwords, tokens, meters }: Shop): void {
  const logins = meters.counter('logins_total', 'Logins, by result.', ['result']);
  const [accepted, refused] = [logins.of('accepted'), logins.of('refused')];

  app.post<{ Body: { login: string; password: string } }>(
    '/api/auth/login',
    { schema: { body: loginBody } },
    async (request) => {
      const { login, password } = request.body;
      const user = await db.query
        .selectFrom('users')
        .select(['id', 'login', 'name', 'password_hash'])
        .where('login', '=', login)
        .executeTakeFirst();
      if (!(await passwords.verify(password, user?.password_hash)) || user === undefined) {
        refused.add();
        throw releasesError('LOGIN_FAILED', {});
      }
      accepted.add();
      return {
        access_token: await tokens.sign({ id: user.id, login: user.login }),
        token_type: 'Bearer',
        expires_in: tokens.lifeSeconds,
        user: { id: user.id, login: user.login, name: user.name },
      };
    },
  );
}

/** Asks for a token before any route that is added after it. */
export function requireToken(app: FastifyInstance, { tokens }: Shop): void {
  app.addHook('onRequest', async (request) => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw releasesError('TOKEN_MISSING', {});
    request.setDecorator(callerKey, await tokens.verify(token));
  });
}

export function meRoutes(app: FastifyInstance, { db }: Shop): void {
  app.get('/api/auth/me', async (request) => {
    const { id } = callerOf(request);
    const user = await db.query
      .selectFrom('users')
      .select(['id', 'login', 'name', 'created_at'])
      .where('id', '=', id)
      .executeTakeFirst();
    // The token outlives its account.
    if (user === undefined) throw releasesError('TOKEN_INVALID', { reason: 'its account is gone' });
    const [roles, groups] = await Promise.all([
      db.query
        .selectFrom('user_roles')
        .innerJoin('roles', 'roles.id', 'user_roles.role_id')
        .select('roles.name')
        .where('user_roles.user_id', '=', id)
        .orderBy('roles.name')
        .execute(),
      db.query
        .selectFrom('user_groups')
        .innerJoin('groups', 'groups.id', 'user_groups.group_id')
        .select(['groups.id', 'groups.name'])
        .where('user_groups.user_id', '=', id)
        .orderBy('groups.name')
        .execute(),
    ]);
    return { ...user, roles: roles.map((role) => role.name), groups };
  });
}

/** Who calls a route behind `requireToken`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = request.getDecorator<Caller | null>(callerKey);
  if (caller === null) throw releasesError('TOKEN_MISSING', {});
  return caller;
}
