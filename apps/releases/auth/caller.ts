/** Who calls: kept with the request by `requireToken`, read by the routes behind it. */
import type { AccessClaims } from '@palier/kit/token';
import type { FastifyRequest } from 'fastify';
import { releasesError } from '../errors.ts';

export interface Caller {
  readonly id: string;
  readonly login: string;
  /** Of the token that was sent. */
  readonly claims: AccessClaims;
}

/** The decoration of a request that holds who calls; null on the routes that need no token. */
export const callerKey = 'caller';

/** Who calls a route behind `requireToken`. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = request.getDecorator<Caller | null>(callerKey);
  if (caller === null) throw releasesError('TOKEN_MISSING', {});
  return caller;
}
