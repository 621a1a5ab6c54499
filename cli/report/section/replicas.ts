/**
 * The replicas: CPU and memory against what they are allotted, how long they were held back, how busy their event loops were.
 */
import type { ReplicaPoint, ReplicaSeries, ScenarioReport } from '@palier/protocol';
import { chart, type ChartOptions, type Line } from '../chart/chart.ts';
import { onGrid } from '../chart/grid.ts';
import { linearScale } from '../chart/scale.ts';
import { figure } from '../figures.ts';
import { type Html, html } from '../html.ts';
import type { Timeline } from '../timeline.ts';

const mebibyte = 1024 * 1024;

export function replicaSection(scenario: ScenarioReport, timeline: Timeline, id: string): Html | null {
  const services = Map.groupBy(scenario.replicas, (replica) => replica.service);
  if (services.size === 0) return null;
  return html`<section aria-labelledby="${id}">
<h3 id="${id}">Replicas</h3>
${[...services].map(([service, replicas]) => serviceCharts(service, replicas, scenario, timeline))}
</section>`;
}

function serviceCharts(
  service: string,
  replicas: readonly ReplicaSeries[],
  scenario: ScenarioReport,
  timeline: Timeline,
): Html {
  const limitOf = (what: string): number | null =>
    scenario.criteria.find(({ title }) => title === `${what} of ${service}`)?.limit ?? null;
  const charts = [
    resourceChart('CPU', service, replicas, timeline, limitOf('CPU')),
    resourceChart('memory', service, replicas, timeline, limitOf('memory')),
    shareChart(`Held back by the CPU quota: ${service}`, replicas, timeline, (point) => point.throttledShare, true),
    shareChart(`Event loop busy: ${service}`, replicas, timeline, (point) => point.loopUtilisation, false),
  ].filter((one) => one !== null);
  return charts.length === 0
    ? html`<p>No figure of ${service} could be had.</p>`
    : html`<div class="two">${charts}</div>`;
}

/** In percent of the allotment where there is one, else in cores and MiB. */
function resourceChart(
  what: 'CPU' | 'memory',
  service: string,
  replicas: readonly ReplicaSeries[],
  { grid, axis }: Timeline,
  limitPercent: number | null,
): Html | null {
  const allotted = replicas.map(({ allotment }) => (what === 'CPU' ? allotment.cpuCores : allotment.memoryBytes));
  const percent = allotted.every((amount) => amount !== null);
  const unitSize = (i: number): number => (percent ? (allotted[i] as number) / 100 : what === 'CPU' ? 1 : mebibyte);
  const lines = linesOf(replicas, (replica, i) =>
    onGrid(grid, replica.points, what === 'CPU' ? 'mean' : 'highest', (point) => {
      const used = what === 'CPU' ? point.cpuCores : point.rssBytes;
      return used === null ? null : used / unitSize(i);
    }),
  );
  if (lines.length === 0) return null;
  const highest = Math.max(0, ...lines.flatMap(({ values }) => values.filter((value) => value !== null)));
  const limits = limitPercent === null ? [] : [{ value: limitPercent, label: `limit ${figure(limitPercent)} %` }];
  const amount = allotted[0] ?? null;
  const of = amount === null ? '' : what === 'CPU' ? `${figure(amount)} cores` : `${figure(amount / mebibyte)} MiB`;
  return chart({
    ...axis,
    title: percent
      ? `${what === 'CPU' ? 'CPU' : 'Memory'} of ${service}, of ${of} each`
      : `${what === 'CPU' ? 'CPU' : 'Memory'} of ${service}`,
    summary: `At most ${figure(highest)}${percent ? ' % of the allotment' : ''}.`,
    unit: percent ? '%' : what === 'CPU' ? 'cores' : 'MiB',
    y: linearScale(Math.max(highest, percent ? 95 : 0)),
    lines,
    limits,
  });
}

/** Left out when nothing is known, or, if asked, when nothing ever was above 0. */
function shareChart(
  title: string,
  replicas: readonly ReplicaSeries[],
  { grid, axis }: Timeline,
  read: (point: ReplicaPoint) => number | null,
  onlyAboveZero: boolean,
): Html | null {
  const lines = linesOf(replicas, (replica) =>
    onGrid(grid, replica.points, 'mean', (point) => {
      const share = read(point);
      return share === null ? null : 100 * share;
    }),
  );
  const highest = Math.max(0, ...lines.flatMap(({ values }) => values.filter((value) => value !== null)));
  if (lines.length === 0 || (onlyAboveZero && highest < 0.05)) return null;
  const options: ChartOptions = {
    ...axis,
    title,
    summary: `At most ${figure(highest)} % of the time.`,
    unit: '%',
    short: true,
    y: linearScale(Math.max(highest, onlyAboveZero ? 1 : 95)),
    lines,
  };
  return chart(options);
}

function linesOf(
  replicas: readonly ReplicaSeries[],
  values: (replica: ReplicaSeries, i: number) => readonly (number | null)[],
): readonly Line[] {
  return replicas
    .map(
      (replica, i): Line => ({
        name: replica.replica,
        colour: 1 + (i % 8),
        dashed: i >= 8,
        values: values(replica, i),
      }),
    )
    .filter((line) => line.values.some((value) => value !== null));
}
