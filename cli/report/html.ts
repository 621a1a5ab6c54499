/** HTML of a report: base's, data for its scripts, and sentences that are not torn apart. */
import { type Html, html, trusted } from '@palier/base/html';

export { type Html, html, trusted };

/** Data for a script: no `<` is left that could end its element. */
export const json = (value: unknown): Html => ({ markup: JSON.stringify(value).replaceAll('<', '\\u003c') });

const option = /(--[a-z-]+(?: [\d.]+\d)?)/;
const unitGap = /(?<=\d) (?=(?:%|ms|s|min|h|d|users|cores|[KMGT]iB)(?!\w))/g;

/** A sentence in which neither a figure and its unit nor an option (`--time-scale 0.1`) are torn apart at the end of a line. */
export function prose(sentence: string): Html {
  const parts = sentence.replace(unitGap, '\u00a0').split(option);
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}
