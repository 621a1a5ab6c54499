/** Signing in by Twitch's authorization code flow, and out. The state of the flow is kept in the browser's own session, and is good for one answer. */
import { type Session, sessionOf } from '@palier/kit/session';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { TwitchTokens } from '../consent/identity.ts';
import { chattersError } from '../errors.ts';
import { type Begun, begin, isAnswered } from './begun.ts';
import { field, type GatewayDesk, sendPage } from './desk.ts';
import { html } from '@palier/base/html';
import { page } from './pages/layout.ts';

export function signInRoutes(app: FastifyInstance, desk: GatewayDesk): void {
  const { identity, consents, clock, around, options } = desk;
  const backTo = ({ host }: FastifyRequest): string => {
    const url = URL.parse('/auth/callback', options.publicUrl ?? `http://${host}`);
    if (url !== null) return url.href;
    throw chattersError('REQUEST_INVALID', { what: 'Host', is: host.slice(0, 60), expected: 'the name of a host' });
  };

  app.get('/', async (request, reply) => {
    if (sessionOf(request).user !== undefined) return reply.redirect('/channels', 303);
    const body = html`<p>See who is in the chat of your channel, and which of the accounts were opened together.</p>
<p><a href="/auth/login">Sign in with Twitch</a></p>
<p>It asks for two rights: to see which channels you moderate, and to read their lists of chatters. Nothing is written, nobody is banned.</p>`;
    return sendPage(reply, page({ title: 'Who is in your chat?' }, body));
  });

  app.get('/auth/login', async (request, reply) => {
    const state = around.entropy(18).toString('base64url');
    sessionOf(request).set('signIn', begin(state, clock.epochMs()));
    return reply.redirect(identity.consentUrl(backTo(request), state), 303);
  });

  if (options.simulated) simulatedRoute(app, desk);

  app.get('/auth/callback', async (request, reply) => {
    const opened = sessionOf(request);
    const begun = opened.get<Begun>('signIn');
    opened.delete('signIn');
    if (!isAnswered(begun, field(request.query, 'state'), clock.epochMs())) throw chattersError('SIGN_IN', {});
    const code = codeOf(request.query);
    if (code === '') throw chattersError('TWITCH_CONSENT', { reason: 'you did not consent' });
    await welcome(desk, opened, await identity.exchange(code, backTo(request)));
    return reply.redirect('/channels', 303);
  });

  app.post('/auth/logout', async (request, reply) => {
    const opened = sessionOf(request);
    // Captures that are under way go on; the consent goes with the last of them.
    if (opened.user !== undefined) await consents.signOut(opened.user);
    opened.end();
    return reply.redirect('/', 303);
  });
}

/**
 * Only beside the simulator: `GET /auth/simulated?as=LOGIN` plays the browser's part, since the users of a load visit one site alone. Twitch
 * itself would not know what `as` is.
 */
function simulatedRoute(app: FastifyInstance, desk: GatewayDesk): void {
  const back = 'http://127.0.0.1/auth/callback';
  app.get('/auth/simulated', async (request, reply) => {
    const url = new URL(desk.identity.consentUrl(back, 'simulated'));
    url.searchParams.set('as', field(request.query, 'as'));
    const sent = await fetch(url, { redirect: 'manual' });
    const code = URL.parse(sent.headers.get('location') ?? '')?.searchParams.get('code') ?? '';
    await welcome(desk, sessionOf(request), await desk.identity.exchange(code, back));
    return reply.redirect('/channels', 303);
  });
}

/** The user is known, the consent kept, the session the user's. */
async function welcome(
  { identity, consents, sql, clock }: GatewayDesk,
  opened: Session,
  tokens: TwitchTokens,
): Promise<void> {
  const { id, login } = await identity.whose(tokens.access);
  const user = { id, login, display_name: login, signed_in_at: clock.epochMs() };
  const insert = sql.query.insertInto('users').values(user);
  await sql.words.upsert(insert, ['id'], ['login', 'display_name', 'signed_in_at']).execute();
  await consents.keep(id, tokens);
  opened.login(id);
  opened.set('login', login);
}

/** A code is longer than a field of a form. */
function codeOf(query: unknown): string {
  const { code } = query as { readonly code?: unknown };
  return typeof code === 'string' && code.length <= 2000 ? code : '';
}
