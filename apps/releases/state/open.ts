/** Opens what the replicas share beside the database: keys and values, and messages, in the engine that one URL names. */
import { type Bus, checkKeeps, type Kv, keyOf, openBus, openKv, type StateSurroundings } from '@palier/kit/state';

export interface State extends AsyncDisposable {
  readonly kv: Kv;
  readonly bus: Bus;
  /** Asks it for something. */
  ping(): Promise<void>;
}

/** A health check that waits longer is no news. */
const pingTimeoutMs = 500;

/** Warns of an engine that may forget what is revoked. Throws what `openKv` throws, and when no server answers. */
export async function openState(url: string, around: StateSurroundings): Promise<State> {
  await using opened = new AsyncDisposableStack();
  const kv = opened.use(await openKv(url, around));
  const bus = opened.use(await openBus(url, around));
  await checkKeeps(kv, around.log);
  const open = opened.move();
  return {
    kv,
    bus,
    async ping() {
      await kv.get(keyOf('health', 'ping'), { timeoutMs: pingTimeoutMs });
    },
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
