/** Bars as SVG: how many accounts were opened when, with the ones that stand out in another colour. Read aloud by its title; pure. */
import { type Html, html } from './html.ts';

export interface Bar {
  readonly label: string;
  readonly count: number;
  readonly marked: boolean;
}

const width = 900;
const height = 180;
const footHeight = 16;

/** Labels stand under some of the bars, so that none covers another. */
export function barChart(title: string, bars: readonly Bar[]): Html {
  const most = bars.reduce((highest, { count }) => Math.max(highest, count), 1);
  const step = width / Math.max(1, bars.length);
  const everyLabel = Math.ceil(bars.length / 12);
  const drawn = bars.map(({ label, count, marked }, place) => {
    const tall = (count / most) * height;
    const x = (place * step).toFixed(1);
    const box = html`<rect class="${marked ? 'marked' : 'bar'}" x="${x}" y="${(height - tall).toFixed(1)}" width="${Math.max(0.5, step * 0.85).toFixed(1)}" height="${tall.toFixed(1)}"><title>${label}: ${count}</title></rect>`;
    return place % everyLabel === 0 ? html`${box}<text x="${x}" y="${height + footHeight - 3}">${label}</text>` : box;
  });
  return html`<svg viewBox="0 0 ${width} ${height + footHeight}" role="img"><title>${title}; at most ${most}</title>${drawn}</svg>`;
}
