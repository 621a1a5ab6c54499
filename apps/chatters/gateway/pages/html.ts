/** Pages as templates in which every value is escaped: what comes from Twitch or from a form is text, never markup. */

/** Markup that was made by `html`. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Null draws nothing. */
export type Part = string | number | Html | readonly Html[] | null;

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, next, place) => text + drawn(parts[place - 1] ?? null) + next));
}

const signs: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function drawn(part: Part): string {
  if (part === null) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'object') return part.map(({ text }) => text).join('');
  return String(part).replaceAll(/[&<>"']/g, (sign) => signs[sign] as string);
}
