/** A list that is narrowed by a form and paged. What is chosen stands in the address, so that it can be kept and sent. */
import type { PageOf } from '../answers.ts';
import { type Child, element, fill } from '../element.ts';
import { faultText, link, troubleLine, type View, type Visit } from '../view.ts';

export interface Listing<Item> {
  readonly title: string;
  /** The address of the page. */
  readonly path: string;
  /** The fields of the form; none: there is no form. */
  readonly fields: readonly HTMLElement[];
  /** What a field has when nothing was chosen, unless that is nothing: left out of the address. */
  readonly usual?: Readonly<Record<string, string>>;
  /** What the service is asked, for what was chosen. */
  ask(chosen: URLSearchParams): string;
  table(items: readonly Item[]): Child;
  /** Instead of an empty table. */
  readonly none: Child;
  /** What stands above the list. */
  readonly lead?: Child;
}

export async function drawListing<Item>(visit: Visit, listing: Listing<Item>): Promise<View> {
  const { speech, note, query, api, signal } = visit;
  const { title, path, fields, usual = {}, lead = null } = listing;
  const summary = element('p', { class: 'summary', role: 'status' });
  const results = element('div', { role: 'region', 'aria-label': title, tabindex: -1 });
  const form = formOf(fields, path, speech);
  const names = new Set(['page', ...[...form.elements].map((one) => (one as HTMLInputElement).name)]);
  let asked = query;

  const show = async (): Promise<void> => {
    const mine = asked;
    results.setAttribute('aria-busy', 'true');
    try {
      const known = new URLSearchParams([...mine].filter(([key]) => names.has(key)));
      const page = await api.get<PageOf<Item>>(listing.ask(known), signal);
      // What was asked for later is shown, whichever comes first.
      if (mine !== asked) return;
      fill(summary, summaryOf(page, speech));
      fill(results, page.items.length === 0 ? listing.none : listing.table(page.items), pagingOf(page, speech, turnTo));
    } catch (error) {
      if (signal.aborted || mine !== asked) return;
      fill(summary);
      fill(results, troubleLine(faultText(error, speech)));
    }
    results.removeAttribute('aria-busy');
  };
  const turn = async (next: URLSearchParams): Promise<void> => {
    asked = next;
    note(`${path}${next.size === 0 ? '' : `?${next}`}`);
    await show();
  };
  const turnTo = async (page: number): Promise<void> => {
    const next = new URLSearchParams(asked);
    next.set('page', String(page));
    await turn(next);
    // The button that was pressed is gone; whoever uses keys goes on from the new page's beginning.
    results.focus();
  };
  const choose = (event: Event): void => {
    event.preventDefault();
    void turn(chosenIn(new FormData(form), usual));
  };
  form.addEventListener('submit', choose);
  // A choice is a search at once; text is one when it is sent.
  form.addEventListener('change', choose);
  await show();
  return { title, body: [lead, fields.length === 0 ? null : form, summary, results] };
}

function formOf(fields: Listing<unknown>['fields'], path: string, { say }: Visit['speech']): HTMLFormElement {
  return element(
    'form',
    { class: 'filters', role: 'search' },
    ...fields,
    element(
      'div',
      { class: 'acts' },
      element('button', {}, say('list.do')),
      link(path, { class: 'button quiet' }, say('list.clear')),
    ),
  );
}

/** What is as it would be without saying is left out. */
function chosenIn(data: FormData, usual: Readonly<Record<string, string>>): URLSearchParams {
  const kept = [...data].flatMap(([key, value]) =>
    typeof value !== 'string' || value.trim() === '' || usual[key] === value ? [] : [[key, value.trim()]],
  );
  return new URLSearchParams(kept);
}

function summaryOf({ items, total, page, per_page }: PageOf<unknown>, { say, count }: Visit['speech']): Child {
  if (items.length === 0) return null;
  const from = (page - 1) * per_page + 1;
  return say('list.shown', { from: count(from), to: count(from + items.length - 1), total: count(total) });
}

function pagingOf(
  { page, pages }: PageOf<unknown>,
  { say, count }: Visit['speech'],
  turnTo: (page: number) => Promise<void>,
): Child {
  if (pages <= 1) return null;
  const to = (wanted: number, text: string): HTMLElement => {
    const there = wanted >= 1 && wanted <= pages;
    return element(
      'button',
      { class: 'quiet', type: 'button', disabled: !there, on: { click: () => void turnTo(wanted) } },
      text,
    );
  };
  return element(
    'nav',
    { class: 'paging', 'aria-label': say('list.paging') },
    to(page - 1, say('list.previous')),
    element('span', {}, say('list.page', { page: count(page), pages: count(pages) })),
    to(page + 1, say('list.next')),
  );
}
