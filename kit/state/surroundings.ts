/** What a shared state needs from its process. */
import type { Clock } from '@palier/base/clock';
import type { Log } from '@palier/base/log';
import type { Random } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';

export interface StateSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Spreads the waits of those who try again. */
  readonly random: Random;
  /** Told when an engine goes and comes back. */
  readonly log: Log;
}
