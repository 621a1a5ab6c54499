/** Sessions as a Fastify plugin. What it needs of Fastify is written down here, so that the kit does not depend on it. */
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { type HttpSessionOptions, isDropped, remember, statusOf } from './hold.ts';

interface RequestLike {
  readonly headers: { readonly cookie?: string | undefined };
  session?: unknown;
}

interface ReplyLike {
  header(name: string, value: string): unknown;
}

interface FastifyLike {
  decorateRequest(name: string, value: null): unknown;
  addHook(name: 'onRequest', hook: (request: RequestLike) => Promise<void>): unknown;
  addHook(
    name: 'onSend',
    hook: (request: RequestLike, reply: ReplyLike, payload: unknown) => Promise<unknown>,
  ): unknown;
}

type Plugin = (fastify: object, options: object, done: () => void) => void;

/**
 * `await app.register(fastifySessions(sessions))`, then `sessionOf(request)`, also there as `request.session`. An answer is sent when its session
 * is stored; what cannot be read or stored goes to the error handler with `statusCode` 503 (409 for a conflict, 401 for one that ended).
 */
export function fastifySessions(sessions: Sessions, options: HttpSessionOptions = {}): Plugin {
  const plugin: Plugin = (instance, _, done) => {
    const fastify = instance as FastifyLike;
    fastify.decorateRequest('session', null);
    fastify.addHook('onRequest', async (request) => {
      try {
        const session = await sessions.open(request.headers.cookie);
        remember(request, session);
        request.session = session;
      } catch (error) {
        throw failure(error);
      }
    });
    fastify.addHook('onSend', async (request, reply, payload) => {
      const session = request.session as Session | null;
      if (session === null) return payload;
      try {
        const cookie = sessions.due(session) ? await sessions.commit(session, options) : sessions.cookieFor(session);
        if (cookie !== undefined) reply.header('set-cookie', cookie);
      } catch (error) {
        options.log?.('warn', 'a session was not stored', { reason: String(error) });
        // The error's own answer is sent without another try.
        request.session = null;
        if (!isDropped(session, error)) throw failure(error);
      }
      return payload;
    });
    done();
  };
  // It is for the whole application, not for the plugin's own scope (Fastify, "skip-override").
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

function failure(error: unknown): Error {
  const known = error instanceof Error ? error : new Error(String(error));
  return Object.assign(known, { statusCode: statusOf(known) });
}
