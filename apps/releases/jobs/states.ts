/** The life of a job: its states, and what leads from one to another. The only place that says so; every statement that moves a job asks here. */

export const jobStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const jobTypes = ['pack', 'repack', 'nfofix', 'readnfo', 'dirfix'] as const;
export type JobType = (typeof jobTypes)[number];

const next: Readonly<Record<JobStatus, readonly JobStatus[]>> = {
  pending: ['running', 'cancelled'],
  running: ['completed', 'failed', 'cancelled'],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The states from which a job can come to `status`. */
export function statesBefore(status: JobStatus): JobStatus[] {
  return jobStatuses.filter((before) => next[before].includes(status));
}

/** Whether nothing leads on. */
export function isFinal(status: JobStatus): boolean {
  return next[status].length === 0;
}

/** What a release is once a job of it has ended; `packed`: there are files of it. */
export function releaseAfter(
  status: 'completed' | 'failed' | 'cancelled',
  packed: boolean,
): 'draft' | 'completed' | 'failed' {
  if (packed || status === 'completed') return 'completed';
  return status === 'failed' ? 'failed' : 'draft';
}

/** What each kind of job makes: the whole release anew, or a directory of corrected texts beside it; and what the directory is marked as. */
export const kinds: Readonly<
  Record<
    JobType,
    {
      readonly what: 'whole' | 'texts';
      readonly tag: 'NFOFiX' | 'READNFO' | 'DiRFiX' | null;
      readonly from: readonly string[];
    }
  >
> = {
  pack: { what: 'whole', tag: null, from: ['draft', 'failed'] },
  repack: { what: 'whole', tag: null, from: ['completed', 'failed'] },
  readnfo: { what: 'whole', tag: 'READNFO', from: ['completed'] },
  nfofix: { what: 'texts', tag: 'NFOFiX', from: ['completed'] },
  dirfix: { what: 'texts', tag: 'DiRFiX', from: ['completed'] },
};
