/** The contestants as services without a socket. */
import { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { systemClock } from '@palier/base/clock';
import { systemEntropy } from '@palier/base/entropy';
import { silentLog } from '@palier/base/log';
import { seededRandom } from '@palier/base/random';
import { systemTimers } from '@palier/base/timers';
import { expressSessions, fastifySessions, Sessions } from '@palier/kit/session';
import { openCopies, openKv } from '@palier/kit/state';
import type { Subject, Which } from './subject.ts';

/** The peers are installed when a bench is run, not when it is checked. */
const peerOf = createRequire(import.meta.url) as <T>(name: string) => T;

const secret = 'a secret for the bench, of thirty-two bytes or more';

interface Fields {
  [field: string]: unknown;
}
type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;
type Handle = (request: IncomingMessage) => void;
type Serve = (request: IncomingMessage, response: ServerResponse, handle: Handle) => void;

interface Service {
  readonly serve: Serve;
  /** The fields of a request's session, to read and to set. */
  get(request: object, field: string): unknown;
  set(request: object, field: string, value: unknown): void;
  end(request: object): void;
  readonly copied?: () => { readonly hits: number; readonly misses: number };
  close(): Promise<void>;
}

type Act = Pick<Service, 'get' | 'set' | 'end'>;

export async function openSubject(which: Which): Promise<Subject> {
  const { contestant, framework, url, copies = false, inMemory = false } = which;
  const fastify = framework === 'Fastify';
  if (contestant === 'palier') return subjectOf(await (fastify ? oursFastify : oursExpress)(url, copies));
  if (contestant === 'bare') return subjectOf(fastify ? await fastifyService(undefined, undefined) : bareExpress());
  return subjectOf(fastify ? await fastifyPeer(url) : await expressPeer(url, inMemory));
}

/** Its head is written and its end is told; there is no socket to wait for. */
class Unsent extends ServerResponse {
  readonly #told: (cookie: string | undefined) => void;
  constructor(request: IncomingMessage, told: (cookie: string | undefined) => void) {
    super(request);
    this.#told = told;
  }
  override end(): this {
    if (!this.headersSent) this.writeHead(this.statusCode);
    // Fastify hands its headers to writeHead alone.
    const head = String((this as unknown as { _header: string | null })._header);
    this.#told(/^set-cookie: ([^;\r]*)/im.exec(head)?.[1]);
    this.emit('finish');
    return this;
  }
}

function subjectOf(service: Service): Subject {
  // One for all: a browser's connection stays, and one for each request would be two thirds of what the collector has to do.
  const socket = new Socket();
  const play = (cookie: string, handle: Handle): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const request = new IncomingMessage(socket);
      Object.assign(request, { method: 'GET', url: '/', originalUrl: '/', httpVersionMajor: 1, httpVersionMinor: 1 });
      request.headers = { host: 'localhost', cookie, 'x-forwarded-proto': 'https' };
      const response = new Unsent(request, resolve);
      try {
        service.serve(request, response, handle);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
  return {
    async make(fields) {
      const cookie = await play('', (request) => {
        for (const [field, value] of Object.entries(fields)) service.set(request, field, value);
      });
      return cookie ?? 'none';
    },
    async request(cookie, count) {
      let found: unknown;
      await play(cookie, (request) => {
        found = service.get(request, 'name');
        if (count !== undefined) service.set(request, 'count', count);
      });
      if (found !== 'Ada Lovelace') throw new Error(`the session was not found: ${String(found)}`);
    },
    async end(cookie) {
      await play(cookie, (request) => service.end(request));
    },
    get copied() {
      return service.copied?.();
    },
    close: () => service.close(),
  };
}

function around() {
  return {
    clock: systemClock(),
    timers: systemTimers(),
    random: seededRandom(1),
    log: silentLog,
    entropy: systemEntropy(),
  };
}

type Ours = Pick<Service, 'close' | 'copied'> & { readonly sessions: Sessions };

async function ours(url: string, withCopies: boolean): Promise<Ours> {
  const kv = await openKv(url, around());
  const copies = withCopies ? openCopies(kv, around()) : undefined;
  const sessions = new Sessions(kv, around(), { secrets: [secret], ...(copies === undefined ? {} : { copies }) });
  return {
    sessions,
    ...(copies === undefined ? {} : { copied: () => copies.counts }),
    async close() {
      await copies?.close();
      await kv.close();
    },
  };
}

const oursFields = {
  get: (request: object, field: string) => (request as { session: { get(name: string): unknown } }).session.get(field),
  set(request: object, field: string, value: unknown) {
    (request as { session: { set(name: string, to: unknown): void } }).session.set(field, value);
  },
  end: (request: object) => (request as { session: { end(): void } }).session.end(),
};
const plainFields = {
  get: (request: object, field: string) => (request as { session: Fields }).session[field],
  set(request: object, field: string, value: unknown) {
    (request as { session: Fields }).session[field] = value;
  },
  end: notPlayed,
};
/** Nothing is kept: what is asked for is always there. */
const noFields = { get: () => 'Ada Lovelace', set() {}, end: notPlayed };

function notPlayed(): never {
  throw new Error('the peers play no log-outs');
}

function expressService(middleware: Middleware, fields: Act, close: () => Promise<void>): Service {
  return {
    ...fields,
    close,
    serve: (request, response, handle) =>
      middleware(request, response, (error) => {
        if (error !== undefined) throw error;
        handle(request);
        response.end('ok');
      }),
  };
}

async function oursExpress(url: string, copies: boolean): Promise<Service> {
  const { sessions, ...rest } = await ours(url, copies);
  return { ...expressService(expressSessions(sessions), oursFields, rest.close), ...rest };
}

const bareExpress = (): Service =>
  expressService(
    (_request, _response, next) => next(),
    noFields,
    async () => {},
  );

async function redisStore(url: string): Promise<{ store: object; close(): Promise<void> }> {
  const { createClient } = await import('@redis/client');
  const { RedisStore } = peerOf<{ RedisStore: new (options: object) => object }>('connect-redis');
  const client = createClient({ url, commandOptions: { timeout: 0 } } as never);
  await client.connect();
  return {
    store: new RedisStore({ client }),
    close: () => client.close() as unknown as Promise<void>,
  };
}

async function expressPeer(url: string, memory: boolean): Promise<Service> {
  const { default: session } = await import('express-session');
  const { store, close } = memory ? { store: new session.MemoryStore(), close: async () => {} } : await redisStore(url);
  const options = { secret, resave: false, saveUninitialized: false, store, cookie: { secure: true }, proxy: true };
  return expressService(session(options as never) as unknown as Middleware, plainFields, close);
}

type Register = (app: { register(plugin: unknown, options?: object): Promise<unknown> }) => Promise<void>;

async function fastifyService(
  register: Register | undefined,
  fields: Act = noFields,
  close: () => Promise<void> = async () => {},
): Promise<Service> {
  const { default: fastify } = await import('fastify');
  const app = fastify({ trustProxy: true });
  await register?.(app as never);
  const waiting = new WeakMap<object, Handle>();
  app.get('/', (request, reply) => {
    waiting.get(request.raw)?.(request as never);
    void reply.send('ok');
  });
  await app.ready();
  return {
    ...fields,
    close,
    serve(request, response, handle) {
      waiting.set(request, handle);
      app.routing(request, response);
    },
  };
}

async function oursFastify(url: string, copies: boolean): Promise<Service> {
  const { sessions, ...rest } = await ours(url, copies);
  const service = await fastifyService(
    async (app) => void (await app.register(fastifySessions(sessions))),
    oursFields,
    rest.close,
  );
  return { ...service, ...rest };
}

async function fastifyPeer(url: string): Promise<Service> {
  const cookie = peerOf<unknown>('@fastify/cookie');
  const session = peerOf<unknown>('@fastify/session');
  const { store, close } = await redisStore(url);
  const register: Register = async (app) => {
    await app.register(cookie);
    await app.register(session, { secret, store, saveUninitialized: false, cookie: { secure: true } });
  };
  return fastifyService(register, plainFields, close);
}
