/**
 * A load that never was: what a generator and control would tell of a run, from a seed, in milliseconds of real time.
 *
 * Each user is played by itself on a virtual clock, since a server that is a function of time and chance lets no user feel another one.
 * The sums for Little's law are clipped at the edges of the windows, as the protocol asks of a generator.
 */
export { simulatedConditions } from './conditions.ts';
export { simulateLoad, type SimulatedRun } from './run.ts';
export type {
  SimulatedAnswer,
  SimulatedGenerator,
  SimulatedLoadOptions,
  SimulatedReplicas,
  SimulatedServer,
} from './options.ts';
