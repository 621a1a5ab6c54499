/** The analysis of a collection as a page: when its accounts were opened, what stands out, and who is worth a look and why. */
import type { FastifyInstance } from 'fastify';
import type { DrawnCluster, Summary, SuspectGroup } from '../analysis/summary.ts';
import type { CollectionRow } from '../database/tables.ts';
import { chattersError } from '../errors.ts';
import { field, type GatewayDesk, sendPage, shownStates, userOf } from './desk.ts';
import { barChart } from './pages/chart.ts';
import { type Html, html } from '@palier/base/html';
import { page, wide } from './pages/layout.ts';
import { inWords, minuteOf } from './pages/reasons.ts';

const hourMs = 3_600_000;

export function analysisRoutes(app: FastifyInstance, desk: GatewayDesk): void {
  const show = async (collection: CollectionRow, login: string): Promise<string> => {
    const title = `Analysis of ${minuteOf(collection.created_at)}`;
    return page({ title, login }, drawSummary(await summaryOf(desk, collection.id)));
  };

  app.get('/analysis', async (request, reply) => {
    const user = userOf(request);
    const own = desk.sql.query.selectFrom('collections').selectAll().where('user_id', '=', user.id);
    const newest = own.where('state', 'in', shownStates).orderBy('created_at', 'desc').limit(1);
    const collection = await newest.executeTakeFirst();
    if (collection === undefined) return reply.redirect('/collections', 303);
    return sendPage(reply, await show(collection, user.login));
  });

  app.get('/collections/:id', async (request, reply) => {
    const user = userOf(request);
    const collection = await ownCollection(desk, user.id, field(request.params, 'id'));
    return sendPage(reply, await show(collection, user.login));
  });
}

/** Throws NOT_FOUND for another's, too. */
export async function ownCollection({ sql }: GatewayDesk, userId: string, id: string): Promise<CollectionRow> {
  const own = sql.query.selectFrom('collections').selectAll().where('id', '=', id).where('user_id', '=', userId);
  const row = await own.where('state', 'in', shownStates).executeTakeFirst();
  if (row === undefined) throw chattersError('NOT_FOUND', { what: `collection ${id.slice(0, 30)}` });
  return row;
}

async function summaryOf({ around, options }: GatewayDesk, id: string): Promise<Summary> {
  const timeoutMs = options.summaryTimeoutMs;
  const late = new AbortController();
  const cancel = around.timers.after(timeoutMs, () => late.abort());
  try {
    const answer = await fetch(new URL(`/collections/${id}/summary`, options.analysisUrl), { signal: late.signal });
    if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    return (await answer.json()) as Summary;
  } catch (error) {
    const reason = String((error as Error & { cause?: Error }).cause?.message ?? (error as Error).message);
    throw chattersError('SUMMARY_AWAY', { reason, timeoutMs }, { cause: error });
  } finally {
    cancel();
  }
}

function drawSummary(summary: Summary): Html {
  const { accounts, unknown, serviceBots, channels, clusters, months, suspects, suspected } = summary;
  if (accounts === 0)
    return html`<p>No capture of it is done yet. <a href="/collections">Look how far they are.</a></p>`;
  const of = channels.map(({ login, captures }) => `${login} (${captures})`).join(', ');
  const inCluster = new Set(clusters.map(({ fromMs }) => new Date(fromMs).toISOString().slice(0, 7)));
  const bars = months.map(({ month, count }) => ({ label: month, count, marked: inCluster.has(month) }));
  return html`<p>${accounts} accounts seen in ${of}; ${unknown} of them are deleted or suspended, ${serviceBots} are known helpers of chats and left out.</p>
<h2>When the accounts were opened</h2>${barChart('Accounts opened in each month', bars)}
<h2>${clusters.length === 0 ? 'No accounts stand out as opened together' : 'Opened together'}</h2>${clusters.map(drawCluster)}
${drawDays(summary)}${drawNames(summary)}
${drawSuspects(suspects, suspected)}`;
}

/** A long list is shut until somebody wants it. */
const longList = 30;

function drawSuspects(suspects: readonly SuspectGroup[], suspected: number): Html {
  const listed = suspects.reduce((sum, { accounts }) => sum + accounts.length, 0);
  const some = listed < suspected ? html` ${listed} of them are listed.` : null;
  return html`<h2>Worth a look: ${suspected}</h2><p>Nobody is accused by one weak sign, and nobody is banned here: what to do is yours to say.${some}</p>
${suspects.map(drawGroup)}`;
}

function drawGroup({ reasons, accounts }: SuspectGroup): Html {
  const names = accounts.map(
    ({ id, login, createdMs }) =>
      html`<li><a href="/accounts/${id}">${login}</a>${createdMs === null ? null : html` <span class="when">${minuteOf(createdMs)}</span>`}</li>`,
  );
  const all = html`<summary>${accounts.length}: ${reasons.map(inWords).join('; ')}</summary><ul class="names">${names}</ul>`;
  return names.length > longList ? html`<details>${all}</details>` : html`<details open>${all}</details>`;
}

function drawCluster({ fromMs, toMs, count, expected, hours, hoursFromMs }: DrawnCluster): Html {
  const bars = hours.map((opened, place) => {
    const atMs = hoursFromMs + place * hourMs;
    const marked = atMs + hourMs > fromMs && atMs <= toMs;
    return { label: minuteOf(atMs).slice(5), count: opened, marked };
  });
  const title = `${count} accounts from ${minuteOf(fromMs)} to ${minuteOf(toMs)} (UTC), where ${expected.toFixed(1)} are usual`;
  return html`<h3>${title}</h3>${barChart('Accounts opened in each hour', bars)}`;
}

function drawDays({ days }: Summary): Html {
  const rows = days.map(
    ({ date, count, expected, logins }) =>
      html`<tr><td class="when">${date}</td><td class="count">${count}</td><td class="count">${expected.toFixed(1)}</td><td class="some">${logins.slice(0, 10).join(', ')}</td></tr>`,
  );
  const table = html`<table><tr><th>Day</th><th class="count">Accounts</th><th class="count">Usual</th><th>Some of them</th></tr>${rows}</table>`;
  return html`<h2>The days on which most were opened</h2>${wide('Days', table)}`;
}

function drawNames({ families, renamed }: Summary): Html {
  const series = families.map(
    ({ stem, count, logins }) =>
      html`<tr><td>${stem}…</td><td class="count">${count}</td><td class="some">${logins.slice(0, 10).join(', ')}</td></tr>`,
  );
  const changed = renamed.map(
    ({ id, login, times }) => html`<li><a href="/accounts/${id}">${login}</a> ${times} times</li>`,
  );
  const table = html`<table><tr><th>Beginning</th><th class="count">Names</th><th>Some of them</th></tr>${series}</table>`;
  return html`${series.length === 0 ? null : html`<h2>Names in series</h2>${wide('Names in series', table)}`}
${changed.length === 0 ? null : html`<h2>Names that change</h2><ul class="names">${changed}</ul>`}`;
}
