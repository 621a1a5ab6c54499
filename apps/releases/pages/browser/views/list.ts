/** The list of all releases: searched, filtered, sorted, paged. */
import type { ReleaseItem } from '../answers.ts';
import { element } from '../element.ts';
import { choice, type Draw, field } from '../view.ts';
import { drawListing } from './listing.ts';
import { releaseTable } from './table.ts';

export const types: readonly ReleaseItem['release_type'][] = ['EBOOK', 'TV', 'DOCS', 'AUDIOBOOK', 'GAME'];
const statuses = ['draft', 'processing', 'completed', 'failed'] as const satisfies readonly ReleaseItem['status'][];
const columns = ['created_at', 'title', 'status', 'release_type'] as const;
const orders = ['desc', 'asc'] as const;
const usual = { sort_by: 'created_at', sort_order: 'desc' } as const;

export const drawList: Draw = (visit) => {
  const { speech, query, login } = visit;
  const { say, name } = speech;
  const all = ['', say('list.any')] as const;
  const options = (group: string, keys: readonly string[]) => keys.map((key) => [key, name(group, key)] as const);
  const fields = [
    field(
      say('list.search'),
      element('input', { type: 'search', name: 'search', maxlength: 100, value: query.get('search') ?? '' }),
      say('list.searchHint'),
    ),
    field(say('list.type'), choice('release_type', [all, ...options('type', types)], query.get('release_type') ?? '')),
    field(say('list.status'), choice('status', [all, ...options('status', statuses)], query.get('status') ?? '')),
    field(say('list.sort'), choice('sort_by', options('sort', columns), query.get('sort_by') ?? usual.sort_by)),
    field(
      say('list.order'),
      choice('sort_order', options('order', orders), query.get('sort_order') ?? usual.sort_order),
    ),
    element(
      'label',
      { class: 'check' },
      element('input', { type: 'checkbox', name: 'mine', value: '1', checked: query.has('mine') }),
      say('list.mine'),
    ),
  ];
  return drawListing<ReleaseItem>(visit, {
    title: say('page.list'),
    path: '/releases',
    fields,
    usual,
    ask(chosen) {
      const sent = new URLSearchParams(chosen);
      sent.delete('mine');
      if (chosen.has('mine') && login !== null) sent.set('user_id', login.user.id);
      return `/releases?${sent}`;
    },
    table: (items) => releaseTable(items, speech, say('page.list')),
    none: element('p', {}, say('list.none')),
  });
};
