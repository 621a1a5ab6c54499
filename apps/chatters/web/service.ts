/** What the HTTP services of this application have in common: health, meters, answers to faults, and leaving without a failed request. */
import type { Log } from '@palier/base/log';
import type { Timers } from '@palier/base/timers';
import { drainServer } from '@palier/kit/drain';
import { fastifyMeters, type Meters } from '@palier/kit/meter';
import { type FastifyInstance, fastify } from 'fastify';
import { answerFaults, type DrawFault, refuseEarly } from './faults.ts';

export interface Service {
  readonly app: FastifyInstance;
  /** Goes on answering for a while, telling clients to open their next connection elsewhere, then closes and ends what is in hand. */
  leave(): Promise<void>;
}

export interface ServiceParts {
  readonly log: Log;
  readonly timers: Timers;
  readonly meters: Meters;
  /** Asks what the service cannot do without; rejects when that is away. */
  reached(): Promise<unknown>;
  /** Left out: faults are answered as JSON. */
  readonly draw?: DrawFault;
  /** Headers of every answer. */
  readonly guards?: Readonly<Record<string, string>>;
}

/** Longer than a balancer keeps an idle connection, so that it, not we, closes first. */
const keepAliveMs = 90_000;
const requestMs = 30_000;
const maxBodyBytes = 64 * 1024;
/** How long it goes on answering when it leaves: the balancer has stopped choosing it before. */
const lingerMs = 300;

export function buildService({ log, timers, meters, reached, draw, guards = {} }: ServiceParts): Service {
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    frameworkErrors: (error, request, reply) => refuseEarly(error, request, reply.headers(guards), draw),
  });
  const drain = drainServer(app.server, timers);
  // First, so that what is refused carries them, too.
  app.addHook('onRequest', async (_, reply) => void reply.headers(guards));
  answerFaults(app, log, draw);
  void app.register(fastifyMeters(meters));
  app.get('/health', async (_, reply) => {
    const reachable = await reached().then(
      () => true,
      () => false,
    );
    const status = drain.draining ? 'draining' : reachable ? 'ok' : 'failing';
    return reply.status(status === 'ok' ? 200 : 503).send({ status });
  });
  return {
    app,
    async leave() {
      await drain.leave(lingerMs);
      await app.close();
    },
  };
}
