/** What is known of queues and jobs, drawn: every text of a job is text, whatever stands in it. Pure. */
import { formatDuration } from '@palier/base/duration';
import { type Html, html } from '@palier/base/html';
import { endedStates, isLive, type JobState, liveStates } from '../states/states.ts';
import type { Depth, JobPage, JobView } from '../store/desk.ts';
import { wide } from './frame.ts';

export interface QueueView {
  readonly name: string;
  readonly paused: boolean;
  readonly depths: readonly Depth[];
}

export interface ListView extends QueueView, JobPage {
  readonly state: JobState;
}

export interface Drawing {
  /** Without the slash at its end. */
  readonly path: string;
  readonly mayChange: boolean;
  readonly nowMs: number;
}

export const allStates: readonly JobState[] = [...liveStates, ...endedStates];

/** More of one text is not for people, and no page. */
const maxShown = 20_000;
const maxLine = 120;

export function queueHref(path: string, queue: string): string {
  return `${path}/${encodeURIComponent(queue)}`;
}

export function drawQueues(queues: readonly QueueView[], { path }: Drawing): Html {
  const rows = queues.map(
    ({ name, paused, depths }) =>
      html`<tr><th scope="row"><a href="${queueHref(path, name)}">${name}</a></th>
<td>${paused ? html`<b class="wrong">paused</b>` : 'open'}</td><td class="count">${waitingOf(depths)}</td>${depths.map(
        ({ state, jobs, exact }) =>
          html`<td class="count">${
            jobs === 0
              ? html`<span class="none">0</span>`
              : html`<a href="${queueHref(path, name)}?state=${state}">${countOf(jobs, exact)}</a>`
          }</td>`,
      )}</tr>`,
  );
  const states = allStates.map((state) => html`<th scope="col" class="count">${state}</th>`);
  return html`<h1>Queues</h1>${wide(
    'Queues',
    html`<table><thead><tr><th scope="col">Queue</th><th scope="col">Takes</th><th scope="col" class="count">Next waits</th>${states}</tr></thead>
<tbody>${rows}</tbody></table>`,
  )}`;
}

export function drawList({ name, paused, depths, state, jobs, next }: ListView, drawing: Drawing): Html {
  const own = queueHref(drawing.path, name);
  const states = depths.map(({ state: each, jobs: count, exact }) => {
    const current = each === state ? html` aria-current="page"` : null;
    return html`<li><a href="${own}?state=${each}"${current}>${each} <b>${countOf(count, exact)}</b></a></li>`;
  });
  const rows = jobs.map((job) => drawRow(job, own, drawing));
  const waits = waitingOf(depths);
  const button = drawing.mayChange ? drawAct(own, paused ? 'resume' : 'pause') : null;
  const more =
    next === undefined ? null : html`<p><a href="${own}?state=${state}&amp;after=${next}">The next ones</a></p>`;
  return html`<h1>${name}</h1>
<div class="line">${paused ? html`<b class="wrong">Paused: no worker takes any more.</b>` : html`<span>Open.</span>`}${
    waits === '' ? null : html`<span>The next one waits for ${waits}.</span>`
  }${button}</div>
<nav aria-label="States"><ul class="states">${states}</ul></nav>
${
  jobs.length === 0
    ? html`<p>No job is ${state} here.</p>`
    : wide(
        `Jobs that are ${state}`,
        html`<table><thead><tr><th scope="col">Job</th><th scope="col">Name</th><th scope="col" class="count">Begun</th>
<th scope="col">Added</th><th scope="col">${isLive(state) ? (state === 'delayed' ? 'Due' : 'Ready') : 'Ended'}</th><th scope="col">Reason or progress</th><th scope="col">Payload</th></tr></thead><tbody>${rows}</tbody></table>`,
      )
}${more}`;
}

export function drawJob(job: JobView, queue: string, drawing: Drawing): Html {
  const own = `${queueHref(drawing.path, queue)}/${job.id}`;
  const live = isLive(job.state);
  const button = drawing.mayChange ? drawAct(own, live ? 'cancel' : 'retry') : null;
  const facts: readonly (readonly [string, Html | string | undefined])[] = [
    ['State', live ? job.state : html`<b>${job.state}</b>`],
    ['Why', job.reason],
    ['Begun', attemptsOf(job)],
    ['Priority', String(job.priority)],
    ['Added', drawTime(job.addedAtMs, drawing.nowMs)],
    [
      job.state === 'delayed' ? 'Due' : 'Ready since',
      job.dueAtMs === undefined ? undefined : drawTime(job.dueAtMs, drawing.nowMs),
    ],
    ['Ended', job.endedAtMs === undefined ? undefined : drawTime(job.endedAtMs, drawing.nowMs)],
    ['Group', job.group],
    ['Lane', job.lane],
    ['Key', job.key],
    ['Trace', job.trace],
  ];
  const texts: readonly (readonly [string, unknown])[] = [
    ['Progress', job.progress],
    ['Payload', job.payload],
    ['Saved', job.saved],
    ['Result', job.result],
    ['Last error', job.error],
  ];
  return html`<div class="line"><h1>${job.name} ${job.id}</h1>${button}</div>
<dl>${facts.map(([name, value]) => (value === undefined ? null : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>
${texts.map(([name, value]) => (value === undefined ? null : html`<h2>${name}</h2><pre tabindex="0">${shown(value)}</pre>`))}`;
}

function drawRow(job: JobView, own: string, { nowMs }: Drawing): Html {
  const progress = job.progress === undefined ? undefined : JSON.stringify(job.progress);
  const wrong = [job.reason, job.error].filter((text) => text !== undefined).map(lineOf);
  const atMs = job.endedAtMs ?? job.dueAtMs;
  return html`<tr><th scope="row"><a href="${own}/${job.id}">${job.id}</a></th><td>${job.name}</td><td class="count">${job.attempt}</td>
<td class="when">${drawTime(job.addedAtMs, nowMs)}</td><td class="when">${atMs === undefined ? null : drawTime(atMs, nowMs)}</td>
<td class="why">${wrong.length > 0 ? html`<span class="wrong">${wrong.join(': ')}</span>` : progress === undefined ? null : lineOf(progress)}</td>
<td class="why">${job.payload === undefined ? null : lineOf(JSON.stringify(job.payload))}</td></tr>`;
}

const acts = { pause: 'Pause', resume: 'Resume', cancel: 'Cancel', retry: 'Begin anew' };

function drawAct(own: string, act: keyof typeof acts): Html {
  return html`<form method="post" action="${own}/${act}"><button>${acts[act]}</button></form>`;
}

function drawTime(atMs: number, nowMs: number): Html {
  const time = new Date(atMs).toISOString();
  const away = formatDuration(Math.abs(nowMs - atMs));
  return html`<time datetime="${time}" title="${time}">${atMs > nowMs ? `in ${away}` : `${away} ago`}</time>`;
}

function attemptsOf({ attempt, crashes }: JobView): string {
  const times = attempt === 0 ? 'not yet' : attempt === 1 ? 'once' : `${attempt} times`;
  return crashes === 0 ? times : `${times}; lost with its worker: ${crashes}`;
}

function countOf(jobs: number, exact: boolean): string {
  return `${jobs.toLocaleString('en')}${exact ? '' : ' or more'}`;
}

/** Of ready ones; empty: none waits. */
function waitingOf(depths: readonly Depth[]): string {
  const waitingMs = depths.find(({ state }) => state === 'ready')?.waitingMs;
  return waitingMs === undefined ? '' : formatDuration(waitingMs);
}

function lineOf(text: string): string {
  const line = text.split('\n', 1)[0] as string;
  return line.length <= maxLine ? line : `${line.slice(0, maxLine - 1)}…`;
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return text.length <= maxShown ? text : `${text.slice(0, maxShown)}…\n\n(${text.length} characters in all)`;
}
