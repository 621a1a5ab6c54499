/**
 * Queues in a browser, and the same over HTTP as JSON: look, begin anew, call off, pause. For a service to mount where its own people may go; who
 * asks is the service's to know, and told with each request.
 *
 * | request | answer |
 * | --- | --- |
 * | `GET path` | all queues: `{ queues: [{ name, paused, depths }] }` |
 * | `GET path/QUEUE?state=ready&after=…` | one, with 50 jobs of a state: `{ name, paused, depths, state, jobs, next? }` |
 * | `GET path/QUEUE/ID` | a job |
 * | `POST path/QUEUE/pause`, `resume` | `{ did }` |
 * | `POST path/QUEUE/ID/cancel`, `retry` | `{ did }` |
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PalierError } from '@palier/base/error';
import { foreignSite } from '@palier/base/foreign';
import { type Html, html } from '@palier/base/html';
import { kitError } from '../../errors.ts';
import type { StateSurroundings } from '../../state/index.ts';
import type { Queue } from '../queue.ts';
import type { JobKinds } from '../jobs.ts';
import type { JobState } from '../states/states.ts';
import { allStates, drawJob, drawList, drawQueues, type Drawing, queueHref, type QueueView } from './draw.ts';
import { type Frame, guards, page } from './frame.ts';

/** `look`: all that the jobs hold. `change`: also to cancel, retry, pause, resume. */
export type QueueAccess = 'none' | 'look' | 'change';

export type ShownQueue = Pick<
  Queue<JobKinds>,
  'name' | 'look' | 'page' | 'depths' | 'cancel' | 'retry' | 'pause' | 'resume' | 'isPaused'
>;

export interface QueuePagesOptions {
  /** Where they are, as a browser asks for them. Default `/queues`. */
  readonly path?: string;
  /** Who may send forms, host and port as users write it, where that is not the request's `Host`. */
  readonly host?: string;
}

/** Answers each request below `path`, also one that fails. */
export type QueuePages = (request: IncomingMessage, response: ServerResponse, access: QueueAccess) => Promise<void>;

/** Throws PALIER_QUEUE_OPTION. */
export function queuePages(
  queues: readonly ShownQueue[],
  around: Pick<StateSurroundings, 'clock' | 'log'>,
  options: QueuePagesOptions = {},
): QueuePages {
  const { path = '/queues', host } = options;
  if (!/^(?:\/[\w.~-]+)+$/.test(path)) {
    throw kitError('PALIER_QUEUE_OPTION', { option: 'path', value: path, expected: 'as /admin/queues' });
  }
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  return async (request, response, access) => {
    // What comes with a request is of no interest; unread it would keep the connection busy.
    request.resume();
    const asked = askedOf(request, path);
    const drawing: Drawing = { path, mayChange: access === 'change', nowMs: around.clock.epochMs() };
    let answer: Answer;
    try {
      answer = notLet(asked, access, host) ?? (await answered(byName, asked, path));
    } catch (error) {
      answer = failed(error);
      around.log('warn', 'a page of the queues was not answered', { why: String(error) });
    }
    send(response, answer, asked, drawing);
  };
}

interface Asked {
  readonly request: IncomingMessage;
  readonly changes: boolean;
  /** After `path`; undefined: not below it. */
  readonly parts: readonly string[] | undefined;
  readonly query: URLSearchParams;
  readonly wantsJson: boolean;
}

type Answer =
  | {
      readonly kind: 'shown';
      readonly data: object;
      readonly title: string;
      readonly above: Frame['above'];
      draw(drawing: Drawing): Html;
    }
  | { readonly kind: 'did'; readonly did: keyof typeof told; readonly to: string }
  | { readonly kind: 'refused'; readonly status: number; readonly why: string };

const pageSize = 50;
const againS = 5;
const statuses: Readonly<Record<string, number>> = { PALIER_QUEUE_ASK: 400, PALIER_QUEUE_CLOSED: 503 };

const told = {
  paused: 'Paused: what runs goes on, and nothing more is taken.',
  resumed: 'Open again.',
  cancelled: 'Cancelled.',
  asked: 'It runs: its handler was told to stop.',
  retried: 'It begins anew, with all its attempts.',
  gone: 'Nothing was done: it is not there any more, or not in a state for it.',
} as const;

function askedOf(request: IncomingMessage, path: string): Asked {
  // Express takes off what it has matched, and keeps the whole there.
  const target = (request as { originalUrl?: string }).originalUrl ?? request.url ?? '/';
  const url = URL.parse(target, 'http://own');
  const below =
    url === null || !`${url.pathname}/`.startsWith(`${path}/`) ? undefined : url.pathname.slice(path.length);
  return {
    request,
    changes: request.method === 'POST',
    parts: below === undefined ? undefined : partsOf(below),
    query: url?.searchParams ?? new URLSearchParams(),
    wantsJson: request.headers.accept?.includes('application/json') ?? false,
  };
}

function partsOf(below: string): string[] | undefined {
  try {
    return below
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function notLet({ request, changes }: Asked, access: QueueAccess, host: string | undefined): Answer | undefined {
  const refused = (status: number, why: string): Answer => ({ kind: 'refused', status, why });
  if (access !== 'look' && access !== 'change') return refused(403, 'This is not for everybody.');
  if (!changes) {
    return request.method === 'GET' || request.method === 'HEAD'
      ? undefined
      : refused(405, 'Only GET, HEAD and POST are known.');
  }
  if (access !== 'change') return refused(403, 'You may look, and change nothing.');
  const from = foreignSite(request.headers, host ?? request.headers.host);
  return from === null ? undefined : refused(403, `The form is from another site (${from.slice(0, 60)}).`);
}

async function answered(queues: ReadonlyMap<string, ShownQueue>, asked: Asked, path: string): Promise<Answer> {
  const { changes, parts, query } = asked;
  if (parts === undefined) return nowhere;
  const [name, what, act] = parts;
  const queue = name === undefined ? undefined : queues.get(name);
  if (changes) return queue === undefined ? nowhere : changed(queue, what, act, path);
  if (name === undefined) return allOf([...queues.values()]);
  if (queue === undefined || act !== undefined) return nowhere;
  return what === undefined ? listOf(queue, query, path) : jobOf(queue, what, path);
}

const nowhere: Answer = { kind: 'refused', status: 404, why: 'There is no such queue, job or page.' };

function home(path: string): Frame['above'][number] {
  return { name: 'Queues', href: path };
}

async function allOf(queues: readonly ShownQueue[]): Promise<Answer> {
  const views = await Promise.all(queues.map(viewOf));
  return {
    kind: 'shown',
    data: { queues: views },
    title: 'Queues',
    above: [],
    draw: (drawing) => drawQueues(views, drawing),
  };
}

async function listOf(queue: ShownQueue, query: URLSearchParams, path: string): Promise<Answer> {
  const state = (query.get('state') ?? 'ready') as JobState;
  if (!allStates.includes(state)) return nowhere;
  const [view, jobs] = await Promise.all([viewOf(queue), queue.page(state, query.get('after') ?? undefined, pageSize)]);
  const list = { ...view, state, ...jobs };
  return {
    kind: 'shown',
    data: list,
    title: queue.name,
    above: [home(path)],
    draw: (drawing) => drawList(list, drawing),
  };
}

async function jobOf(queue: ShownQueue, id: string, path: string): Promise<Answer> {
  const number = numberIn(id);
  const job = number === undefined ? undefined : await queue.look(number);
  if (job === undefined) return nowhere;
  return {
    kind: 'shown',
    data: job,
    title: `${job.name} ${job.id}`,
    above: [home(path), { name: queue.name, href: `${queueHref(path, queue.name)}?state=${job.state}` }],
    draw: (drawing) => drawJob(job, queue.name, drawing),
  };
}

async function viewOf(queue: ShownQueue): Promise<QueueView> {
  const [paused, depths] = await Promise.all([queue.isPaused(), queue.depths(...allStates)]);
  return { name: queue.name, paused, depths };
}

async function changed(queue: ShownQueue, what = '', act: string | undefined, path: string): Promise<Answer> {
  const own = queueHref(path, queue.name);
  if (act === undefined) {
    if (what !== 'pause' && what !== 'resume') return nowhere;
    await queue[what]();
    return { kind: 'did', did: what === 'pause' ? 'paused' : 'resumed', to: own };
  }
  const id = numberIn(what);
  if (id === undefined || (act !== 'cancel' && act !== 'retry')) return nowhere;
  const did = act === 'cancel' ? await queue.cancel(id) : (await queue.retry(id)) === 1 ? 'retried' : 'gone';
  // A job that is kept for no time is gone when it has ended.
  return { kind: 'did', did, to: (await queue.look(id)) === undefined ? own : `${own}/${id}` };
}

function numberIn(text: string): number | undefined {
  const number = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

function failed(error: unknown): Answer {
  if (!(error instanceof PalierError)) return { kind: 'refused', status: 500, why: 'That did not work.' };
  const status = statuses[error.code] ?? (error.retry === 'never' ? 500 : 503);
  return { kind: 'refused', status, why: status === 400 ? error.message : 'The queue cannot be asked now.' };
}

function send(response: ServerResponse, answer: Answer, { query, wantsJson, request }: Asked, drawing: Drawing): void {
  const refused = answer.kind === 'refused';
  let status = refused ? answer.status : 200;
  const fields: Record<string, string> = { ...guards };
  if (status === 405) fields['allow'] = 'GET, HEAD, POST';
  if (answer.kind === 'did' && !wantsJson) {
    status = 303;
    fields['location'] = `${answer.to}?did=${answer.did}`;
  }
  let text = '';
  if (wantsJson) {
    text = JSON.stringify(refused ? { error: answer.why } : answer.kind === 'did' ? { did: answer.did } : answer.data);
  } else if (answer.kind !== 'did') {
    text = page(frameOf(answer, query, drawing), refused ? html`<p>${answer.why}</p>` : answer.draw(drawing));
  }
  fields['content-type'] = wantsJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8';
  response.writeHead(status, { ...fields, 'content-length': Buffer.byteLength(text) });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function frameOf(answer: Exclude<Answer, { kind: 'did' }>, query: URLSearchParams, { path }: Drawing): Frame {
  const did = query.get('did') as keyof typeof told | null;
  const next = new URLSearchParams(query);
  next.delete('did');
  const watched = query.has('again');
  if (watched) next.delete('again');
  else next.set('again', '');
  return {
    title: answer.kind === 'refused' ? 'Not shown' : answer.title,
    above: answer.kind === 'refused' ? [home(path)] : answer.above,
    told: did !== null && Object.hasOwn(told, did) ? told[did] : undefined,
    againS: watched ? againS : null,
    againHref: `?${next.toString()}`,
  };
}
