/**
 * A way to a server that can be held up: what a partition between one process and a server looks like to both, while everybody else reaches it.
 *
 * Nothing is lost on it: as on a network that retransmits, what was sent meanwhile arrives when it is open again, unless its connection was
 * given up. Connections stand all the time, and new ones come to be; on a way that is held up nothing passes on them.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** `there`: what is asked does not arrive; `back`: it does, and the answer does not. */
export type HeldWay = 'there' | 'back' | 'both';

export interface Passage extends AsyncDisposable {
  readonly port: number;
  hold(way: HeldWay): void;
  /** Open again, both ways. */
  release(): void;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** From a free loopback port to that one. */
export async function startPassage(to: { readonly port: number }): Promise<Passage> {
  const pairs = new Set<Pair>();
  let held: HeldWay | undefined;
  const server = createServer((near) => {
    const pair = { near, far: connect(to.port, '127.0.0.1') };
    pairs.add(pair);
    for (const socket of [pair.near, pair.far]) {
      // What went wrong on one side is seen on the other as its end.
      socket.on('error', () => {});
      socket.on('close', () => {
        if (held === undefined) end(pair);
      });
    }
    flow(pair, held);
  });
  const end = (pair: Pair): void => {
    pair.near.destroy();
    pair.far.destroy();
    pairs.delete(pair);
  };
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    hold(way) {
      held = way;
      for (const pair of pairs) flow(pair, held);
    },
    release() {
      held = undefined;
      for (const pair of pairs) {
        if (pair.near.destroyed || pair.far.destroyed) end(pair);
        else flow(pair, held);
      }
    },
    async [Symbol.asyncDispose]() {
      held = undefined;
      for (const pair of pairs) end(pair);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** What is not taken on stays with the kernel, which holds the sender up when it has enough. */
function flow({ near, far }: Pair, held: HeldWay | undefined): void {
  near.unpipe(far);
  far.unpipe(near);
  if (held === 'there' || held === 'both') near.pause();
  else near.pipe(far);
  if (held === 'back' || held === 'both') far.pause();
  else far.pipe(near);
}
