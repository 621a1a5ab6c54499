import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, describe, expect, test } from 'vitest';
import { createMeters, expositionType, fastifyMeters } from './index.ts';

let app: FastifyInstance;
afterEach(() => app.close());

/** The lines that begin so, without it. */
async function linesOf(name: string, path = '/metrics'): Promise<readonly string[]> {
  const text = (await app.inject(path)).body;
  return text.split('\n').flatMap((line) => (line.startsWith(name) ? [line.slice(name.length)] : []));
}

describe('fastifyMeters()', () => {
  test('counts by route and status, also what is registered in scopes of its own, is refused or thrown', async () => {
    app = fastify();
    app.get('/before', async () => 'x');
    await app.register(fastifyMeters(createMeters()));
    await app.register(async (inside) => {
      inside.get('/books/:id', async (request, reply) =>
        reply.status((request.query as { s?: number }).s ?? 200).send(),
      );
    });
    app.get('/broken', () => Promise.reject(new Error('no')));
    for (const path of ['/before', '/books/1', '/books/2', '/books/3?s=204', '/broken']) await app.inject(path);
    expect((await linesOf('http_requests_total{')).toSorted()).toEqual([
      'route="GET /before",status="200"} 1',
      'route="GET /books/:id",status="200"} 2',
      'route="GET /books/:id",status="204"} 1',
      'route="GET /broken",status="500"} 1',
    ]);
    expect(await linesOf('http_request_duration_seconds_count{route="GET /books/:id"} ')).toEqual(['3']);
  });

  test('counts whatever fits no route as one, however much is asked for', async () => {
    app = fastify();
    await app.register(fastifyMeters(createMeters({ maxSeries: 5 })));
    for (let i = 0; i < 20; i++) await app.inject(`/wp-admin/${i}`);
    expect(await linesOf('http_requests_total{')).toEqual(['route="other",status="404"} 20']);
    expect(await linesOf('palier_meter_overflow_total{')).toEqual([]);
  });

  test('measures in seconds, in buckets with the edges that were asked for', async () => {
    app = fastify();
    await app.register(fastifyMeters(createMeters(), { edgesSeconds: [0.001, 10] }));
    app.get('/slow', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'x';
    });
    await app.inject('/slow');
    const buckets = await linesOf('http_request_duration_seconds_bucket{route="GET /slow",');
    expect(buckets).toEqual(['le="0.001"} 0', 'le="10"} 1', 'le="+Inf"} 1']);
  });

  test('answers where it is asked to, as Prometheus reads it', async () => {
    app = fastify();
    await app.register(fastifyMeters(createMeters(), { path: '/internal/metrics' }));
    const answer = await app.inject('/internal/metrics');
    expect(answer.headers['content-type']).toBe(expositionType);
    expect(answer.body).toContain('# TYPE http_requests_total counter');
    expect((await app.inject('/metrics')).statusCode).toBe(404);
  });

  test('is refused a second time on the same meters', () => {
    const meters = createMeters();
    fastifyMeters(meters);
    expect(() => fastifyMeters(meters)).toThrow(/http_requests_total/);
    app = fastify();
  });
});
