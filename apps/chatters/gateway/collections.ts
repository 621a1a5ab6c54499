/** The collections of a user with their captures and how far each is; saved, deleted, all deleted. */
import type { FastifyInstance } from 'fastify';
import { underWay } from '../capture/desk.ts';
import { purge, remove, save } from '../collections/change.ts';
import { collectionDefaults } from '../collections/options.ts';
import type { CaptureRow, CollectionRow } from '../database/tables.ts';
import { field, type GatewayDesk, sendPage, shownStates, userOf } from './desk.ts';
import { type Html, html } from '@palier/base/html';
import { page, wide } from './pages/layout.ts';
import { hourOf, minuteOf, progressOf } from './pages/reasons.ts';

/** Shown on one page; older ones are still in their analysis and exports. */
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
    // Whoever reads more slowly than that stops it.
    const still = field(request.query, 'still') !== '';
    const frame = { title: 'Captures', login: user.login, againSeconds: moving && !still ? againSeconds : undefined };
    const body = html`${moving ? drawMoving(still) : null}${drawn}${about}`;
    return sendPage(reply, page(frame, collections.length === 0 ? none : body));
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

const about = html`<p>Captures of one day belong together and go after it unless they are saved. ${collectionDefaults.mostSaved} are kept saved; one more drops the oldest.</p>
<details><summary>Delete everything</summary><form method="post" action="/collections/purge"><button>Delete all captures, saved ones too</button></form></details>`;

function drawMoving(still: boolean): Html {
  return still
    ? html`<p><a href="/collections">Look again by itself</a></p>`
    : html`<p>This page looks again every ${againSeconds} seconds. <a href="/collections?still=1">Stop that</a></p>`;
}

function drawCollection({ id, state, created_at, expires_at }: CollectionRow, captures: readonly CaptureRow[]): Html {
  const until = state === 'saved' ? 'saved' : `until ${minuteOf(expires_at)}`;
  const from = minuteOf(created_at);
  const form = (does: string, path: string): Html =>
    html`<form method="post" action="/collections/${id}/${path}"><button aria-label="${does} the captures of ${from}">${does}</button></form>`;
  return html`<section><h2>${from} (${until}, UTC)</h2>
<p><a href="/collections/${id}" aria-label="Analysis of ${from}">Analysis</a> · <a href="/collections/${id}/export.csv" aria-label="CSV of ${from}">CSV</a> · <a href="/collections/${id}/export.json" aria-label="JSON of ${from}">JSON</a>
${state === 'saved' ? null : form('Save', 'save')} ${form('Delete', 'delete')}</p>
${wide(`Captures of ${from}`, html`<table><tr><th>Begun</th><th>Channel</th><th>How far</th></tr>${captures.map(drawCapture)}</table>`)}</section>`;
}

function drawCapture(capture: CaptureRow): Html {
  const { text, share } = progressOf(capture);
  const login = capture.broadcaster_login;
  const bar =
    share === null ? null : html`<progress aria-label="${login}" value="${share.toFixed(3)}" max="1"></progress>`;
  return html`<tr class="${capture.state}"><td class="when">${hourOf(capture.created_at)}</td><td>${login}</td><td>${bar} ${text}</td></tr>`;
}
