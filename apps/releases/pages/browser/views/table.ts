/** Tables, which become cards on a narrow screen: the first column names the row. */
import type { ReleaseItem } from '../answers.ts';
import { type Child, element } from '../element.ts';
import { link } from '../view.ts';
import type { Speech } from '../words.ts';

export interface Column<Item> {
  readonly name: string;
  cell(item: Item): Child;
}

/** `caption`: a text is heard only; an element is seen, too. */
export function tableOf<Item>(
  caption: string | HTMLElement,
  columns: readonly Column<Item>[],
  items: readonly Item[],
): HTMLElement {
  const [first, ...others] = columns;
  const row = (item: Item): HTMLElement =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first?.cell(item) ?? null),
      ...others.map(({ cell }) => element('td', {}, cell(item))),
    );
  return element(
    'table',
    {},
    element('caption', { class: typeof caption === 'string' ? 'heard' : null }, caption),
    element('thead', {}, element('tr', {}, ...columns.map(({ name }) => element('th', { scope: 'col' }, name)))),
    element('tbody', {}, ...items.map(row)),
  );
}

export function releaseTable(items: readonly ReleaseItem[], speech: Speech, caption: string): HTMLElement {
  const { say, name } = speech;
  const columns: readonly Column<ReleaseItem>[] = [
    { name: say('list.title'), cell: ({ id, title }) => link(`/releases/${id}`, {}, title) },
    { name: say('list.type'), cell: ({ release_type }) => name('type', release_type) },
    { name: say('list.status'), cell: ({ status }) => statusMark(speech, 'status', status) },
    { name: say('list.group'), cell: ({ group }) => group.name },
    {
      name: say('list.when'),
      cell: ({ created_at, user }) => [timeOf(speech, created_at), element('small', {}, ` ${user.login}`)],
    },
  ];
  return tableOf(caption, columns, items);
}

/** `group`: that of the words. */
export function statusMark({ name }: Speech, group: 'status' | 'job', status: string): HTMLElement {
  return element('span', { class: `status ${status}` }, name(group, status));
}

export function timeOf({ moment }: Speech, iso: string): HTMLElement {
  return element('time', { datetime: iso }, moment(iso));
}
