/** The job of Sidequest, in a file of its own: it is loaded by its path. */
import { peer } from './way.ts';

export type NoopJob = new () => { run(moment: number): Promise<void> };

const { Job } = await peer<{ readonly Job: new () => object }>('sidequest');

/** Who is told by its handler. */
export const handled: { by: (moment: number) => void } = { by: () => {} };

export const Noop: NoopJob = class Noop extends Job {
  async run(moment: number): Promise<void> {
    handled.by(moment);
  }
};
