/** The reader's own jobs, the newest first. */
import type { JobItem } from '../../answers.ts';
import { element } from '../../element.ts';
import { choice, type Draw, field, link } from '../../view.ts';
import { drawListing } from '../listing.ts';
import { statusMark, tableOf, timeOf } from '../table.ts';

const statuses = [
  'pending',
  'running',
  'completed',
  'failed',
  'cancelled',
] as const satisfies readonly JobItem['status'][];

export const drawJobs: Draw = (visit) => {
  const { speech, query } = visit;
  const { say, name } = speech;
  const states = [['', say('list.any')] as const, ...statuses.map((key) => [key, name('job', key)] as const)];
  const ofRelease = query.get('release_id');
  return drawListing<JobItem>(visit, {
    title: say('page.jobs'),
    path: '/jobs',
    fields: [
      field(say('list.status'), choice('status', states, query.get('status') ?? '')),
      ...(ofRelease === null ? [] : [element('input', { type: 'hidden', name: 'release_id', value: ofRelease })]),
    ],
    ask: (chosen) => `/jobs?${chosen}`,
    table: (items) =>
      tableOf(
        say('page.jobs'),
        [
          { name: say('jobs.what'), cell: ({ id, job_type }) => link(`/jobs/${id}`, {}, name('work', job_type)) },
          { name: say('jobs.release'), cell: ({ release_id, title }) => link(`/releases/${release_id}`, {}, title) },
          { name: say('list.status'), cell: ({ status }) => statusMark(speech, 'job', status) },
          { name: say('jobs.ordered'), cell: ({ created_at }) => timeOf(speech, created_at) },
        ],
        items,
      ),
    none: element('p', {}, say('jobs.none')),
  });
};
