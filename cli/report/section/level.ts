/**
 * How large the load was and after which model: users, or arrivals as they were meant and as they began, and requests.
 */
import type { Phase, ScenarioReport } from '@palier/protocol';
import { arrivalWords, refusalWords } from '../../model-words.ts';
import { chart, type Line } from '../chart/chart.ts';
import { onGrid } from '../chart/grid.ts';
import { linearScale } from '../chart/scale.ts';
import { figure } from '../figures.ts';
import { type Html, html } from '../html.ts';
import type { Timeline } from '../timeline.ts';

/** Stands above all figures: what they mean depends on it. */
export function modelSentence({ arrivals, littlesLaw }: ScenarioReport): string {
  if (arrivals === null) {
    return `Closed model: a user sends the next request only after the answer to the last one and a time to think, ${figure(littlesLaw.thinkMs)} ms after each request on average. A slow system gets fewer requests.`;
  }
  return `Open model: tasks arrive ${arrivalWords[arrivals.spacing]}, whether or not the earlier ones are done, at most ${figure(arrivals.maxConcurrent)} at once. A slow system gets no fewer of them.`;
}

/** Below the verdict; null when none was refused. */
export function refusedNotice(scenario: ScenarioReport): Html | null {
  const { arrivals } = scenario;
  if (arrivals === null || arrivals.refused === 0) return null;
  const { refused, offered } = arrivals;
  return html`<p class="refused"><strong>${figure(refused)} of ${figure(offered)} arrivals were refused (${figure((100 * refused) / offered)} %):</strong> ${refusalWords(scenario)}</p>`;
}

export function levelTiles({ arrivals, phases, series }: ScenarioReport): Html {
  const most = Math.max(0, ...phases.map(({ toLevel }) => toLevel));
  if (arrivals === null) return html`<div><dt>Users at most</dt><dd>${figure(most)}</dd></div>`;
  const inUse = Math.max(0, ...series.map(({ users }) => users));
  return html`<div><dt>Arrivals/s at most</dt><dd>${figure(most)}</dd></div>
<div><dt>Tasks at once</dt><dd>${figure(inUse)}<small> of ${figure(arrivals.maxConcurrent)}</small></dd></div>
<div${arrivals.refused > 0 ? html` class="bad"` : null}><dt>Refused</dt><dd>${figure(arrivals.refused)}</dd></div>`;
}

export function loadSection(scenario: ScenarioReport, timeline: Timeline, id: string): Html {
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Load</h3>
<div class="two">${scenario.model === 'open' ? arrivalsChart(scenario, timeline) : null}${usersChart(scenario, timeline)}${requestsChart(scenario, timeline)}</div>
</section>`;
}

/** What the stages ask for, what began, and what was refused if anything was. */
function arrivalsChart({ series, phases }: ScenarioReport, { grid, axis }: Timeline): Html {
  const intended = grid.atMs.map((atMs) => meanLevel(phases, atMs - grid.stepMs, atMs));
  const began = onGrid(grid, series, 'mean', (point) => point.arrivalsPerSecond - point.refusedPerSecond);
  const refused = onGrid(grid, series, 'mean', (point) => point.refusedPerSecond);
  const lines: Line[] = [
    { name: 'intended', values: intended, colour: 8, dashed: true },
    { name: 'began', values: began, colour: 1 },
  ];
  const some = Math.max(0, ...known(refused));
  if (some > 0) lines.push({ name: 'refused', values: refused, colour: 9, filled: true });
  const highest = Math.max(0, ...known(intended), ...known(began), some);
  return chart({
    ...axis,
    title: 'Arrivals',
    summary: `At most ${figure(highest)} a second; ${some > 0 ? `at most ${figure(some)} a second were refused` : 'none was refused'}.`,
    unit: '/s',
    short: true,
    y: linearScale(highest),
    lines,
  });
}

/** Null beyond the last stage: nothing was intended there. */
function meanLevel(phases: readonly Phase[], fromMs: number, toMs: number): number | null {
  const end = phases.at(-1)?.endMs ?? 0;
  if (fromMs >= end) return null;
  let sum = 0;
  for (const { startMs, endMs, fromLevel, toLevel } of phases) {
    const [a, b] = [Math.max(fromMs, startMs), Math.min(toMs, endMs)];
    if (b <= a) continue;
    const slope = (toLevel - fromLevel) / (endMs - startMs);
    sum += (fromLevel + slope * ((a + b) / 2 - startMs)) * (b - a);
  }
  return sum / (Math.min(toMs, end) - fromMs);
}

function usersChart({ series, arrivals }: ScenarioReport, { grid, axis }: Timeline): Html {
  const users = onGrid(grid, series, 'highest', (point) => point.users);
  const highest = Math.max(0, ...known(users));
  const bound = arrivals?.maxConcurrent ?? null;
  // A bound far above would press the curve flat.
  const near = bound !== null && bound <= highest * 3;
  return chart({
    ...axis,
    marks: [],
    title: arrivals === null ? 'Users present' : 'Tasks at once',
    summary: `At most ${figure(highest)}${bound === null ? '' : ` of ${figure(bound)}`}.`,
    unit: '',
    short: true,
    y: linearScale(near ? Math.max(highest, bound) : highest),
    lines: [{ name: arrivals === null ? 'users' : 'tasks', values: users, colour: 1, filled: true }],
    limits: near ? [{ value: bound, label: `maxConcurrent ${figure(bound)}` }] : [],
  });
}

function requestsChart({ series }: ScenarioReport, { grid, axis }: Timeline): Html {
  const rates = onGrid(grid, series, 'mean', (point) => point.requestsPerSecond);
  const highest = Math.max(0, ...known(rates));
  return chart({
    ...axis,
    title: 'Requests finished',
    summary: `At most ${figure(highest)} a second.`,
    unit: '/s',
    short: true,
    y: linearScale(highest),
    lines: [{ name: 'requests', values: rates, colour: 2 }],
  });
}

function known(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null);
}
