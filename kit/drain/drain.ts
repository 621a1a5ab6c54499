/**
 * A server leaves without a failed request: it goes on answering for a while, and each answer tells the client to open its next
 * connection elsewhere. It knows only Node's own HTTP server, so it holds for whatever is built on it.
 */
import type { ServerResponse } from 'node:http';
import type { Timers } from '@palier/base/timers';

export interface Drain {
  /** Whether the server is on its way out: what a health check answers with 503 for, so that no balancer chooses it. */
  readonly draining: boolean;
  /**
   * From now on answers carry `Connection: close`, those that are in hand, too. Resolves after `lingerMs`: then the server is to be closed.
   * A second call waits for the first.
   */
  leave(lingerMs: number): Promise<void>;
}

/** Of `node:http`'s server: Fastify's `app.server`, what Express' `app.listen()` returns. */
interface ServerLike {
  prependListener(event: 'request', listener: (request: object, response: ServerResponse) => void): unknown;
}

/** Call it before the server listens. */
export function drainServer(server: ServerLike, timers: Timers): Drain {
  const inHand = new Set<ServerResponse>();
  let left: Promise<void> | undefined;
  server.prependListener('request', (_, response) => {
    if (left !== undefined) {
      response.setHeader('connection', 'close');
      return;
    }
    inHand.add(response);
    response.once('close', () => inHand.delete(response));
  });
  return {
    get draining() {
      return left !== undefined;
    },
    leave(lingerMs) {
      if (left === undefined) {
        left = timers.sleep(lingerMs);
        for (const response of inHand) if (!response.headersSent) response.setHeader('connection', 'close');
        inHand.clear();
      }
      return left;
    },
  };
}
