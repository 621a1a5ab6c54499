/** One job: how far it is, what it tells of itself, and what can be done about it: called off while it lasts, tried again once it ended badly. */
import type { Job, JobLog } from '../../answers.ts';
import { type Child, element, fill } from '../../element.ts';
import { type Draw, facts, faultText, link, troubleLine, type Visit } from '../../view.ts';
import { isOver, jobProgress } from '../progress.ts';
import { statusMark, timeOf } from '../table.ts';

export const drawJob: Draw = async (visit) => {
  const { api, speech, id, signal, go } = visit;
  const { say, name } = speech;
  const read = (): Promise<JobLog> => api.get(`/jobs/${id}/logs`, signal);
  const [job, log] = await Promise.all([api.get<Job>(`/jobs/${id}`, signal), read()]);
  const when = (iso: string | null): Child => (iso === null ? null : timeOf(speech, iso));
  const main = facts([
    [say('jobs.release'), link(`/releases/${job.release_id}`, {}, job.title)],
    [say('list.status'), statusMark(speech, 'job', job.status)],
    [say('jobs.reason'), job.reason],
    [say('jobs.ordered'), when(job.created_at)],
    [say('jobs.begun'), when(job.started_at)],
    [say('jobs.ended'), when(job.ended_at)],
  ]);
  const lines = element('ol', { class: 'log' }, ...linesOf(log, speech));
  const told = element('section', {}, element('h2', {}, say('jobs.log')), lines);
  const grow = async (): Promise<void> => fill(lines, ...linesOf(await read(), speech));
  const work = isOver(job.status)
    ? retryOf(visit, job)
    : jobProgress(visit, id, { looked: grow, ended: () => go(`/jobs/${id}`) });
  return { title: `${name('work', job.job_type)}: ${job.title}`, body: [work, main, told] };
};

function linesOf({ items }: JobLog, speech: Visit['speech']): readonly Child[] {
  if (items.length === 0) return [element('li', {}, speech.say('jobs.silent'))];
  return items.map(({ at, line }) => element('li', {}, element('small', {}, timeOf(speech, at)), ' ', line));
}

/** A job that did not come to its end in order is ordered once more. */
function retryOf({ api, speech, go }: Visit, { status, job_type, release_id }: Job): Child {
  if (status === 'completed') return null;
  const trouble = troubleLine();
  const order = async (): Promise<void> => {
    fill(trouble);
    try {
      if (job_type === 'pack') {
        const { job_id } = await api.send<{ job_id: string }>('POST', `/wizard/${release_id}/finalize`);
        return go(`/jobs/${job_id}`);
      }
      const { id } = await api.send<{ id: string }>('POST', `/releases/${release_id}/actions/${job_type}`);
      go(`/jobs/${id}`);
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  };
  return element('p', {}, element('button', { on: { click: () => void order() } }, speech.say('jobs.again')), trouble);
}
