/** Opens a bus by the URL of the state it goes with; a driver's library is loaded only when its URL is used. */
import { parseAddress, shownUrl } from '../address.ts';
import { checkedStateOptions, type StateOptions } from '../options.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { Bus } from './bus.ts';

/**
 * Messages between the replicas that share the state at `url`. `sqlite:PATH` keeps them in a file of its own beside it, `PATH.bus`: whoever
 * writes the one does not wait for the other. Throws PALIER_STATE_URL, PALIER_STATE_OPTION, PALIER_STATE_OPEN.
 */
export async function openBus(url: string, around: StateSurroundings, options: StateOptions = {}): Promise<Bus> {
  const bus = await openAt(url, around, options);
  bus.health.onChange((state, reason) => {
    around.log(state === 'up' ? 'info' : 'warn', `the bus is ${state}`, { at: shownUrl(url), reason });
  });
  return bus;
}

async function openAt(url: string, around: StateSurroundings, options: StateOptions): Promise<Bus> {
  const address = parseAddress(url);
  const checked = checkedStateOptions(options);
  if (address.kind === 'sqlite') {
    const { openBusSqlite } = await import('./bus-sqlite.ts');
    const path = address.path === ':memory:' ? address.path : `${address.path}.bus`;
    return openBusSqlite({ ...checked, path }, around);
  }
  const { redisParts } = await import('../redis/parts-redis.ts');
  const { BusRedis } = await import('./bus-redis.ts');
  return new BusRedis(redisParts(address, checked, around), checked, around);
}
