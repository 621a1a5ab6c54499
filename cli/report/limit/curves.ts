/**
 * Throughput and latency against load: the way up to the break with the limit's interval, and the way back down from the overload, which
 * is another branch where a system does not recover at the load at which it broke.
 */
import type { LimitReport, Probe } from '@palier/protocol';
import { type ChartOptions, chart, type Line } from '../chart/chart.ts';
import { linearScale, logScale, type Scale } from '../chart/scale.ts';
import { figure } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';
import { curveProbes, levelUnit } from './words.ts';

/** From this spread on a linear axis would press the small values to the ground. */
const logFrom = 20;

export function curveSection(report: LimitReport): Html | null {
  const probes = curveProbes(report).toSorted((a, b) => a.level - b.level);
  if (probes.length < 2) return null;
  const { recovery } = report;
  return html`<section aria-labelledby="curves">
<h3 id="curves">Against load</h3>
<div class="two">${throughputChart(report, probes)}${latencyChart(report, probes)}</div>
<p class="note">Each dot is one probe: a load that was held and judged. A full dot kept the limits, a ring did not.${probes.some(isUntold) ? ' A grey dot told neither: it had too few requests.' : null}${probes.some(({ purpose }) => purpose === 'recovery') ? ' The dashed branch comes down from the overload.' : null}${report.limit === null ? null : ' The shaded band is the 95 % interval of the limit.'}${recovery === null ? null : html` ${prose(recovery.sentence)}`}</p>
</section>`;
}

function throughputChart(report: LimitReport, probes: readonly Probe[]): Html {
  const highest = Math.max(...probes.map(({ requestsPerSecond }) => requestsPerSecond));
  const isMixed = probes.some((probe) => probe.requestsPerSecond > 1.02 * probe.goodPerSecond);
  return chart({
    ...axisOf(report, probes),
    title: isMixed ? 'Requests answered without an error' : 'Requests answered',
    summary: `At most ${figure(highest)} a second.`,
    unit: '/s',
    y: linearScale(highest),
    lines: branches(probes, 1, 'going up', (probe) => probe.goodPerSecond),
  });
}

function latencyChart(report: LimitReport, probes: readonly Probe[]): Html {
  const highest = Math.max(...probes.map(({ p95Ms }) => p95Ms));
  const { y, note } = timeScale(probes.flatMap(({ p50Ms, p95Ms }) => [p50Ms, p95Ms]));
  const medians: Line = {
    name: 'p50',
    colour: 3,
    dots: 'none',
    values: courseOf(probes, isWayUp, (probe) => probe.p50Ms),
  };
  return chart({
    ...axisOf(report, probes),
    title: 'Response time',
    summary: `p95 from ${figure(Math.min(...probes.map(({ p95Ms }) => p95Ms)))} to ${figure(highest)} ms.`,
    unit: 'ms',
    y,
    lines: [...branches(probes, 1, 'p95', (probe) => probe.p95Ms), medians],
    note,
  });
}

/** Of times in milliseconds; logarithmic where they lie far apart, and then said so. */
export function timeScale(timesMs: readonly number[]): { readonly y: Scale; readonly note: string } {
  const times = timesMs.filter((value) => value > 0);
  const [lowest, highest] = [Math.min(...times), Math.max(0, ...times)];
  if (times.length === 0 || highest / lowest <= logFrom) return { y: linearScale(highest || 1), note: '' };
  return { y: logScale(lowest, highest * 1.2), note: 'Logarithmic scale.' };
}

/** The way up as a line through the means of each level, its probes as dots, and the way down. */
function branches(
  probes: readonly Probe[],
  colour: number,
  name: string,
  read: (probe: Probe) => number,
): readonly Line[] {
  const pick = (wanted: (probe: Probe) => boolean): readonly (number | null)[] =>
    probes.map((probe) => (wanted(probe) ? read(probe) : null));
  const isDown = ({ purpose }: Probe): boolean => purpose === 'recovery';
  const isKept = ({ outcome }: Probe): boolean => outcome === 'kept';
  const isBroken = ({ outcome }: Probe): boolean => outcome === 'broken';
  const untold = probes.some(isUntold) ? [untoldDots(pick(isUntold))] : [];
  const lines: Line[] = [
    { name, colour, dots: 'none', values: courseOf(probes, isWayUp, read) },
    {
      name: 'kept',
      colour,
      dots: 'full',
      loose: true,
      part: true,
      values: pick((probe) => isWayUp(probe) && isKept(probe)),
    },
    {
      name: 'not kept',
      colour,
      dots: 'ring',
      loose: true,
      part: true,
      values: pick((probe) => isWayUp(probe) && isBroken(probe)),
    },
  ];
  if (!probes.some(isDown)) return [...lines, ...untold];
  // The way down begins where the overload was.
  const isBranch = (probe: Probe): boolean => isDown(probe) || probe.purpose === 'overload';
  const full = {
    colour: 2,
    dots: 'full',
    loose: true,
    part: true,
    values: pick((probe) => isDown(probe) && isKept(probe)),
  } as const;
  const ring = {
    colour: 2,
    dots: 'ring',
    loose: true,
    part: true,
    values: pick((probe) => isDown(probe) && isBroken(probe)),
  } as const;
  return [
    ...lines,
    { name: 'coming down', colour: 2, dashed: true, dots: 'none', values: pick(isBranch) },
    { name: 'kept again', ...full },
    { name: 'still broken', ...ring },
    ...untold,
  ];
}

const isUntold = ({ outcome }: Probe): boolean => outcome !== 'kept' && outcome !== 'broken';

const untoldDots = (values: Line['values']): Line => ({
  name: '? too little to tell',
  colour: 8,
  dots: 'full',
  loose: true,
  part: true,
  values,
});

const isWayUp = ({ purpose }: Probe): boolean => purpose !== 'recovery';

/** The mean of each level over the probes that are wanted, at its first one. */
export function courseOf(
  probes: readonly Probe[],
  wanted: (probe: Probe) => boolean,
  read: (probe: Probe) => number,
): readonly (number | null)[] {
  const byLevel = Map.groupBy(probes.filter(wanted), ({ level }) => level);
  return probes.map((probe) => {
    const group = byLevel.get(probe.level) ?? [];
    return group[0] === probe ? group.reduce((sum, one) => sum + read(one), 0) / group.length : null;
  });
}

function axisOf(
  report: LimitReport,
  probes: readonly Probe[],
): Pick<ChartOptions, 'x' | 'axis' | 'shades' | 'shadeName' | 'marks'> {
  const { limit } = report;
  const unit = levelUnit(report);
  const scale = linearScale(Math.max(...probes.map(({ level }) => level)));
  const x = {
    at: probes.map(({ level }) => scale.at(level)),
    ticks: scale.ticks.map((tick) => ({ at: scale.at(tick), label: figure(tick) })),
    labels: probes.map(({ level }) => `${figure(level)} ${unit}`),
  };
  if (limit === null) return { x, axis: unit };
  const { value, low, high } = limit.level;
  return {
    x,
    axis: unit,
    shades: [{ from: scale.at(low), to: Math.min(1, scale.at(high)) }],
    shadeName: '95 % interval of the limit',
    marks: [{ at: Math.min(1, scale.at(value)), label: `limit: ${figure(value)} ${unit}`, bad: true }],
  };
}
