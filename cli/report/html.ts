/**
 * HTML that is safe by construction: what comes from a run is text and is escaped; only what this module made is markup.
 */

/** Markup. Made only by `html` and `trusted`. */
export interface Html {
  readonly markup: string;
}

type Part = Html | string | number | null | readonly Part[];

/** A template whose values are escaped unless they are `Html`; lists are joined, null is nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let markup = strings[0] as string;
  for (const [i, part] of parts.entries()) markup += rendered(part) + (strings[i + 1] as string);
  return { markup };
}

/** Markup from a text of our own: style and script. Never for anything that comes from a run. */
export const trusted = (markup: string): Html => ({ markup });

/** Data for a script: no `<` is left that could end its element. */
export const json = (value: unknown): Html => ({ markup: JSON.stringify(value).replaceAll('<', '\\u003c') });

const option = /(--[a-z-]+(?: [\d.]+\d)?)/;
const unitGap = /(?<=\d) (?=(?:%|ms|s|min|h|d|users|cores|[KMGT]iB)(?!\w))/g;

/** A sentence in which neither a figure and its unit nor an option (`--time-scale 0.1`) are torn apart at the end of a line. */
export function prose(sentence: string): Html {
  const parts = sentence.replace(unitGap, '\u00a0').split(option);
  return html`${parts.map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

function rendered(part: Part): string {
  if (part === null) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(rendered).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] as string);
}
