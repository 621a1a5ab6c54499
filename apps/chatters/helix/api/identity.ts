/**
 * The identity service: authorization code flow, refresh, validation, revocation (https://dev.twitch.tv/docs/authentication). Who logs in
 * chooses a streamer from a page instead of typing a password; `as=LOGIN` chooses without the page, for tests and loads.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { GrantKind } from '../grants.ts';
import type { Simulation } from '../simulation.ts';

/** A code is exchanged at once; a refresh token lives until it is revoked. */
const codeLifeMs = 60_000;
const refreshLifeMs = 365 * 86_400_000;

type Fields = Readonly<Record<string, string | undefined>>;

export function identityRoutes(app: FastifyInstance, simulation: Simulation): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  authorizeRoute(app, simulation);
  tokenRoutes(app, simulation);
}

function authorizeRoute(app: FastifyInstance, { world, options, grants, clock }: Simulation): void {
  app.get('/oauth2/authorize', async (request, reply) => {
    const query = request.query as Fields;
    const back = URL.parse(query['redirect_uri'] ?? '');
    if (query['client_id'] !== options.clientId) return objected(reply, 400, 'invalid client');
    // The real one knows its clients' addresses; this one takes any of this machine.
    if (back === null || !['127.0.0.1', 'localhost', '[::1]'].includes(back.hostname)) {
      return objected(reply, 400, 'redirect_mismatch');
    }
    if (query['response_type'] !== 'code') return objected(reply, 400, 'invalid response type');
    const chosen = query['as'];
    if (chosen === undefined) return reply.type('text/html').send(consentPage(request.url, world.streamers));
    const streamer = world.streamers.find(({ login }) => login === chosen);
    if (streamer === undefined) {
      back.searchParams.set('error', 'access_denied');
    } else {
      const issuedMs = clock.epochMs();
      const scopes = (query['scope'] ?? '').split(/[ +]/).filter((scope) => scope !== '');
      const code = { kind: 'code', userId: streamer.id, scopes, issuedMs, expiresMs: issuedMs + codeLifeMs } as const;
      back.searchParams.set('code', grants.seal(code));
      back.searchParams.set('scope', scopes.join(' '));
    }
    if (query['state'] !== undefined) back.searchParams.set('state', query['state']);
    return reply.redirect(back.href);
  });
}

function tokenRoutes(app: FastifyInstance, { world, options, grants, clock }: Simulation): void {
  app.post('/oauth2/token', async (request, reply) => {
    const fields = { ...(request.query as Fields), ...((request.body ?? {}) as Fields) };
    if (fields['client_id'] !== options.clientId) return objected(reply, 400, 'invalid client');
    if (fields['client_secret'] !== options.clientSecret) return objected(reply, 403, 'invalid client secret');
    const refreshing = fields['grant_type'] === 'refresh_token';
    if (!refreshing && fields['grant_type'] !== 'authorization_code') return objected(reply, 400, 'invalid grant type');
    const kind: GrantKind = refreshing ? 'refresh' : 'code';
    const given = fields[refreshing ? 'refresh_token' : 'code'] ?? '';
    const nowMs = clock.epochMs();
    const grant = grants.open(kind, given, nowMs);
    if (grant === undefined || (!refreshing && !grants.spend(given))) {
      return objected(reply, 400, refreshing ? 'Invalid refresh token' : 'Invalid authorization code');
    }
    const { userId, scopes } = grant;
    const access = {
      kind: 'access',
      userId,
      scopes,
      issuedMs: nowMs,
      expiresMs: nowMs + options.accessLifeMs,
    } as const;
    const refresh = { kind: 'refresh', userId, scopes, issuedMs: nowMs, expiresMs: nowMs + refreshLifeMs } as const;
    return {
      access_token: grants.seal(access),
      expires_in: Math.floor(options.accessLifeMs / 1000),
      refresh_token: refreshing ? given : grants.seal(refresh),
      scope: scopes,
      token_type: 'bearer',
    };
  });

  app.get('/oauth2/validate', async (request, reply) => {
    const token = /^(?:OAuth|Bearer) (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const nowMs = clock.epochMs();
    const grant = grants.open('access', token, nowMs);
    if (grant === undefined) return objected(reply, 401, 'invalid access token');
    return {
      client_id: options.clientId,
      login: world.streamer(grant.userId)?.login ?? '',
      scopes: grant.scopes,
      user_id: grant.userId,
      expires_in: Math.floor((grant.expiresMs - nowMs) / 1000),
    };
  });

  app.post('/oauth2/revoke', async (request, reply) => {
    const fields = { ...(request.query as Fields), ...((request.body ?? {}) as Fields) };
    if (fields['client_id'] !== options.clientId) return objected(reply, 400, 'invalid client');
    const token = fields['token'] ?? '';
    if (grants.open('access', token, clock.epochMs()) === undefined) return objected(reply, 400, 'Invalid token');
    grants.revoke(token);
    return reply.status(200).send();
  });
}

function objected(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply.status(status).send({ status, message });
}

/** Names come from the world alone, and are of letters, digits and underscores. */
function consentPage(url: string, streamers: Simulation['world']['streamers']): string {
  const link = (login: string): string => `<li><a href="${escaped(`${url}&as=${login}`)}">${login}</a></li>`;
  const names = streamers.slice(0, 6).concat(streamers.filter(({ moderates }) => moderates.length > 0).slice(0, 10));
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Simulated Twitch</title>
<style>body{font:16px/1.6 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}</style>
<main><h1>Simulated Twitch</h1><p>This stands in for Twitch on a machine of your own. Go on as</p><ul>${names.map(({ login }) => link(login)).join('')}</ul></main></html>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
