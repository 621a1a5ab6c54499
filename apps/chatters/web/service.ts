/** What the HTTP services of this application have in common: health, meters, answers to faults, and leaving without a failed request. */
import type { Log } from '@palier/base/log';
import type { Timers } from '@palier/base/timers';
import { expositionType, type Meters } from '@palier/kit/meter';
import { type FastifyInstance, fastify } from 'fastify';
import { answerFaults, type DrawFault, refuseEarly } from './faults.ts';

export interface Service {
  readonly app: FastifyInstance;
  /** Answers for `lingerMs` more, telling clients to open their next connection elsewhere, then closes and ends what is in hand. */
  leave(lingerMs: number, timers: Timers): Promise<void>;
}

export interface ServiceParts {
  readonly log: Log;
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
/** An edge at each limit that the scenarios judge by. */
const edgesSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10, 30];

export function buildService({ log, meters, reached, draw, guards = {} }: ServiceParts): Service {
  const app = fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    frameworkErrors: (error, request, reply) => refuseEarly(error, request, reply.headers(guards), draw),
  });
  let leaving = false;
  // First, so that what is refused carries them, too.
  app.addHook('onRequest', async (_, reply) => void reply.headers(guards));
  answerFaults(app, log, draw);
  meterRequests(app, meters);
  app.addHook('onSend', async (_, reply) => {
    if (leaving) reply.header('connection', 'close');
  });
  app.get('/health', async (_, reply) => {
    const reachable = await reached().then(
      () => true,
      () => false,
    );
    const status = leaving ? 'draining' : reachable ? 'ok' : 'failing';
    return reply.status(status === 'ok' ? 200 : 503).send({ status });
  });
  app.get('/metrics', async (_, reply) => reply.type(expositionType).send(meters.text()));
  return {
    app,
    async leave(lingerMs, timers) {
      leaving = true;
      await timers.sleep(lingerMs);
      await app.close();
    },
  };
}

function meterRequests(app: FastifyInstance, meters: Meters): void {
  const requests = meters.counter('http_requests_total', 'Requests answered, by route and status.', [
    'route',
    'status',
  ]);
  const seconds = meters.histogram('http_request_duration_seconds', 'From head to end, by route.', edgesSeconds, [
    'route',
  ]);
  app.addHook('onResponse', async (request, reply) => {
    const { url } = request.routeOptions;
    // The routes are few and known; everything else is one route, so that what clients send makes no series.
    const route = url === undefined ? 'other' : `${request.method} ${url}`;
    requests.of(route, String(reply.statusCode)).add();
    seconds.of(route).observe(reply.elapsedTime / 1000);
  });
}
