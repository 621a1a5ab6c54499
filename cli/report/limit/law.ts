/**
 * The Universal Scalability Law as it was fitted, its points and what it misses them by; a refused one with its reason.
 */
import { isMeasured, throughputAt } from '@palier/load/capacity';
import type { LimitReport, ScalabilityLaw } from '@palier/protocol';
import { chart, type Line } from '../chart/chart.ts';
import { linearScale, logScale, symmetricScale } from '../chart/scale.ts';
import { figure } from '../figures.ts';
import { type Html, html, prose } from '../html.ts';

/** The curve is drawn a quarter beyond the last point, dashed. */
const beyond = 1.25;
const steps = 80;
/** From this span on the small loads would be pressed to the left. */
const logFrom = 20;

export function lawSection({ laws }: LimitReport): Html | null {
  if (laws.length === 0) return null;
  return html`<section aria-labelledby="law">
<h3 id="law">Universal Scalability Law</h3>
${laws.map(drawnLaw)}
<p class="note">X(N) = γN / (1 + α(N − 1) + βN(N − 1)): γ is what one alone does, α the share that waits for its turn, β the cost of agreeing with each other. Over concurrency, N = X·R counts the requests in the system, not the users who think. (Gunther, Guerrilla Capacity Planning, 2007.)</p>
</section>`;
}

function drawnLaw(law: ScalabilityLaw): Html {
  const { over, fit, points, sentence } = law;
  const isDrawn = new Set(points.map(({ n }) => n)).size > 1;
  const name = over === 'replicas' ? 'Over replicas' : 'Over concurrency';
  return html`<div class="law"><p><b>${name}: ${fit === null ? 'refused' : 'fitted'}.</b></p><p class="note">${prose(sentence)}</p>
${isDrawn ? html`<div class="two">${fitChart(law)}${fit === null || points.length <= 3 ? null : residualChart(law)}</div>` : null}</div>`;
}

function fitChart(law: ScalabilityLaw): Html {
  const { over, points, fit } = law;
  const last = Math.max(...points.map(({ n }) => n));
  const axis = axisOf(law);
  const grid = Array.from({ length: steps + 1 }, (_, i) => axis.from * (axis.to / axis.from) ** (i / steps));
  const places = [...new Set([...(fit === null ? [] : grid), ...points.map(({ n }) => n)])].toSorted((a, b) => a - b);
  const rates = points.map(({ perSecond }) => perSecond);
  const at = (n: number): number | null => (fit === null ? null : throughputAt(fit, n));
  const curve: readonly Line[] = [
    { name: 'law', colour: 4, dots: 'none', values: places.map((n) => (isMeasured(law, n) ? at(n) : null)) },
    {
      name: 'not measured',
      colour: 4,
      dots: 'none',
      dashed: true,
      values: places.map((n) => (n >= last ? at(n) : null)),
    },
  ];
  const measured = places.map((n) => {
    const here = points.filter((point) => point.n === n);
    return here.length === 0 ? null : here.reduce((sum, { perSecond }) => sum + perSecond, 0) / here.length;
  });
  const peak = fit?.peakN ?? null;
  return chart({
    title: over === 'replicas' ? 'Limit by replicas' : 'Throughput by requests in the system',
    summary: `${points.length} points up to ${figure(last)}, at most ${figure(Math.max(...rates))} a second.`,
    unit: '/s',
    axis: axis.name,
    y: linearScale(
      Math.max(
        ...rates,
        at(last * beyond) ?? 0,
        fit === null || peak === null ? 0 : throughputAt(fit, Math.min(peak, last * beyond)),
      ),
    ),
    x: { at: places.map(axis.at), ticks: axis.ticks, labels: places.map((n) => `N = ${figure(n)}`) },
    marks: peak === null || peak > axis.to ? [] : [{ at: axis.at(peak), label: `peak at ${figure(peak)}`, bad: false }],
    lines: [
      ...(fit === null ? [] : curve),
      { name: 'measured', colour: 1, dots: 'full', loose: true, values: measured },
    ],
  });
}

function residualChart(law: ScalabilityLaw): Html {
  const axis = axisOf(law);
  const sorted = law.points.toSorted((a, b) => a.n - b.n);
  const worst = Math.max(...sorted.map(({ residual }) => Math.abs(residual)));
  return chart({
    title: 'What the law misses each point by',
    summary: `At most ${figure(100 * worst)} %.`,
    unit: '%',
    axis: axis.name,
    y: symmetricScale(Math.max(1, 100 * worst)),
    x: { at: sorted.map(({ n }) => axis.at(n)), ticks: axis.ticks, labels: sorted.map(({ n }) => `N = ${figure(n)}`) },
    lines: [
      { name: 'residual', colour: 1, dots: 'full', loose: true, values: sorted.map(({ residual }) => 100 * residual) },
    ],
  });
}

interface Axis {
  readonly name: string;
  /** Above 0: where the curve is drawn from and to. */
  readonly from: number;
  readonly to: number;
  readonly at: (n: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
}

/** Requests in the system span decades, replicas are counted. */
function axisOf({ over, points }: ScalabilityLaw): Axis {
  const ns = points.map(({ n }) => n);
  const [from, to] = [Math.min(...ns), Math.max(...ns) * beyond];
  const isLog = over === 'concurrency' && to / from > logFrom;
  const scale = isLog ? logScale(from, to) : linearScale(to);
  const shown = over === 'replicas' ? scale.ticks.filter((tick) => Number.isInteger(tick)) : scale.ticks;
  return {
    name: over === 'replicas' ? 'replicas' : `requests in the system${isLog ? ', logarithmic' : ''}`,
    from,
    to,
    at: scale.at,
    ticks: shown.map((tick) => ({ at: scale.at(tick), label: figure(tick) })),
  };
}
