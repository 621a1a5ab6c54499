/** The first page after the login: how much there is, what is at work, and what the reader made last. */
import type { JobItem, PageOf, ReleaseItem, Stats } from '../answers.ts';
import { type Child, element } from '../element.ts';
import { type Draw, link } from '../view.ts';
import { releaseTable } from './table.ts';

const latestCount = 5;

export const drawDashboard: Draw = async ({ api, speech, login, signal, may }) => {
  const { say, count } = speech;
  const mine = `user_id=${login?.user.id ?? ''}`;
  const countOf = async (path: string): Promise<number> => (await api.get<PageOf<JobItem>>(path, signal)).total;
  const [stats, latest, running, waiting] = await Promise.all([
    api.get<Stats>('/dashboard/stats', signal),
    api.get<PageOf<ReleaseItem>>(`/releases?per_page=${latestCount}&${mine}`, signal),
    countOf('/jobs?per_page=1&status=running'),
    countOf('/jobs?per_page=1&status=pending'),
  ]);
  const tile = (name: string, value: number, to: string | null): HTMLElement => {
    const shown: Child = to === null ? count(value) : link(to, {}, count(value));
    return element('div', {}, element('dt', {}, name), element('dd', {}, shown));
  };
  const tiles = element(
    'dl',
    { class: 'tiles' },
    tile(say('dashboard.yours'), stats.user_releases, '/releases?mine=1'),
    tile(say('dashboard.all'), stats.total_releases, '/releases'),
    tile(
      say('dashboard.working'),
      running + waiting,
      running > 0 || waiting === 0 ? '/jobs?status=running' : '/jobs?status=pending',
    ),
    tile(say('dashboard.jobs'), stats.user_jobs, '/jobs'),
    tile(say('dashboard.allJobs'), stats.total_jobs, null),
  );
  const begin = may('releases write') ? link('/wizard', { class: 'button' }, say('dashboard.begin')) : null;
  const made =
    latest.items.length === 0
      ? element('p', {}, say('dashboard.none'))
      : releaseTable(latest.items, speech, say('dashboard.latest'));
  return {
    title: say('page.dashboard'),
    body: [tiles, element('h2', {}, say('dashboard.latest')), made, element('p', {}, begin)],
  };
};
