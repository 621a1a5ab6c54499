/** Turns whatever went wrong into an answer: a status and {error, message, hint}. A stack stays in the log. */
import { PalierError } from '@palier/base/error';
import type { Log } from '@palier/base/log';
import type { FastifyError, FastifyInstance, FastifyRequest } from 'fastify';
import { invalidValue, releasesError, statusOf } from '../errors.ts';

export function answerFaults(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const what = `${request.method} ${path.length > 100 ? `${path.slice(0, 100)}…` : path}`;
    send(reply, releasesError('NOT_FOUND', { what }));
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = faultOf(error, request, app.initialConfig.bodyLimit ?? 0);
    if (fault.code === 'INTERNAL') {
      log('error', 'A request failed', { requestId: request.id, route: request.routeOptions.url, stack: error.stack });
    }
    send(reply, fault);
  });
}

/** Runs a change; when it would make a second row of what there can be one, throws CONFLICT. */
export async function orConflict<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof PalierError) || error.code !== 'PALIER_SQL_UNIQUE') throw error;
    throw releasesError('CONFLICT', { what, is: 'taken', expected: 'free' }, { cause: error });
  }
}

interface Answerable {
  status(code: number): { send(body: unknown): unknown; header(name: string, value: string): unknown };
  header(name: string, value: string): unknown;
}

function send(reply: Answerable, fault: PalierError): void {
  const status = statusOf(fault.code);
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  const { retryAfterSeconds } = fault.facts;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
  else if (status === 503) reply.header('retry-after', '1');
  reply.status(status).send({ error: fault.code, message: fault.message, hint: fault.hint });
}

function faultOf(error: FastifyError, request: FastifyRequest, bodyLimit: number): PalierError {
  if (error instanceof PalierError) return error.code.startsWith('PALIER_') ? fromKit(error, request) : error;
  const invalid = error.validation?.[0];
  if (invalid !== undefined) return invalidFault(error, invalid, request);
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_INVALID_MULTIPART_CONTENT_TYPE': {
      const is = `of type ${request.headers['content-type'] ?? 'unknown'}`;
      return releasesError('MEDIA_TYPE', { is, expected: 'application/json, or multipart/form-data for an upload' });
    }
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return releasesError('BODY_TOO_LARGE', { what: 'The body', limitBytes: bodyLimit });
    case 'FST_REQ_FILE_TOO_LARGE':
      return releasesError('BODY_TOO_LARGE', { what: 'The file', limitBytes: bodyLimit });
    case 'FST_FILES_LIMIT':
    case 'FST_PARTS_LIMIT':
    case 'FST_FIELDS_LIMIT':
      return releasesError('REQUEST_INVALID', {
        what: 'The form',
        is: 'of too many parts',
        expected: 'the fields group and release_type and one file',
      });
    default:
  }
  // Whatever else the framework or the multipart parser blames on the sender: a broken JSON, a cut-off body.
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return releasesError('REQUEST_UNREADABLE', { reason: error.message }, { cause: error });
  }
  if (/unexpected end|part terminated|malformed part|boundary/i.test(error.message)) {
    return releasesError('REQUEST_UNREADABLE', { reason: error.message }, { cause: error });
  }
  return releasesError('INTERNAL', { requestId: request.id }, { cause: error });
}

/** What the kit says is for us, not for the client: it names hosts and statements, and why a token is not believed. */
function fromKit(error: PalierError, request: FastifyRequest): PalierError {
  if (error.code === 'PALIER_TOKEN_REFUSED') {
    const { kind, reason } = error.facts;
    if (kind === 'refresh') return releasesError('REFRESH_INVALID', {}, { cause: error });
    return releasesError('TOKEN_INVALID', { reason: reason === 'expired' ? reason : 'refused' }, { cause: error });
  }
  if (error.retry === 'never') return releasesError('INTERNAL', { requestId: request.id }, { cause: error });
  const code = error.code.startsWith('PALIER_TOKEN_') ? 'STATE_AWAY' : 'DATABASE_BUSY';
  return releasesError(code, {}, { cause: error });
}

function invalidFault(
  error: FastifyError,
  invalid: NonNullable<FastifyError['validation']>[number],
  request: FastifyRequest,
): PalierError {
  const key = invalid.instancePath.slice(1).replaceAll('/', '.');
  if (invalid.keyword === 'required') {
    const what = String(invalid.params['missingProperty'] ?? 'A field');
    return releasesError('REQUEST_INVALID', { what, is: 'missing', expected: 'there' }, { cause: error });
  }
  if (invalid.keyword === 'additionalProperties') {
    const what = String(invalid.params['additionalProperty']);
    return releasesError('REQUEST_INVALID', { what, is: 'unknown', expected: 'left out' }, { cause: error });
  }
  const whole = error.validationContext === 'querystring' ? request.query : request.body;
  const [what, expected] = [key || 'The body', expectedOf(invalid)];
  // A password that is too long is still a password.
  if (key === 'password')
    return releasesError('REQUEST_INVALID', { what, is: 'not of that form', expected }, { cause: error });
  return invalidValue(what, valueAt(whole, invalid.instancePath), expected, error);
}

function valueAt(whole: unknown, path: string): unknown {
  const keys = path.split('/').slice(1);
  return keys.reduce((value, key) => (value as Record<string, unknown> | null | undefined)?.[key], whole);
}

/** What the schema wants, in words. */
function expectedOf({ keyword, params, message }: NonNullable<FastifyError['validation']>[number]): string {
  const { allowedValues, limit, type } = params as { allowedValues?: string[]; limit?: number; type?: string };
  switch (keyword) {
    case 'enum':
      return `one of ${(allowedValues ?? []).join(', ')}`;
    case 'minimum':
      return `at least ${limit}`;
    case 'maximum':
      return `at most ${limit}`;
    case 'minProperties':
      return 'something to change';
    case 'maxItems':
      return `at most ${limit} long`;
    case 'minLength':
      return `at least ${limit} characters long`;
    case 'maxLength':
      return `at most ${limit} characters long`;
    case 'type':
      return `of type ${type}`;
    default:
      return (message ?? 'of another form').replace(/^must be /, '');
  }
}
