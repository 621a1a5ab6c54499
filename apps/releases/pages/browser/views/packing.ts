/** How far the packing of a release is, told until it has ended. */
import type { Job, PageOf } from '../answers.ts';
import { element, fill } from '../element.ts';
import { faultText, type Visit } from '../view.ts';

const askAgainMs = 500;

/** `ended` is called once, when the job is at its end; not when the reader has left. */
export function packingProgress(visit: Visit, releaseId: string, ended: () => void): HTMLElement {
  const { api, speech, signal, timing } = visit;
  const { say, bytes } = speech;
  const bar = element('progress', { max: 1, 'aria-label': say('job.working') });
  const told = element('p', { role: 'status' }, say('job.waiting'));
  const trouble = element('p', { class: 'fault', role: 'alert' });
  let job: Job | undefined;
  const stop = async (): Promise<void> => {
    if (job === undefined) return;
    cancel.disabled = true;
    try {
      await api.send('PUT', `/jobs/${job.id}/cancel`);
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  };
  const cancel = element('button', { class: 'quiet', on: { click: () => void stop() } }, say('job.cancel'));
  const look = async (): Promise<void> => {
    try {
      job ??= (await api.get<PageOf<Job>>(`/jobs?release_id=${releaseId}&per_page=1`, signal)).items[0];
      if (job === undefined) return;
      job = await api.get<Job>(`/jobs/${job.id}`, signal);
      fill(trouble);
    } catch (error) {
      if (signal.aborted) return;
      // Told, and asked again: a replica may be leaving.
      fill(trouble, faultText(error, speech));
    }
    if (job !== undefined && job.status !== 'pending' && job.status !== 'running') return ended();
    const progress = job?.progress ?? null;
    if (progress !== null) {
      bar.value = progress.bytes === 0 ? 0 : progress.packed_bytes / progress.bytes;
      const facts = { packed: bytes(progress.packed_bytes), total: bytes(progress.bytes), file: progress.file };
      fill(told, say('job.packed', facts));
    }
    timing.after(askAgainMs, () => void (signal.aborted || look()));
  };
  void look();
  const heading = element('h2', {}, say('job.working'));
  return element('section', { class: 'narrow' }, heading, bar, told, trouble, cancel);
}
