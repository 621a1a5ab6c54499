/** Who calls, and whether the call is admitted: client, token, scope, one point of the user's bucket. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Grant } from '../grants.ts';
import { type Points, takePoint } from '../points.ts';
import type { Simulation } from '../simulation.ts';

/** Undefined: the call is answered already. */
export type Admit = (request: FastifyRequest, reply: FastifyReply, scope: string | null) => Grant | undefined;

/** One more user forgets the one who called longest ago; the bucket is full again then. */
const maxBuckets = 100_000;

export function admitter({ grants, options, clock }: Simulation): Admit {
  const buckets = new Map<string, Points>();
  return (request, reply, scope) => {
    if (request.headers['client-id'] !== options.clientId) return refuse(reply, 401, 'Client ID is missing');
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) return refuse(reply, 401, 'OAuth token is missing');
    const nowMs = clock.epochMs();
    const grant = grants.open('access', token, nowMs);
    if (grant === undefined) return refuse(reply, 401, 'Invalid OAuth token');
    if (scope !== null && !grant.scopes.includes(scope)) return refuse(reply, 401, `Missing scope: ${scope}`);
    const { admitted, points, headers } = takePoint(buckets.get(grant.userId), options.pointsPerMinute, nowMs);
    buckets.delete(grant.userId);
    buckets.set(grant.userId, points);
    if (buckets.size > maxBuckets) buckets.delete(buckets.keys().next().value as string);
    reply.headers(headers);
    return admitted ? grant : refuse(reply, 429, 'Too many requests');
  };
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  429: 'Too Many Requests',
};

/** Answers in the form that the contract has for errors. */
export function refuse(reply: FastifyReply, status: number, message: string): undefined {
  reply.status(status).send({ error: reasons[status] ?? 'Error', status, message });
}
