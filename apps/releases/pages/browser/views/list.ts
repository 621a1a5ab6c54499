/** The list: searched, filtered, sorted, paged. What is chosen stands in the address, so that it can be kept and sent. */
import type { PageOf, ReleaseItem } from '../answers.ts';
import { element, fill } from '../element.ts';
import { choice, type Draw, faultText, field, link, type Visit } from '../view.ts';
import { releaseTable } from './table.ts';

const types = ['EBOOK', 'TV', 'DOCS', 'AUDIOBOOK', 'GAME'] as const satisfies readonly ReleaseItem['release_type'][];
const statuses = ['draft', 'processing', 'completed', 'failed'] as const satisfies readonly ReleaseItem['status'][];
const columns = ['created_at', 'title', 'status', 'release_type'] as const;
const known = new Set(['page', 'search', 'release_type', 'status', 'sort_by', 'sort_order']);
const orders = ['desc', 'asc'] as const;

export const drawList: Draw = async (visit) => {
  const { speech, note, query } = visit;
  const { say, name } = speech;
  // Read out as they change, without the focus leaving the form.
  const results = element('div', { role: 'region', 'aria-live': 'polite', 'aria-label': say('page.list') });
  let asked = new URLSearchParams(query);

  const show = async (): Promise<void> => {
    results.setAttribute('aria-busy', 'true');
    const mine = asked;
    try {
      const page = await visit.api.get<PageOf<ReleaseItem>>(`/releases?${sent(mine, visit)}`, visit.signal);
      // What was asked for later is shown, whichever comes first.
      if (mine === asked) fill(results, ...found(page, mine, visit, turn));
    } catch (error) {
      if (visit.signal.aborted || mine !== asked) return;
      fill(results, element('p', { class: 'fault', role: 'alert' }, faultText(error, speech)));
    }
    results.removeAttribute('aria-busy');
  };
  const turn = (next: URLSearchParams): void => {
    asked = next;
    note(`/releases${next.size === 0 ? '' : `?${next}`}`);
    void show();
  };

  const all = ['', say('list.any')] as const;
  const options = (group: string, keys: readonly string[]) => keys.map((key) => [key, name(group, key)] as const);
  const form = element(
    'form',
    { class: 'filters', role: 'search' },
    field(
      say('list.search'),
      element('input', { type: 'search', name: 'search', maxlength: 100, value: query.get('search') ?? '' }),
      say('list.searchHint'),
    ),
    field(say('list.type'), choice('release_type', [all, ...options('type', types)], query.get('release_type') ?? '')),
    field(say('list.status'), choice('status', [all, ...options('status', statuses)], query.get('status') ?? '')),
    field(say('list.sort'), choice('sort_by', options('sort', columns), query.get('sort_by') ?? 'created_at')),
    field(say('list.order'), choice('sort_order', options('order', orders), query.get('sort_order') ?? 'desc')),
    element(
      'label',
      { class: 'check' },
      element('input', { type: 'checkbox', name: 'mine', value: '1', checked: query.has('mine') }),
      say('list.mine'),
    ),
    element('button', {}, say('list.do')),
    link('/releases', { class: 'button quiet' }, say('list.clear')),
  );
  const choose = (event: Event): void => {
    event.preventDefault();
    turn(chosen(new FormData(form)));
  };
  form.addEventListener('submit', choose);
  // A choice is a search at once; text is one when it is sent.
  form.addEventListener('change', choose);
  await show();
  return { title: say('page.list'), body: [form, results] };
};

/** What is as it would be without saying is left out of the address. */
function chosen(data: FormData): URLSearchParams {
  const usual: Readonly<Record<string, string>> = { sort_by: 'created_at', sort_order: 'desc' };
  const kept = [...data].flatMap(([key, value]) =>
    typeof value !== 'string' || value.trim() === '' || usual[key] === value ? [] : [[key, value.trim()]],
  );
  return new URLSearchParams(kept);
}

/** The address of the page as the service wants it. */
function sent(asked: URLSearchParams, { login }: Visit): URLSearchParams {
  const query = new URLSearchParams([...asked].filter(([key]) => known.has(key)));
  if (asked.has('mine') && login !== null) query.set('user_id', login.user.id);
  return query;
}

function found(
  { items, total, page, per_page, pages }: PageOf<ReleaseItem>,
  asked: URLSearchParams,
  { speech }: Visit,
  turn: (next: URLSearchParams) => void,
) {
  const { say, count } = speech;
  if (items.length === 0) return [element('p', {}, say('list.none'))];
  const from = (page - 1) * per_page + 1;
  const shown = { from: count(from), to: count(from + items.length - 1), total: count(total) };
  const to = (wanted: number, text: string): HTMLElement => {
    const next = new URLSearchParams(asked);
    next.set('page', String(wanted));
    const there = wanted >= 1 && wanted <= pages;
    return element('button', { type: 'button', disabled: !there, on: { click: () => turn(next) } }, text);
  };
  const paging = element(
    'nav',
    { class: 'paging', 'aria-label': say('list.paging') },
    to(page - 1, say('list.previous')),
    element('span', {}, say('list.page', { page: count(page), pages: count(pages) })),
    to(page + 1, say('list.next')),
  );
  return [element('p', {}, say('list.shown', shown)), releaseTable(items, speech, say('page.list')), paging];
}
