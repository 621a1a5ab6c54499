/** How far a job is, told until it has ended, with a way to call it off. */
import type { Job } from '../answers.ts';
import { element, fill } from '../element.ts';
import { faultText, troubleLine, type Visit } from '../view.ts';

const askAgainMs = 500;

export interface ProgressEvents {
  /** After each look at the job. What it rejects with is told, and the next look goes on. */
  looked?(): Promise<void>;
  /** Once, when the job is at its end; not when the reader has left. */
  ended(): void;
}

export function isOver(status: Job['status']): boolean {
  return status !== 'pending' && status !== 'running';
}

export function jobProgress(visit: Visit, id: string, events: ProgressEvents): HTMLElement {
  const { api, speech, signal, timing } = visit;
  const { say, bytes } = speech;
  const bar = element('progress', { max: 1, 'aria-label': say('job.working') });
  const told = element('p', { role: 'status' }, say('job.waiting'));
  const trouble = troubleLine();
  const stop = async (): Promise<void> => {
    cancel.disabled = true;
    try {
      await api.send('PUT', `/jobs/${id}/cancel`);
    } catch (error) {
      fill(trouble, faultText(error, speech));
    }
  };
  const cancel = element('button', { class: 'quiet', on: { click: () => void stop() } }, say('job.cancel'));
  const look = async (): Promise<void> => {
    try {
      const { status, progress } = await api.get<Job>(`/jobs/${id}`, signal);
      if (isOver(status)) return events.ended();
      if (progress !== null) {
        bar.value = progress.bytes === 0 ? 0 : progress.packed_bytes / progress.bytes;
        const facts = { packed: bytes(progress.packed_bytes), total: bytes(progress.bytes), file: progress.file };
        fill(told, say('job.packed', facts));
      }
      await events.looked?.();
      fill(trouble);
    } catch (error) {
      if (signal.aborted) return;
      // Told, and asked again: a replica may be leaving.
      fill(trouble, faultText(error, speech));
    }
    timing.after(askAgainMs, () => void (signal.aborted || look()));
  };
  void look();
  const heading = element('h2', {}, say('job.working'));
  return element('section', { class: 'sheet' }, heading, bar, told, trouble, cancel);
}
