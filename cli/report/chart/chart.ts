/**
 * A line chart without a library: lines as SVG that stretches to any width, every text as HTML that does not, so that it is sharp on
 * paper, readable on a phone, follows light and dark by style alone, and needs no script. A script adds the values under the pointer.
 */
import { type Html, html, json } from '../html.ts';
import type { Scale } from './scale.ts';

export interface Line {
  readonly name: string;
  /** One for each x; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** 1…8: its colour; 9: that of what went wrong. */
  readonly colour: number;
  readonly dashed?: boolean;
  /** Filled down to the axis. */
  readonly filled?: boolean;
  /** Measured one by one and no course in time: gaps are bridged, and each value may have a dot. */
  readonly dots?: 'full' | 'ring' | 'none';
  /** Dots without a line between them. */
  readonly loose?: boolean;
  /** Left out of the legend: a part of another line. */
  readonly part?: boolean;
}

export interface ChartOptions {
  readonly title: string;
  /** What the chart shows, for who cannot see it. */
  readonly summary: string;
  readonly unit: 'ms' | '%' | '/s' | '' | 'MiB' | 'cores';
  /** What the horizontal axis counts, where it is not time. */
  readonly axis?: string;
  readonly lines: readonly Line[];
  readonly y: Scale;
  readonly x: {
    /** 0…1, one for each value. */
    readonly at: readonly number[];
    readonly ticks: readonly { readonly at: number; readonly label: string }[];
    /** Shown above the values under the pointer. */
    readonly labels: readonly string[];
  };
  /** Lines across: limits. */
  readonly limits?: readonly { readonly value: number; readonly label: string }[];
  /** Shaded: the judged time, unless it is named otherwise. 0…1. */
  readonly shades?: readonly { readonly from: number; readonly to: number }[];
  readonly shadeName?: string;
  /** Moments: crashes. 0…1. */
  readonly marks?: readonly { readonly at: number; readonly label: string; readonly bad: boolean }[];
  readonly short?: boolean;
  /** A sentence below. */
  readonly note?: string;
}

export function chart(options: ChartOptions): Html {
  const { title, summary, unit, lines, y, x, limits = [], shades = [], marks = [], note, axis } = options;
  const shown = limits.filter(({ value }) => y.at(value) <= 1);
  const data = {
    unit,
    x: x.at.map((at) => Number(at.toFixed(4))),
    labels: x.labels,
    lines: lines.map(({ name, values }) => ({ name, values: values.map(short) })),
  };
  return html`<figure class="chart${options.short === true ? ' short' : ''}">
<figcaption><b>${title}</b>${unit === '' ? null : html` <span class="unit">${unit}</span>`}${legend(lines, shades.length > 0 ? (options.shadeName ?? 'judged') : null)}</figcaption>
<div class="frame" data-chart>
<div class="ticks-y" aria-hidden="true">${y.ticks.map((tick) => html`<span style="bottom:${cut(100 * y.at(tick))}%">${String(tick)}</span>`)}</div>
<div class="plot">
<svg viewBox="0 0 1000 1000" preserveAspectRatio="none" role="img" aria-label="${title}. ${summary}">
${shades.map(({ from, to }) => html`<rect class="judged" x="${cut(1000 * from)}" y="0" width="${cut(1000 * (to - from))}" height="1000"/>`)}
${y.ticks.map((tick) => html`<path class="grid" d="M0 ${cut(1000 - 1000 * y.at(tick))}H1000"/>`)}
${lines.map((line) => drawn(line, x.at, y))}
${shown.map(({ value }) => html`<path class="limit" d="M0 ${cut(1000 - 1000 * y.at(value))}H1000"/>`)}
${marks.map(({ at, bad }) => html`<path class="mark${bad ? ' bad' : ''}" d="M${cut(1000 * at)} 0V1000"/>`)}
</svg>
${shown.map(({ value, label }) => html`<span class="limit-label${y.at(value) > 0.88 ? ' under' : ''}" style="bottom:${cut(100 * y.at(value))}%">${label}</span>`)}
${marks.map(({ at, label, bad }) => html`<span class="mark-label${bad ? ' bad' : ''}" style="left:${cut(100 * at)}%" title="${label}">${bad ? '▼' : '▽'}</span>`)}
</div>
<div class="ticks-x" aria-hidden="true">${x.ticks.map(({ at, label }, i) => html`<span class="${i % 2 === 1 ? 'odd' : ''}" style="left:${cut(100 * at)}%">${label}</span>`)}</div>
<script type="application/json">${json(data)}</script>
</div>
${axis === undefined ? null : html`<p class="axis">${axis}</p>`}
${note === undefined || note === '' ? null : html`<p class="note">${note}</p>`}
</figure>`;
}

function legend(lines: readonly Line[], shade: string | null): Html | null {
  if (lines.length < 2 && shade === null) return null;
  const keys = lines.length < 2 ? [] : lines.filter(({ part }) => part !== true).slice(0, 12);
  return html`<span class="legend">${keys.map(
    ({ name, colour, dashed, dots, loose }) =>
      html`<span class="key"><i class="c${colour}${dashed === true ? ' dashed' : ''}${dots === undefined || dots === 'none' ? '' : ` dot ${dots}`}${loose === true ? ' loose' : ''}"></i>${name}</span>`,
  )}${shade === null ? null : html`<span class="key"><i class="shade"></i>${shade}</span>`}</span>`;
}

function drawn(line: Line, at: readonly number[], y: Scale): Html {
  if (line.dots !== undefined) return drawnDots(line, at, y);
  const { values, colour, dashed, filled } = line;
  const runs = runsOf(values);
  const point = (i: number): string =>
    `${cut(1000 * (at[i] as number))} ${cut(1000 - 1000 * Math.min(1.02, y.at(values[i] as number)))}`;
  const lines = runs.map(([from, to]) => {
    const points = Array.from({ length: to - from + 1 }, (_, i) => point(from + i)).join('L');
    // A value by itself would be invisible.
    return from === to ? `M${points}h1.5` : `M${points}`;
  });
  const area = filled
    ? runs
        .map(([from, to], i) => `${lines[i]}V1000H${cut(1000 * (at[from] as number))}Z${from === to ? '' : ''}`)
        .join('')
    : '';
  return html`${filled === true ? html`<path class="area c${colour}" d="${area}"/>` : null}<path class="line c${colour}${dashed === true ? ' dashed' : ''}" d="${lines.join('')}"/>`;
}

/** A line without length and with a round end is a dot that keeps its shape however the picture stretches. */
function drawnDots({ values, colour, dashed, dots, loose }: Line, at: readonly number[], y: Scale): Html {
  const points = values.flatMap((value, i) =>
    value === null ? [] : [`${cut(1000 * (at[i] as number))} ${cut(1000 - 1000 * y.at(value))}`],
  );
  if (points.length === 0) return html``;
  const places = points.map((point) => `M${point}h0`).join('');
  return html`${loose === true ? null : html`<path class="line c${colour}${dashed === true ? ' dashed' : ''}" d="M${points.join('L')}"/>`}${dots === 'none' ? null : html`<path class="dot c${colour}" d="${places}"/>`}${dots === 'ring' ? html`<path class="hole" d="${places}"/>` : null}`;
}

/** First and last index of each stretch without a gap. */
function runsOf(values: readonly (number | null)[]): readonly (readonly [number, number])[] {
  const runs: [number, number][] = [];
  for (const [i, value] of values.entries()) {
    if (value === null) continue;
    const last = runs[runs.length - 1];
    if (last !== undefined && last[1] === i - 1) last[1] = i;
    else runs.push([i, i]);
  }
  return runs;
}

function short(value: number | null): number | null {
  return value === null ? null : Number(value.toPrecision(4));
}

function cut(value: number): string {
  return String(Number(value.toFixed(1)));
}
