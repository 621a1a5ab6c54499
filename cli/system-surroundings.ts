/**
 * What `control/system` gets of the process that palier runs in.
 */
import { seededRandom } from '@palier/base/random';
import type { SystemSurroundings } from '@palier/control/system';
import type { Show } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';

export function systemSurroundings(
  { clock, env, seed, stop, timers }: Surroundings,
  show: Show,
  cpus: readonly number[] | null,
): SystemSurroundings {
  return {
    clock,
    timers,
    random: seededRandom(seed),
    env,
    cpus,
    stop: stop.asked,
    kill: stop.insisted,
    onEvent: (event) => show.tell({ kind: 'event', event }),
  };
}
