/**
 * One server, first come first served, with exponential service times: M/M/1 when the arrivals are Poisson. Pure: the same seed gives
 * request number n the same service time whenever it comes, so that the answers to any arrivals are known beforehand.
 */
import { seededRandom } from '@palier/base/random';

export interface Queue {
  /** Of a service alone, without the wait. */
  readonly meanMs: number;
  readonly seed: number;
}

/** Takes arrivals in ascending order; gives the moment at which each is served, on the same scale (Lindley's recursion). */
export function queueOf({ meanMs, seed }: Queue): (arrivedMs: number) => number {
  const random = seededRandom(seed);
  let freeMs = Number.NEGATIVE_INFINITY;
  return (arrivedMs) => {
    freeMs = Math.max(freeMs, arrivedMs) - meanMs * Math.log(1 - random.next());
    return freeMs;
  };
}

/**
 * How long a share `q` of the requests takes at most, wait and service, in the long run: exponential with rate μ − λ (Kleinrock, "Queueing
 * Systems", volume 1, 5.7). NaN at a utilisation of 1 or more, where there is no long run.
 */
export function queueQuantileMs({ meanMs }: Pick<Queue, 'meanMs'>, perSecond: number, q: number): number {
  const spare = 1 / meanMs - perSecond / 1000;
  return spare <= 0 ? Number.NaN : -Math.log(1 - q) / spare;
}
