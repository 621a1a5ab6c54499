/**
 * POST auth/login, auth/refresh, auth/logout, auth/logout-everywhere, GET auth/me; and the hook that asks every other route for a token.
 *
 * What is revoked at one replica is refused by all. Tokens suffice: nothing of a login is kept but what revokes it.
 */
import { PalierError } from '@palier/base/error';
import type { TokenPair } from '@palier/kit/token';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { releasesError } from '../errors.ts';
import { findPerson, newPassword, personFields, saltBytes } from '../users/people.ts';
import { permissions } from '../users/permissions.ts';
import { open } from '../web/openapi.ts';
import { listOf, nothing, record, type Schema, text, whole } from '../web/schemas.ts';
import type { Shop } from '../web/shop.ts';
import { type Caller, callerKey, callerOf } from './caller.ts';

const tags = ['auth'];
const refreshToken: Schema = { type: 'string', minLength: 1, maxLength: 2000 };
const pairFields = { access_token: text, refresh_token: text, token_type: text, expires_in: whole };
const loginSchema = {
  tags,
  summary: 'A pair of tokens for a login and its password.',
  body: record({
    login: { type: 'string', minLength: 1, maxLength: 100 },
    password: { type: 'string', minLength: 1, maxLength: 200 },
  }),
  response: { 200: record({ ...pairFields, user: record({ id: text, login: text, name: text }) }) },
};
const refreshSchema = {
  tags,
  summary: 'The next pair; the refresh token is over.',
  body: record({ refresh_token: refreshToken }),
  response: { 200: record(pairFields) },
};
const logoutSchema = {
  tags,
  summary: 'Ends the login of the access token, or of the refresh token that is sent.',
  response: { 204: nothing },
};
const everywhereSchema = { tags, summary: 'Ends all logins of the account.', response: { 204: nothing } };
const passwordSchema = {
  tags,
  summary: 'Another password for the account; ends its logins, and answers a new pair.',
  body: record({ password: { type: 'string', minLength: 1, maxLength: 200 }, new_password: newPassword }),
  response: { 200: record(pairFields) },
};
const meSchema = {
  tags,
  summary: 'Who calls, and what the account may do.',
  response: { 200: record({ ...personFields, permissions: listOf({ type: 'string', enum: permissions }) }) },
};

/** Routes that need no access token. */
export function loginRoutes(app: FastifyInstance, { db, passwords, tokens, loginLimit, meters }: Shop): void {
  const logins = meters.counter('logins_total', 'Logins, by result.', ['result']);
  const [accepted, refused] = [logins.of('accepted'), logins.of('refused')];

  app.post<{ Body: { login: string; password: string } }>(
    '/api/auth/login',
    { schema: loginSchema, config: open },
    async (request, reply) => {
      const { login, password } = request.body;
      const user = await db.query
        .selectFrom('users')
        .select(['id', 'login', 'name', 'password_hash'])
        .where('login', '=', login)
        .executeTakeFirst();
      // By its id, so that another spelling that the database takes for the same is no other account. What is no account counts alike.
      const account = user === undefined ? `none ${login}` : accountOf(user.id);
      const check = (): Promise<boolean> => passwords.verify(password, user?.password_hash);
      if (!(await loginLimit.attempt(request.raw, account, check)) || user === undefined) {
        refused.add();
        throw releasesError('LOGIN_FAILED', {});
      }
      accepted.add();
      const answer = answerWith(await asking(tokens.open(user.id)), reply);
      return { ...answer, user: { id: user.id, login: user.login, name: user.name } };
    },
  );

  app.post<{ Body: { refresh_token: string } }>(
    '/api/auth/refresh',
    { schema: refreshSchema, config: open },
    async (request, reply) => answerWith(await asking(tokens.refresh(request.body.refresh_token)), reply),
  );

  // By the refresh token (RFC 7009), for whose access token is over; or by the access token.
  app.post('/api/auth/logout', { schema: logoutSchema, config: open }, async (request, reply) => {
    const sent = (request.body as { refresh_token?: unknown } | null | undefined)?.refresh_token;
    if (typeof sent === 'string') await asking(tokens.revokeRefresh(sent));
    else await asking(tokens.revokeFamily((await identify(request, tokens)).claims));
    return reply.status(204).send();
  });
}

/** Asks for a token before any route that is added after it. */
export function requireToken(app: FastifyInstance, { tokens }: Shop): void {
  app.addHook('onRequest', async (request) => {
    request.setDecorator(callerKey, await identify(request, tokens));
  });
}

export function meRoutes(app: FastifyInstance, shop: Shop): void {
  const { db, tokens, rights } = shop;
  app.post('/api/auth/logout-everywhere', { schema: everywhereSchema }, async (request, reply) => {
    await asking(tokens.revokeUser(callerOf(request).id));
    return reply.status(204).send();
  });

  app.get('/api/auth/me', { schema: meSchema }, async (request) => {
    const { id } = callerOf(request);
    const [person, held] = await Promise.all([findPerson(db.query, id), rights.of(id)]);
    // The token outlives its account.
    if (person === undefined) throw releasesError('TOKEN_INVALID', { reason: 'its account is gone' });
    return { ...person, permissions: [...held] };
  });

  app.put<{ Body: { password: string; new_password: string } }>(
    '/api/auth/password',
    { schema: passwordSchema },
    async (request, reply) => {
      const { id } = callerOf(request);
      await changePassword(shop, request, request.body);
      return answerWith(await asking(tokens.open(id)), reply);
    },
  );
}

/** Whoever holds a token alone cannot take the account over: the password is asked, and guesses at it count as those at the login do. */
async function changePassword(
  { db, passwords, loginLimit, entropy, tokens }: Shop,
  request: FastifyRequest,
  { password, new_password }: { readonly password: string; readonly new_password: string },
): Promise<void> {
  const { id } = callerOf(request);
  const query = db.query.selectFrom('users').select('password_hash').where('id', '=', id);
  const user = await query.executeTakeFirst();
  const check = (): Promise<boolean> => passwords.verify(password, user?.password_hash);
  if (!(await loginLimit.attempt(request.raw, accountOf(id), check))) {
    throw releasesError('REQUEST_INVALID', {
      what: 'password',
      is: 'not that of the account',
      expected: 'the present one',
    });
  }
  const password_hash = await passwords.hash(new_password, entropy(saltBytes));
  await db.query.updateTable('users').set({ password_hash }).where('id', '=', id).execute();
  await asking(tokens.revokeUser(id));
}

/** As its logins are counted. */
function accountOf(id: string): string {
  return `id ${id}`;
}

async function identify(request: FastifyRequest, tokens: Shop['tokens']): Promise<Caller> {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (token === undefined) throw releasesError('TOKEN_MISSING', {});
  const claims = await tokens.validate(token);
  return { id: claims.user, login: String(claims.extra['login']), claims };
}

/** What fails for want of the state says so: a database that is away has the same codes. */
async function asking<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    const away = error instanceof PalierError && error.code.startsWith('PALIER_STATE_') && error.retry !== 'never';
    throw away ? releasesError('STATE_AWAY', {}, { cause: error }) : error;
  }
}

/** As RFC 6749, 5.1 has it; no cache may keep it. */
function answerWith({ accessToken, refreshToken }: TokenPair, reply: FastifyReply): object {
  reply.header('cache-control', 'no-store');
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    token_type: 'Bearer',
    expires_in: lifeSecondsOf(accessToken),
  };
}

/** From the token itself, which we have just written: no clock of ours may differ from the engine's then. */
function lifeSecondsOf(accessToken: string): number {
  const { iat, exp } = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString());
  return Number(exp) - Number(iat);
}
