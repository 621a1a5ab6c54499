/**
 * What a service hands to the rooms of the kit, taken from the process that it runs in. Tests and simulations hand in their own.
 */
import { type Clock, systemClock } from '../clock.ts';
import { type Entropy, systemEntropy } from '../entropy.ts';
import { jsonLog, type Log } from '../log.ts';
import { type Random, seededRandom } from '../random.ts';
import { systemTimers, type Timers } from '../timers.ts';

export interface Surroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** `log`: told what goes wrong. Default: warnings and errors as lines of JSON on standard error. */
export function systemSurroundings(log?: Log): Surroundings {
  const clock = systemClock();
  const entropy = systemEntropy();
  return {
    clock,
    timers: systemTimers(),
    // Replicas with one seed would try again at the same moments.
    random: seededRandom(entropy(16).toString('hex')),
    entropy,
    log: log ?? jsonLog((line) => void process.stderr.write(line), clock, 'warn'),
  };
}
