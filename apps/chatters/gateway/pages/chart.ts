/** Bars as SVG: how many accounts were opened when, with the ones that stand out in another colour. Read aloud by its caption; pure. */
import { type Html, html } from '@palier/base/html';

export interface Bar {
  readonly label: string;
  readonly count: number;
  readonly marked: boolean;
}

const width = 900;
const height = 180;
const footHeight = 26;
const labelWidth = 70;

/** Labels stand under some of the bars, so that none covers another. */
export function barChart(title: string, bars: readonly Bar[]): Html {
  const most = bars.reduce((highest, { count }) => Math.max(highest, count), 1);
  const highest = bars.find(({ count }) => count === most);
  const step = width / Math.max(1, bars.length);
  const everyLabel = Math.ceil(bars.length / 10);
  const drawn = bars.map(({ label, count, marked }, place) => {
    const tall = (count / most) * height;
    const x = (place * step).toFixed(1);
    const box = html`<rect class="${marked ? 'marked' : 'bar'}" x="${x}" y="${(height - tall).toFixed(1)}" width="${Math.max(0.5, step * 0.85).toFixed(1)}" height="${tall.toFixed(1)}"><title>${label}: ${count}</title></rect>`;
    // The last stretch is too short for a label.
    const named = place % everyLabel === 0 && place * step < width - labelWidth;
    return named ? html`${box}<text x="${x}" y="${height + 20}">${label}</text>` : box;
  });
  const top = highest === undefined ? '' : `; the highest bar is ${highest.count}, ${highest.label}`;
  const marks = bars.some(({ marked }) => marked) ? '; those of the other colour stand out' : '';
  const chart = html`<svg viewBox="0 0 ${width} ${height + footHeight}" role="img" aria-label="${title}${top}">${drawn}</svg>`;
  return html`<figure>${chart}<figcaption>${title}${top}${marks}.</figcaption></figure>`;
}
