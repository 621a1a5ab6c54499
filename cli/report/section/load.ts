/**
 * What the users saw: latency over time and by percentile, by either way to count it, and errors.
 */
import { Histogram, quantileError } from '@palier/base/histogram';
import { loadErrorClasses, type Quantiles, type ScenarioReport } from '@palier/protocol';
import { whyTwoTimes } from '../../model-words.ts';
import { chart, type Line } from '../chart/chart.ts';
import { onGrid } from '../chart/grid.ts';
import { linearScale, logScale, type Scale } from '../chart/scale.ts';
import { figure, milliseconds } from '../figures.ts';
import { type Html, html } from '../html.ts';
import type { Timeline } from '../timeline.ts';

/** From this spread on a linear axis would press the small values to the ground. */
const logFrom = 30;

export function latencySection(scenario: ScenarioReport, timeline: Timeline, id: string): Html {
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Response time</h3>
${latencyChart(scenario, timeline)}
${percentileChart(scenario)}
${timesTable(scenario, id)}
</section>`;
}

/** Both times side by side, and how late the generator itself was: the measure of what it adds to the first. */
function timesTable({ total, generator }: ScenarioReport, id: string): Html | null {
  if (total.response.count === 0) return null;
  const lag = Histogram.from(generator.lag);
  const delays = [...[0.5, 0.9, 0.95, 0.99].map((share) => lag.quantile(share)), lag.max].map(
    (micros) => micros / 1000,
  );
  const row = (name: string, from: string, values: readonly (number | null)[]): Html =>
    html`<tr><th scope="row">${name}<small>${from}</small></th>${values.map((value) => html`<td class="n">${value === null ? '–' : figure(value)}</td>`)}</tr>`;
  const five = ({ p50, p90, p95, p99, max }: Quantiles): readonly (number | null)[] => [p50, p90, p95, p99, max];
  return html`<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table>
<thead><tr><th scope="col">Over the judged time, ms</th>${['p50', 'p90', 'p95', 'p99', 'max'].map((name) => html`<th scope="col" class="n">${name}</th>`)}</tr></thead>
<tbody>${row('Response time', 'from the intended send', five(total.responseMs))}${row('Service time', 'from the actual send', five(total.serviceMs))}${row('Scheduling lag', 'from the intended to the actual send', delays)}</tbody>
</table></div>
<p class="note">${whyTwoTimes.join(' ')}</p>`;
}

function latencyChart(scenario: ScenarioReport, { grid, axis, pointNote }: Timeline): Html {
  const { series } = scenario;
  const all: Line[] = [
    { name: 'p50', colour: 3, values: onGrid(grid, series, 'highest', (point) => point.p50Ms) },
    { name: 'p95', colour: 1, values: onGrid(grid, series, 'highest', (point) => point.p95Ms) },
    { name: 'p99', colour: 4, dashed: true, values: onGrid(grid, series, 'highest', (point) => point.p99Ms) },
  ];
  // Few points here and there are no curve: the p99 of a second needs 100 answers.
  const points = Math.max(...all.map((line) => known(line.values).length));
  const lines = all.filter((line) => known(line.values).length > points / 2);
  const left = all.filter((line) => !lines.includes(line)).map(({ name }) => name);
  if (lines.length === 0) return html`<p>No request was answered.</p>`;
  const limits = limitsOf(scenario);
  const { scale, note } = latencyScale(lines, limits);
  const p95 = scenario.total.responseMs.p95;
  return chart({
    ...axis,
    title: 'Response time of what finished in each second',
    summary: `p95 over the judged time ${milliseconds(p95)}${limits.map(({ label }) => `, ${label}`).join('')}.`,
    unit: 'ms',
    y: scale,
    lines,
    limits,
    note: [pointNote, note, left.length === 0 ? '' : `Too few answers a second for ${left.join(' and ')}.`]
      .filter(Boolean)
      .join(' '),
  });
}

/** Where 50, 90, 99, 99.9 … % of the requests stand, the tail as wide as the rest. */
function percentileChart(scenario: ScenarioReport): Html | null {
  const { total } = scenario;
  if (total.response.count === 0) return null;
  const nines = Math.min(5, Math.max(1.3, Math.log10(total.response.count)));
  const at = Array.from({ length: 101 }, (_, i) => i / 100);
  const shares = at.map((x) => 1 - 10 ** (-x * nines));
  const curve = (times: Histogram): readonly number[] => shares.map((share) => times.quantile(share) / 1000);
  const response = curve(Histogram.from(total.response));
  const lines: Line[] = [
    { name: 'response time', colour: 1, values: response },
    { name: 'service time', colour: 2, dashed: true, values: curve(Histogram.from(total.service)) },
  ];
  const ticks = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999]
    .map((share) => ({ at: -Math.log10(1 - share) / nines, label: `${Number((100 * share).toPrecision(4))} %` }))
    .filter((tick) => tick.at <= 1);
  const limits = limitsOf(scenario);
  const { scale, note } = latencyScale(lines, limits);
  return chart({
    title: 'How many requests were faster than…',
    summary: `Half of the requests took at most ${milliseconds(total.responseMs.p50)}, 95 % at most ${milliseconds(total.responseMs.p95)}.`,
    unit: 'ms',
    y: scale,
    lines,
    limits,
    x: { at, ticks, labels: shares.map((share) => `${(100 * share).toFixed(share < 0.99 ? 1 : 3)} %`) },
    note: `Over the judged time, ${figure(total.response.count)} answers. Any quantile is at most ${(100 * quantileError).toFixed(1)} % off.${note === '' ? '' : ` ${note}`}`,
  });
}

/** What is no failed request and yet no smooth run. */
function besides({ failedStarts, retried, droppedMessages }: ScenarioReport): Html | null {
  if (failedStarts === 0 && retried === 0 && droppedMessages === 0) return null;
  const starts = `${figure(failedStarts)} users failed their start steps; each was replaced by a new one.`;
  const again = `${figure(retried)} requests were sent once more because the server had closed their idle connection, as a browser does; each is counted once.`;
  const dropped = `${figure(droppedMessages)} messages over WebSockets came faster than their users read them, and were dropped unread, the oldest first: an expect step may have missed its message.`;
  return html`<p class="note">${failedStarts > 0 ? starts : null} ${retried > 0 ? again : null} ${droppedMessages > 0 ? dropped : null}</p>`;
}

export function errorSection(scenario: ScenarioReport, timeline: Timeline, id: string): Html {
  const { overall, total, routes } = scenario;
  const classes = loadErrorClasses.filter((kind) => (overall.errors[kind] ?? 0) > 0);
  if (classes.length === 0) {
    return html`<section aria-labelledby="${id}"><h3 id="${id}">Errors</h3><p>None of ${figure(overall.requests)} requests failed.</p>${besides(scenario)}</section>`;
  }
  const lines = classes.map((kind, i): Line => {
    const values = onGrid(timeline.grid, scenario.series, 'highest', (point) => {
      return (1000 * (point.errors[kind] ?? 0)) / point.spanMs;
    });
    return { name: kind, colour: 4 + (i % 5), values, filled: classes.length === 1 };
  });
  const highest = Math.max(0, ...lines.flatMap((line) => known(line.values)));
  const example = (kind: (typeof classes)[number]): Html | string => {
    const route = routes.find((one) => one.examples[kind] !== undefined);
    const text = route?.examples[kind] ?? overall.examples[kind];
    return text === undefined ? '–' : html`${route === undefined ? null : html`<b>${route.route}</b> `}${text}`;
  };
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Errors</h3>
${chart({ ...timeline.axis, title: classes.length === 1 ? `Errors of class ${classes[0]}` : 'Errors by class', summary: `At most ${figure(highest)} a second.`, unit: '/s', short: true, y: linearScale(highest), lines })}
<div class="scroll" role="region" aria-labelledby="${id}" tabindex="0"><table>
<thead><tr><th scope="col">Class</th><th scope="col" class="n">Whole run</th><th scope="col" class="n">Judged time</th><th scope="col" class="wide">An example</th></tr></thead>
<tbody>${classes.map(
    (kind) =>
      html`<tr><th scope="row">${kind}</th><td class="n">${figure(overall.errors[kind] ?? 0)}</td><td class="n">${figure(total.errors[kind] ?? 0)}</td><td class="wide text">${example(kind)}</td></tr>`,
  )}</tbody>
</table></div>
${besides(scenario)}
</section>`;
}

function limitsOf({ criteria }: ScenarioReport): readonly { readonly value: number; readonly label: string }[] {
  return ['p95', 'p99'].flatMap((name) => {
    const criterion = criteria.find(({ title }) => title === `${name} response time`);
    return criterion === undefined
      ? []
      : [{ value: criterion.limit, label: `${name} limit ${milliseconds(criterion.limit)}` }];
  });
}

function latencyScale(
  lines: readonly Line[],
  limits: readonly { readonly value: number; readonly label: string }[],
): { readonly scale: Scale; readonly note: string } {
  const values = lines.flatMap((line) => known(line.values)).filter((value) => value > 0);
  const highest = Math.max(0.001, ...values);
  const typical = values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? highest;
  const withLimits = Math.max(highest, ...limits.map(({ value }) => value));
  if (highest / typical > logFrom) {
    return { scale: logScale(Math.min(...values), withLimits * 1.2), note: 'Logarithmic scale.' };
  }
  // A limit far above would press the curves flat; then it is named instead of drawn.
  const near = limits.filter(({ value }) => value <= highest * 6);
  const far = limits.filter(({ value }) => value > highest * 6).map(({ label }) => label);
  const note = far.length === 0 ? '' : `Above the picture: ${far.join(', ')}.`;
  return { scale: linearScale(Math.max(highest, ...near.map(({ value }) => value))), note };
}

function known(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null);
}
