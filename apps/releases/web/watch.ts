/** Requests by route and status, their duration by route, and the page that Prometheus and Palier read. */
import { type CounterHandle, expositionType, type HistogramHandle } from '@palier/kit/meter';
import type { FastifyInstance } from 'fastify';
import type { Shop } from './shop.ts';

/** An edge at each limit that the scenarios judge by: 0.2 and 0.5 s. */
const edgesSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10];

interface RouteHandles {
  readonly seconds: HistogramHandle;
  readonly byStatus: Map<number, CounterHandle>;
}

export function watchRequests(app: FastifyInstance, { meters }: Pick<Shop, 'meters'>): void {
  const requests = meters.counter('http_requests_total', 'Requests answered, by route and status.', [
    'route',
    'status',
  ]);
  const seconds = meters.histogram(
    'http_request_duration_seconds',
    'From the head of the request to the end of the answer, by route.',
    edgesSeconds,
    ['route'],
  );
  const routes = new Map<string, RouteHandles>();

  app.addHook('onResponse', async (request, reply) => {
    const { url } = request.routeOptions;
    // The routes are few and known; everything else is one route, so this map cannot grow by what clients send.
    const route = url === undefined ? 'other' : `${request.method} ${url}`;
    let handles = routes.get(route);
    if (handles === undefined) {
      handles = { seconds: seconds.of(route), byStatus: new Map() };
      routes.set(route, handles);
    }
    let count = handles.byStatus.get(reply.statusCode);
    if (count === undefined) {
      count = requests.of(route, String(reply.statusCode));
      handles.byStatus.set(reply.statusCode, count);
    }
    count.add();
    handles.seconds.observe(reply.elapsedTime / 1000);
  });

  app.get('/metrics', async (_, reply) => {
    reply.type(expositionType);
    return meters.text();
  });
}
