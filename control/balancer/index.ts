/** The door of `@palier/control/balancer`. README.md tells the messages. */
import { entryPath } from '@palier/base/entry';

export { Balancer, type BalancerSurroundings } from './balancer.ts';
export { type BalancerLimits, defaultBalancerLimits } from './options.ts';

/** The file to `fork()`: the balancer as a process. */
export function balancerEntry(): string {
  return entryPath(import.meta.url, 'main');
}
