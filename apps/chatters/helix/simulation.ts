/** What the routes of the simulator share. */
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { Grants } from './grants.ts';
import type { HelixOptions } from './options.ts';
import type { World } from './world/world.ts';

export interface Simulation {
  readonly world: World;
  readonly grants: Grants;
  readonly options: HelixOptions;
  readonly clock: Clock;
  readonly timers: Timers;
}
