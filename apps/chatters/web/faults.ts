/** Turns whatever went wrong into an answer: a status and {error, message, hint, facts}. A stack stays in the log. */
import { PalierError } from '@palier/base/error';
import type { Log } from '@palier/base/log';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { chattersError, statusOf } from '../errors.ts';

/** How a service of pages shows a fault to people. */
export type DrawFault = (fault: PalierError) => string;

/** Answers what the framework refuses before there is a route: a path that cannot be read. No hook of the application is run for it. */
export function refuseEarly(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  draw: DrawFault | undefined,
): void {
  send(reply, faultOf(error, request), draw);
}

export function answerFaults(app: FastifyInstance, log: Log, draw?: DrawFault): void {
  app.setNotFoundHandler((request, reply) => {
    send(reply, chattersError('NOT_FOUND', { what: request.url.split('?')[0]?.slice(0, 100) ?? '' }), draw);
  });
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = faultOf(error, request);
    if (fault.code === 'INTERNAL') {
      log('error', 'A request failed', { requestId: request.id, route: request.routeOptions.url, stack: error.stack });
    }
    send(reply, fault, draw);
  });
}

function send(reply: FastifyReply, fault: PalierError, draw: DrawFault | undefined): void {
  const status = statusOf(fault.code);
  if (status === 503) reply.header('retry-after', '1');
  reply.status(status);
  if (draw !== undefined) reply.type('text/html; charset=utf-8').send(draw(fault));
  else reply.send({ error: fault.code, message: fault.message, hint: fault.hint, facts: fault.facts });
}

function faultOf(error: FastifyError, request: FastifyRequest): PalierError {
  if (error instanceof PalierError) {
    if (!error.code.startsWith('PALIER_')) return error;
    if (error.retry !== 'never') return chattersError('STATE_AWAY', {}, { cause: error });
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    const what = error.validation?.[0]?.instancePath.slice(1) || 'The request';
    return chattersError('REQUEST_INVALID', { what, is: error.message, expected: 'well-formed' }, { cause: error });
  }
  return chattersError('INTERNAL', { requestId: request.id }, { cause: error });
}
