/** Puts the routes together into one HTTP server. */
import multipart from '@fastify/multipart';
import type { Log } from '@palier/base/log';
import type { Timers } from '@palier/base/timers';
import { type Drain, drainServer } from '@palier/kit/drain';
import { fastifyMeters } from '@palier/kit/meter';
import { fastify, type FastifyInstance } from 'fastify';
import { callerKey } from '../auth/caller.ts';
import { loginRoutes, meRoutes, requireToken } from '../auth/routes.ts';
import { dashboardRoutes } from '../dashboard/routes.ts';
import { pageRoutes } from '../pages/routes.ts';
import { jobRoutes } from '../jobs/routes.ts';
import { releaseRoutes } from '../releases/routes.ts';
import { ruleImportRoutes } from '../rules/import.ts';
import { ruleRoutes } from '../rules/routes.ts';
import { settingRoutes } from '../settings/routes.ts';
import { roleRoutes } from '../users/roles.ts';
import { userRoutes } from '../users/routes.ts';
import { wizardRoutes } from '../wizard/routes.ts';
import { stepRoutes } from '../wizard/steps.ts';
import { answerFaults } from './faults.ts';
import { describeRoutes, open } from './openapi.ts';
import { record, text } from './schemas.ts';
import type { Shop } from './shop.ts';

/** The largest body that is no upload. */
const maxJsonBytes = 64 * 1024;

/** Longer than a balancer keeps an idle connection, so that it, not we, closes first. */
const keepAliveMs = 90_000;
/** A slow client may take a minute for its upload. */
const requestMs = 60_000;

export interface Server {
  readonly app: FastifyInstance;
  readonly drain: Drain;
}

export async function buildServer(shop: Shop, log: Log, timers: Timers): Promise<Server> {
  const app = fastify({
    logger: false,
    bodyLimit: maxJsonBytes,
    // While the server closes it goes on answering what still arrives; `Connection: close` sends the clients away.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    keepAliveTimeout: keepAliveMs,
    requestTimeout: requestMs,
    // A field that nobody knows is refused, not dropped: who misspells a filter would take the whole list for the answer.
    ajv: { customOptions: { allErrors: false, coerceTypes: true, removeAdditional: false, allowUnionTypes: true } },
  });
  // Only JSON and forms are read; any other body is answered with 415.
  app.removeContentTypeParser('text/plain');
  app.decorateRequest(callerKey, null);
  answerFaults(app, log);
  const drain = drainServer(app.server, timers);
  await app.register(fastifyMeters(shop.meters));
  await app.register(multipart, {
    limits: {
      fieldNameSize: 100,
      fieldSize: 1000,
      fields: 10,
      files: 1,
      parts: 11,
      fileSize: shop.options.maxUploadBytes + 1,
      headerPairs: 50,
    },
    throwFileSizeLimit: false,
  });
  await pageRoutes(app, shop.options);
  // What comes from here on is the API.
  await describeRoutes(app);
  healthRoutes(app, shop, drain);
  loginRoutes(app, shop);
  await app.register(async (inside) => {
    requireToken(inside, shop);
    meRoutes(inside, shop);
    dashboardRoutes(inside, shop);
    releaseRoutes(inside, shop);
    ruleRoutes(inside, shop);
    ruleImportRoutes(inside, shop);
    userRoutes(inside, shop);
    roleRoutes(inside, shop);
    settingRoutes(inside, shop);
    wizardRoutes(inside, shop);
    stepRoutes(inside, shop);
    jobRoutes(inside, shop);
  });
  return { app, drain };
}

/** 200 while the service can serve: it runs, is not on its way out, and reaches its database and the state that the replicas share. */
function healthRoutes(app: FastifyInstance, { db, state }: Shop, drain: Drain): void {
  const health = record({ status: text, database: text, state: text });
  const schema = { tags: ['service'], summary: 'Whether it can serve.', response: { 200: health, 503: health } };
  for (const path of ['/health', '/api/health']) {
    app.get(path, { schema, config: open }, async (_, reply) => {
      const [database, shared] = await Promise.all([reached(db), reached(state)]);
      const reaches = database === 'reachable' && shared === 'reachable';
      const status = drain.draining ? 'draining' : reaches ? 'ok' : 'failing';
      reply.status(status === 'ok' ? 200 : 503);
      return { status, database, state: shared };
    });
  }
}

async function reached(what: { ping(): Promise<void> }): Promise<'reachable' | 'unreachable'> {
  try {
    await what.ping();
    return 'reachable';
  } catch {
    return 'unreachable';
  }
}
