/** The requests of a Fastify application on its meters. What it needs of Fastify is written down here, so that the kit does not depend on it. */
import { expositionType } from './exposition.ts';
import type { CounterHandle, HistogramHandle, Meters } from './meters.ts';
import { checkedRequestMeterOptions, type RequestMeterOptions } from './options.ts';
import { otherLabel } from './series.ts';

interface RequestLike {
  readonly method: string;
  /** Undefined where no route fits. */
  readonly routeOptions: { readonly url?: string | undefined };
}

interface ReplyLike {
  readonly statusCode: number;
  /** Milliseconds since the head of the request. */
  readonly elapsedTime: number;
  type(type: string): ReplyLike;
  send(text: string): unknown;
}

interface FastifyLike {
  addHook(name: 'onResponse', hook: (request: RequestLike, reply: ReplyLike, done: () => void) => void): unknown;
  get(path: string, handler: (request: RequestLike, reply: ReplyLike) => void): unknown;
}

interface Route {
  readonly seconds: HistogramHandle;
  readonly byStatus: Map<number, CounterHandle>;
}

type Plugin = (fastify: object, options: object, done: () => void) => void;

/**
 * `app.register(fastifyMeters(meters))`: counts requests by route and status (`http_requests_total`), measures them by route
 * (`http_request_duration_seconds`, from the head of the request to the end of the answer), and answers `GET /metrics`. Throws
 * PALIER_METER_TWICE, PALIER_METER_EDGES.
 */
export function fastifyMeters(meters: Meters, options: RequestMeterOptions = {}): Plugin {
  const { edgesSeconds, path } = checkedRequestMeterOptions(options);
  const requests = meters.counter('http_requests_total', 'Requests answered, by route and status.', [
    'route',
    'status',
  ]);
  const help = 'From the head of the request to the end of the answer, by route.';
  const seconds = meters.histogram('http_request_duration_seconds', help, edgesSeconds, ['route']);
  // The routes are few and known; all that fits none is one, so that this map cannot grow by what clients send.
  const routes = new Map<string, Route>();

  const plugin: Plugin = (instance, _, done) => {
    const fastify = instance as FastifyLike;
    fastify.addHook('onResponse', ({ method, routeOptions: { url } }, { statusCode, elapsedTime }, after) => {
      const name = url === undefined ? otherLabel : `${method} ${url}`;
      let route = routes.get(name);
      if (route === undefined) {
        route = { seconds: seconds.of(name), byStatus: new Map() };
        routes.set(name, route);
      }
      let count = route.byStatus.get(statusCode);
      if (count === undefined) {
        count = requests.of(name, String(statusCode));
        route.byStatus.set(statusCode, count);
      }
      count.add();
      route.seconds.observe(elapsedTime / 1000);
      after();
    });
    fastify.get(path, (_request, reply) => void reply.type(expositionType).send(meters.text()));
    done();
  };
  // It is for the whole application, not for the plugin's own scope (Fastify, "skip-override").
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}
