/** What a worker is put together from. */
import type { StateSurroundings } from '../../state/index.ts';
import type { Job, JobKinds } from '../jobs.ts';
import type { CheckedQueueOptions, CheckedWorkOptions } from '../options.ts';
import type { Planned } from '../schedule/schedules.ts';
import type { Ground } from '../store/ground.ts';
import type { QueueMeters } from './meters.ts';

export type Works = Readonly<Record<string, ((job: Job) => Promise<unknown>) | undefined>>;

export interface WorkerParts {
  readonly ground: Ground;
  readonly around: StateSurroundings;
  readonly queue: CheckedQueueOptions;
  readonly options: CheckedWorkOptions;
  readonly kinds: JobKinds;
  readonly works: Works;
  readonly meters: QueueMeters;
  readonly planned: readonly Planned[];
  /** Whether somebody tells this process of new jobs, so that looking is a net only. */
  readonly told: boolean;
  /** Tells all workers of the queue that there is something to do. */
  ring(): void;
}
