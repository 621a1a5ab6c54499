/** Releases as a table, which becomes cards on a narrow screen. */
import type { ReleaseItem } from '../answers.ts';
import { element } from '../element.ts';
import { link } from '../view.ts';
import type { Speech } from '../words.ts';

export function releaseTable(
  items: readonly ReleaseItem[],
  { say, name, moment }: Speech,
  caption: string,
): HTMLElement {
  const columns = [say('list.title'), say('list.type'), say('list.status'), say('list.group'), say('list.when')];
  const row = ({ id, title, release_type, status, group, user, created_at }: ReleaseItem): HTMLElement => {
    const when = element('time', { datetime: created_at }, moment(created_at));
    const cells = [
      name('type', release_type),
      element('span', { class: `status ${status}` }, name('status', status)),
      group.name,
      [when, element('small', {}, ` ${user.login}`)],
    ];
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, link(`/releases/${id}`, {}, title)),
      ...cells.map((cell) => element('td', {}, cell)),
    );
  };
  return element(
    'table',
    {},
    element('caption', { class: 'heard' }, caption),
    element('thead', {}, element('tr', {}, ...columns.map((column) => element('th', { scope: 'col' }, column)))),
    element('tbody', {}, ...items.map(row)),
  );
}
