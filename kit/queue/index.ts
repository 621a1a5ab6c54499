/** Jobs that must be done once, in the database that the service already has. */
export {
  job,
  type Handler,
  type Job,
  type JobKind,
  type JobKinds,
  type JobOptions,
  type PayloadOf,
  type ResultOf,
} from './jobs.ts';
export type { QueueOptions, Schedules, WorkOptions } from './options.ts';
export { type AddOptions, type Handlers, openQueue, type Queue } from './queue.ts';
export {
  type QueueAccess,
  type QueuePages,
  queuePages,
  type QueuePagesOptions,
  type ShownQueue,
} from './page/pages.ts';
export type { Recurrence } from './schedule/times.ts';
export type { ErrorRule, RetryRule } from './states/failure.ts';
export type { EndedState, JobState, LiveState } from './states/states.ts';
export type { Added } from './store/add.ts';
export type { Depth, JobPage, JobView } from './store/desk.ts';
export { queueMigrations } from './store/tables.ts';
export type { Worker } from './worker/worker.ts';
