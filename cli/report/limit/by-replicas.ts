/** The ways up of all searches in one picture, a line for each number of replicas: how far each goes, and where it breaks. */
import type { LimitReport, Probe } from '@palier/protocol';
import { chart, type Line } from '../chart/chart.ts';
import { linearScale } from '../chart/scale.ts';
import { figure } from '../figures.ts';
import { type Html, html } from '../html.ts';
import { courseOf, timeScale } from './curves.ts';
import { levelUnit } from './words.ts';

/** That the charts have. */
const colours = 8;

/** Null where there was one number of replicas. */
export function replicaCurves(report: LimitReport): Html | null {
  const isSearched = ({ purpose, change, outcome }: Probe): boolean =>
    (purpose === 'bracket' || purpose === 'edge') && change === null && outcome !== 'invalid';
  const probes = report.probes.filter(isSearched).toSorted((a, b) => a.level - b.level);
  const counts = [...new Set(probes.map(({ replicas }) => replicas))].toSorted((a, b) => a - b);
  if (counts.length < 2) return null;
  const unit = levelUnit(report);
  const scale = linearScale(Math.max(...probes.map(({ level }) => level)));
  const shared = {
    axis: unit,
    x: {
      at: probes.map(({ level }) => scale.at(level)),
      ticks: scale.ticks.map((tick) => ({ at: scale.at(tick), label: figure(tick) })),
      labels: probes.map(({ level }) => `${figure(level)} ${unit}`),
    },
    marks: report.limits.map(({ level, replicas }) => ({
      at: Math.min(1, scale.at(level.value)),
      label: `limit of ${wordsOf(replicas)}: ${figure(level.value)} ${unit}`,
      bad: true,
    })),
  };
  const rate = ({ goodPerSecond }: Probe): number => goodPerSecond;
  const time = ({ p95Ms }: Probe): number => p95Ms;
  const rates = probes.map(rate);
  const { y, note } = timeScale(probes.map(time));
  return html`<div class="two">${chart({
    ...shared,
    title: 'Requests answered without an error',
    summary: `At most ${figure(Math.max(...rates))} a second.`,
    unit: '/s',
    y: linearScale(Math.max(...rates)),
    lines: linesOf(probes, counts, rate),
  })}${chart({
    ...shared,
    title: 'p95 of the response time',
    summary: `At most ${figure(Math.max(...probes.map(time)))} ms.`,
    unit: 'ms',
    y,
    lines: linesOf(probes, counts, time),
    note,
  })}</div>
<p class="note">A line for each number of replicas, through the mean of each load that was held. A full dot kept the limits, a ring did not; ▼ is where each breaks.</p>`;
}

function linesOf(probes: readonly Probe[], counts: readonly number[], read: (probe: Probe) => number): readonly Line[] {
  return counts.flatMap((count, i): Line[] => {
    const name = wordsOf(count);
    const colour = (i % colours) + 1;
    const dots = (wanted: Probe['outcome']): Line['values'] =>
      probes.map((probe) => (probe.replicas === count && probe.outcome === wanted ? read(probe) : null));
    const loose = { colour, loose: true, part: true } as const;
    return [
      { name, colour, dots: 'none', values: courseOf(probes, (probe) => probe.replicas === count, read) },
      { ...loose, name: `${name}, kept`, dots: 'full', values: dots('kept') },
      { ...loose, name: `${name}, not kept`, dots: 'ring', values: dots('broken') },
    ];
  });
}

const wordsOf = (count: number): string => `${count} ${count === 1 ? 'replica' : 'replicas'}`;
