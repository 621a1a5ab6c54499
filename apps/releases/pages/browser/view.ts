/** What a page gets to draw itself, and what pages have in common. */
import { type Api, Fault } from './api.ts';
import type { Permission } from '../../users/permissions.ts';
import { type Child, element } from './element.ts';
import type { Login } from './session.ts';
import type { Speech } from './words.ts';

export interface Timing {
  after(ms: number, run: () => void): void;
}

export interface Visit {
  readonly api: Api;
  readonly speech: Speech;
  readonly timing: Timing;
  /** Null only on the page that logs in. */
  readonly login: Login | null;
  /** What the address has after the page's name: the id of a release. */
  readonly id: string;
  readonly query: URLSearchParams;
  /** Aborted when the reader leaves the page. */
  readonly signal: AbortSignal;
  /** Whether the account may, as far as is known; the service has the last word. */
  may(permission: Permission): boolean;
  go(path: string): void;
  /** Calls the page otherwise from now on. */
  retitle(title: string): void;
  /** Changes the address alone: the page stays and draws itself. */
  note(path: string): void;
}

export interface View {
  readonly title: string;
  readonly body: Child;
}

export type Draw = (visit: Visit) => Promise<View>;

/** In the reader's language where we have it; else as the service said it. */
export function faultText(fault: unknown, { language, say, name }: Speech): string {
  if (!(fault instanceof Fault)) throw fault;
  const known = name('fault', fault.code);
  if (known !== fault.code) return known;
  if (fault.status === 503) return say('fault.BUSY');
  return language === 'en' ? `${fault.message} ${fault.hint}` : say('fault.refused', { message: fault.message });
}

/** A link within the pages. */
export function link(
  path: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly Child[]
): HTMLElement {
  return element('a', { href: path, ...attributes }, ...children);
}

/** A field with its name above it. */
export function field(name: string, input: HTMLElement, hint?: string): HTMLElement {
  const note = hint === undefined ? null : element('small', {}, ` (${hint})`);
  return element('label', { class: 'field' }, element('span', {}, name, note), input);
}

/** Boxes of which any may be ticked: `values` of the field `name`, each with its words. */
export function boxes(
  legend: string,
  name: string,
  values: readonly (readonly [string, string])[],
  ticked: readonly string[],
): HTMLElement {
  const box = ([value, words]: readonly [string, string]): HTMLElement =>
    element(
      'label',
      { class: 'check' },
      element('input', { type: 'checkbox', name, value, checked: ticked.includes(value) }),
      words,
    );
  return element('fieldset', {}, element('legend', {}, legend), ...values.map(box));
}

/** Where it is said what went wrong. */
export function troubleLine(text = ''): HTMLElement {
  return element('p', { class: 'fault', role: 'alert' }, text);
}

type Options = readonly (readonly [value: string, name: string])[];

export function choice(name: string, options: Options, chosen: string): HTMLElement {
  return element('select', { name }, choices(options, chosen));
}

/** What a select holds. */
export function choices(options: Options, chosen: string): readonly HTMLElement[] {
  return options.map(([value, text]) => element('option', { value, selected: value === chosen }, text));
}

/** Names and what they are, as a list of terms; what is empty is left out. */
export function facts(rows: readonly (readonly [string, Child])[]): HTMLElement {
  const shown = rows.filter(([, value]) => value !== null && value !== '');
  return element(
    'dl',
    { class: 'facts' },
    ...shown.map(([name, value]) => element('div', {}, element('dt', {}, name), element('dd', {}, value))),
  );
}
