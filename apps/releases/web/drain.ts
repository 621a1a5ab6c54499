/**
 * Leaves without a failed request: tells every client to open its next connection elsewhere, goes on answering for a while, then closes.
 */
import type { Timers } from '@palier/base/timers';
import type { FastifyInstance } from 'fastify';

export interface Drain {
  /** Whether the service is on its way out. */
  draining(): boolean;
  /**
   * Answers for `lingerMs` more with `Connection: close` (a request that is on its way over a kept connection is still answered), then
   * stops listening and waits for what is in hand.
   */
  leave(lingerMs: number, timers: Timers): Promise<void>;
}

export function addDrain(app: FastifyInstance): Drain {
  let draining = false;
  app.addHook('onSend', async (_, reply) => {
    if (draining) reply.header('connection', 'close');
  });
  return {
    draining: () => draining,
    async leave(lingerMs, timers) {
      draining = true;
      const open = await new Promise<number>((resolve) => {
        app.server.getConnections((error, count) => resolve(error === null ? count : 1));
      });
      if (open > 0) await timers.sleep(lingerMs);
      await app.close();
    },
  };
}
