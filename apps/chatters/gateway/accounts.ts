/** What is known of one account: only to who has seen it in a chat. */
import type { FastifyInstance } from 'fastify';
import { chattersError } from '../errors.ts';
import { field, type GatewayDesk, sendPage, userOf } from './desk.ts';
import { html } from '@palier/base/html';
import { page, wide } from './pages/layout.ts';
import { minuteOf } from './pages/reasons.ts';

const mostCaptures = 100;

export function accountRoutes(app: FastifyInstance, { sql: { query } }: GatewayDesk): void {
  app.get('/accounts/:id', async (request, reply) => {
    const user = userOf(request);
    const id = field(request.params, 'id');
    const seen = query
      .selectFrom('captures')
      .innerJoin('capture_chatters', 'capture_chatters.capture_id', 'captures.id')
      .select(['captures.created_at', 'captures.broadcaster_login'])
      .where('captures.user_id', '=', user.id)
      .where('capture_chatters.account_id', '=', id);
    const captures = await seen.orderBy('captures.created_at', 'desc').limit(mostCaptures).execute();
    const account = await query.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst();
    if (captures.length === 0 || account === undefined)
      throw chattersError('NOT_FOUND', { what: `account ${id.slice(0, 20)}` });
    const named = query.selectFrom('account_names').selectAll().where('account_id', '=', id);
    const names = await named.orderBy('first_seen_at').execute();
    const opened = account.created_at === null ? 'unknown' : minuteOf(account.created_at);
    const gone = account.gone === 1 ? html`<p class="failed">Twitch knows this account no more.</p>` : null;
    const body = html`${gone}<p>Opened: ${opened} (UTC). First seen here: ${minuteOf(account.first_seen_at)}.</p>
<h2>Names</h2>${wide('Names', html`<table><tr><th>Login</th><th>Seen since</th></tr>${names.map(({ login, first_seen_at: atMs }) => html`<tr><td>${login}</td><td class="when">${minuteOf(atMs)}</td></tr>`)}</table>`)}
<h2>Seen in your captures</h2>${wide('Captures', html`<table><tr><th>Captured</th><th>Channel</th></tr>${captures.map(({ created_at: atMs, broadcaster_login: login }) => html`<tr><td class="when">${minuteOf(atMs)}</td><td>${login}</td></tr>`)}</table>`)}`;
    return sendPage(reply, page({ title: account.login, login: user.login }, body));
  });
}
