/** HTML that is safe by construction: every value is text and is escaped; only what `html` made, or was said to be our own, is markup. */

/** Markup. Made only by `html` and `trusted`. */
export interface Html {
  readonly markup: string;
}

/** Null draws nothing. */
export type HtmlPart = Html | string | number | null | readonly HtmlPart[];

/** A template whose values are escaped unless they are `Html`, fit for text and for attributes in quotes; lists are joined. */
export function html(strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html {
  let markup = strings[0] as string;
  for (const [i, part] of parts.entries()) markup += drawn(part) + (strings[i + 1] as string);
  return { markup };
}

/** Markup from a text of our own: style and script. Never for anything that comes from elsewhere. */
export function trusted(markup: string): Html {
  return { markup };
}

function drawn(part: HtmlPart): string {
  if (part === null) return '';
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  if ('markup' in part) return part.markup;
  return part.map(drawn).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] as string);
}
