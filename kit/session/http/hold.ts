/**
 * A session over a node:http answer: the cookie goes out with the headers, and the answer does not end before what it says is stored.
 *
 * What cannot be stored is not answered as if it were: the answer becomes an error, or, when it has begun, its connection is cut.
 */
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { PalierError } from '@palier/base/error';
import type { Log } from '@palier/base/log';
import { kitError } from '../../errors.ts';
import type { Session } from '../session.ts';
import type { CommitOptions, Sessions } from '../sessions.ts';

export interface HttpSessionOptions extends CommitOptions {
  /** Told of what could not be stored or read. Default: nobody. */
  readonly log?: Log;
}

const slot = Symbol('palier.session');

/** The session of a request that one of the adapters has opened. Throws PALIER_SESSION_MISSING. */
export function sessionOf(request: object): Session {
  const session = (request as { [slot]?: Session })[slot];
  if (session === undefined) throw kitError('PALIER_SESSION_MISSING', {});
  return session;
}

export function remember(request: object, session: Session): void {
  (request as { [slot]?: Session })[slot] = session;
}

/** The status that says it over HTTP: 503 while the state is away, 409 for a conflict, 401 for a session that ended, 413, else 500. */
export function statusOf(error: unknown): number {
  return (error instanceof PalierError && statuses[error.code]) || 500;
}

const statuses: Readonly<Record<string, number>> = {
  PALIER_SESSION_AWAY: 503,
  PALIER_SESSION_CONFLICT: 409,
  PALIER_SESSION_GONE: 401,
  PALIER_SESSION_SIZE: 413,
};
const retryAfterSeconds = 1;

/** Changes that came too late for a session that was ended elsewhere: the request itself was let in rightly, only they are dropped. */
export function isDropped(session: Session, error: unknown): boolean {
  return error instanceof PalierError && error.code === 'PALIER_SESSION_GONE' && !session.changesUser;
}

type HeadArgs = [status: number, reason?: string | HeadFields, fields?: HeadFields];
type HeadFields = OutgoingHttpHeaders | OutgoingHttpHeader[];
type EndArgs = Parameters<ServerResponse['end']>;

/** From now on the answer carries the session's cookie and waits for its commit. */
export function hold(
  sessions: Sessions,
  session: Session,
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpSessionOptions,
): void {
  remember(request, session);
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  const end = response.end.bind(response) as (...args: unknown[]) => ServerResponse;
  let sent: string | undefined;
  let ending = false;
  const put = (): void => {
    sent = sessions.cookieFor(session);
    if (sent !== undefined) response.appendHeader('set-cookie', sent);
  };
  response.writeHead = ((...[status, reason, fields]: HeadArgs) => {
    const named = typeof reason === 'string';
    // Fields of a writeHead replace those set before: they are set first, so that the cookie stands beside them.
    setAll(response, named ? fields : reason);
    if (!ending) put();
    return named ? writeHead(status, reason) : writeHead(status);
  }) as ServerResponse['writeHead'];
  const store = async (args: EndArgs): Promise<void> => {
    try {
      const cookie = await sessions.commit(session, options);
      if (cookie !== undefined && !response.headersSent) response.appendHeader('set-cookie', cookie);
    } catch (error) {
      options.log?.('warn', 'a session was not stored', { reason: String(error) });
      if (!isDropped(session, error)) {
        refuse(response, error, end);
        return;
      }
    }
    end(...args);
  };
  response.end = ((...args: EndArgs) => {
    if (ending) return response;
    ending = true;
    if (response.headersSent && sessions.cookieFor(session) !== sent) {
      const late = kitError('PALIER_SESSION_LATE', {});
      options.log?.('error', late.message, { hint: late.hint });
      response.destroy(late);
    } else if (sessions.due(session)) void store(args);
    else {
      if (!response.headersSent) put();
      end(...args);
    }
    return response;
  }) as ServerResponse['end'];
}

/** Answers an error instead, or cuts the connection of an answer that has begun. */
export function refuse(
  response: ServerResponse,
  error: unknown,
  end: (body: string) => unknown = (body) => response.end(body),
): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  response.statusCode = statusOf(error);
  response.setHeader('content-type', 'application/json');
  if (response.statusCode === 503) response.setHeader('retry-after', String(retryAfterSeconds));
  end(JSON.stringify({ error: error instanceof PalierError ? error.code : 'internal' }));
}

function setAll(response: ServerResponse, fields: HeadFields | undefined): void {
  if (fields === undefined) return;
  if (!Array.isArray(fields)) {
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) response.setHeader(name, value);
    return;
  }
  const pairs = fields.flat() as string[];
  for (let i = 0; i + 1 < pairs.length; i += 2) response.removeHeader(pairs[i] as string);
  for (let i = 0; i + 1 < pairs.length; i += 2) response.appendHeader(pairs[i] as string, pairs[i + 1] as string);
}
