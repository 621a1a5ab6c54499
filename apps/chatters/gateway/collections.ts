/** The collections of a user with their captures and how far each is; saved, deleted, all deleted. */
import type { FastifyInstance } from 'fastify';
import { underWay } from '../capture/desk.ts';
import { purge, remove, save } from '../collections/change.ts';
import type { CaptureRow, CollectionRow } from '../database/tables.ts';
import { field, type GatewayDesk, sendPage, shownStates, userOf } from './desk.ts';
import { type Html, html } from './pages/html.ts';
import { page } from './pages/layout.ts';
import { minuteOf, progressOf } from './pages/reasons.ts';

/** Shown on one page; older ones are still in the exports. */
const mostCaptures = 500;
const againSeconds = 2;

export function collectionRoutes(app: FastifyInstance, desk: GatewayDesk): void {
  const { query } = desk.sql;

  app.get('/collections', async (request, reply) => {
    const user = userOf(request);
    const own = query.selectFrom('collections').selectAll().where('user_id', '=', user.id);
    const collections = await own.where('state', 'in', shownStates).orderBy('created_at', 'desc').execute();
    const ids = collections.map(({ id }) => id);
    const all = query.selectFrom('captures').selectAll().orderBy('created_at', 'desc').limit(mostCaptures);
    const captures = ids.length === 0 ? [] : await all.where('collection_id', 'in', ids).execute();
    const moving = captures.some(({ state }) => underWay.includes(state));
    const drawn = collections.map((one) =>
      drawCollection(
        one,
        captures.filter(({ collection_id: id }) => id === one.id),
      ),
    );
    const none = html`<p>There is none yet. <a href="/channels">Choose a channel</a> and capture its chat.</p>`;
    const everything = html`<p><form method="post" action="/collections/purge"><button class="quiet">Delete all, saved ones too</button></form></p>`;
    const frame = { title: 'Captures', login: user.login, againSeconds: moving ? againSeconds : undefined };
    return sendPage(reply, page(frame, collections.length === 0 ? none : html`${drawn}${everything}`));
  });

  app.post('/collections/purge', async (request, reply) => {
    await purge(desk, userOf(request).id);
    return reply.redirect('/collections', 303);
  });

  app.post('/collections/:id/save', async (request, reply) => {
    await save(desk, userOf(request).id, field(request.params, 'id'));
    return reply.redirect('/collections', 303);
  });

  app.post('/collections/:id/delete', async (request, reply) => {
    await remove(desk, userOf(request).id, field(request.params, 'id'));
    return reply.redirect('/collections', 303);
  });
}

function drawCollection({ id, state, created_at, expires_at }: CollectionRow, captures: readonly CaptureRow[]): Html {
  const until = state === 'saved' ? 'saved' : `until ${minuteOf(expires_at)}`;
  const saves =
    state === 'saved' ? null : html`<form method="post" action="/collections/${id}/save"><button>Save</button></form>`;
  return html`<section><h2>${minuteOf(created_at)} (${until})</h2>
<p><a href="/collections/${id}">Analysis</a> · <a href="/collections/${id}/export.csv">CSV</a> · <a href="/collections/${id}/export.json">JSON</a>
${saves} <form method="post" action="/collections/${id}/delete"><button>Delete</button></form></p>
<div class="scroll"><table>${captures.map(drawCapture)}</table></div></section>`;
}

function drawCapture(capture: CaptureRow): Html {
  const { text, share } = progressOf(capture);
  const bar = share === null ? null : html`<progress value="${share.toFixed(3)}" max="1"></progress>`;
  return html`<tr class="${capture.state}"><td>${minuteOf(capture.created_at)}</td><td>${capture.broadcaster_login}</td><td>${bar} ${text}</td></tr>`;
}
