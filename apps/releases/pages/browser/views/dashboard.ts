/** The first page after the login: how much there is, and what the reader made last. */
import type { PageOf, ReleaseItem, Stats } from '../answers.ts';
import { element } from '../element.ts';
import { type Draw, link } from '../view.ts';
import { releaseTable } from './table.ts';

const latestCount = 5;

export const drawDashboard: Draw = async ({ api, speech, login, signal }) => {
  const { say, count } = speech;
  const mine = `user_id=${login?.user.id ?? ''}`;
  const [stats, latest] = await Promise.all([
    api.get<Stats>('/dashboard/stats', signal),
    api.get<PageOf<ReleaseItem>>(`/releases?per_page=${latestCount}&${mine}`, signal),
  ]);
  const tile = (name: string, value: number): HTMLElement =>
    element('div', {}, element('dt', {}, name), element('dd', {}, count(value)));
  const tiles = element(
    'dl',
    { class: 'tiles' },
    tile(say('dashboard.yours'), stats.user_releases),
    tile(say('dashboard.all'), stats.total_releases),
    tile(say('dashboard.jobs'), stats.user_jobs),
    tile(say('dashboard.allJobs'), stats.total_jobs),
  );
  const made =
    latest.items.length === 0
      ? [
          element('p', {}, say('dashboard.none')),
          element('p', {}, link('/wizard', { class: 'button' }, say('dashboard.begin'))),
        ]
      : releaseTable(latest.items, speech, say('dashboard.latest'));
  return { title: say('page.dashboard'), body: [tiles, element('h2', {}, say('dashboard.latest')), made] };
};
