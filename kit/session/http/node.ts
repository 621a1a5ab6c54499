/** Sessions for node:http, and as a middleware for Express and whatever takes `(request, response, next)`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Session } from '../session.ts';
import type { Sessions } from '../sessions.ts';
import { hold, type HttpSessionOptions, refuse } from './hold.ts';

export type SessionHandler = (request: IncomingMessage, response: ServerResponse, session: Session) => unknown;

/**
 * A listener for `createServer`. `handle` is called with the session; the answer waits for its commit. A session that cannot be read is
 * answered with 503, and so is a change that cannot be stored.
 */
export function withSession(
  sessions: Sessions,
  handle: SessionHandler,
  options: HttpSessionOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const middleware = sessionMiddleware(sessions, options);
  return (request, response) =>
    void middleware(request, response, (session) => void handle(request, response, session));
}

/** For Express: `app.use(expressSessions(sessions))`, then `sessionOf(request)`, also there as `request.session`. */
export function expressSessions(
  sessions: Sessions,
  options: HttpSessionOptions = {},
): (request: IncomingMessage, response: ServerResponse, next: () => void) => void {
  const middleware = sessionMiddleware(sessions, options);
  return (request, response, next) =>
    void middleware(request, response, (session) => {
      (request as { session?: Session }).session = session;
      next();
    });
}

function sessionMiddleware(
  sessions: Sessions,
  options: HttpSessionOptions,
): (request: IncomingMessage, response: ServerResponse, next: (session: Session) => void) => Promise<void> {
  return async (request, response, next) => {
    let session: Session;
    try {
      session = await sessions.open(request.headers.cookie);
    } catch (error) {
      options.log?.('warn', 'a session was not read', { reason: String(error) });
      refuse(response, error);
      return;
    }
    hold(sessions, session, request, response, options);
    next(session);
  };
}
