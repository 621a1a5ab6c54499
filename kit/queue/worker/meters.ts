/** What a queue tells about itself: depth and age by state, pick-up latency, run time, what became of attempts. */
import type { Meters } from '../../meter/index.ts';
import type { Claimed } from '../store/claim.ts';
import type { Depth } from '../store/desk.ts';

export interface QueueMeters {
  began(row: Claimed): void;
  ended(job: string, tookMs: number): void;
  /** `attempts`: so many of them; by default one. */
  settled(event: string, attempts?: number): void;
  /** A result came too late and was refused. */
  fenced(): void;
  /** This worker was given up for lost. */
  lost(): void;
  stalled(): void;
  /** Counts anew, if it is time to. */
  refresh(): Promise<void>;
}

/** Upper edges in seconds. */
const pickUpEdges = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 300];
const runEdges = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800];

const silent: QueueMeters = {
  began: () => {},
  ended: () => {},
  settled: () => {},
  fenced: () => {},
  lost: () => {},
  stalled: () => {},
  refresh: () => Promise.resolve(),
};

/** Made once for each set of meters and queue; all workers of it record there. */
export function queueMeters(
  meters: Meters | undefined,
  queue: string,
  depths: () => Promise<readonly Depth[]>,
): QueueMeters {
  if (meters === undefined) return silent;
  const pickUp = meters
    .histogram('palier_queue_pickup_seconds', 'From ready to claimed.', pickUpEdges, ['queue'])
    .of(queue);
  const took = meters.histogram('palier_queue_run_seconds', 'Run time of attempts.', runEdges, ['queue', 'job']);
  const ends = meters.counter('palier_queue_attempts_total', 'Attempts, by what became of them.', ['queue', 'end']);
  const depth = meters.gauge(
    'palier_queue_depth_jobs',
    'Jobs that are to be done, dead or parked; counted up to 10 000.',
    ['queue', 'state'],
  );
  const age = meters.gauge('palier_queue_waiting_seconds', 'How long the next job has waited.', ['queue', 'state']);
  const trouble = meters.counter('palier_queue_trouble_total', 'What should not happen.', ['queue', 'what']);
  return {
    began: (row) => pickUp.observe(Math.max(0, row.now - row.due_at) / 1000),
    ended: (job, tookMs) => took.of(queue, job).observe(tookMs / 1000),
    settled: (event, attempts) => ends.of(queue, event).add(attempts),
    fenced: () => trouble.of(queue, 'fenced').add(),
    lost: () => trouble.of(queue, 'lost').add(),
    stalled: () => trouble.of(queue, 'stalled').add(),
    async refresh() {
      for (const { state, jobs, waitingMs } of await depths()) {
        depth.of(queue, state).set(jobs);
        if (state === 'ready' || state === 'suspect') age.of(queue, state).set((waitingMs ?? 0) / 1000);
      }
    },
  };
}
