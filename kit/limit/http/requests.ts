/**
 * A limiter before a service's requests, for plain `node:http`, Express and Fastify. Structural types: none of them is imported, and none need
 * be there.
 */
import type { Decision } from '../decision.ts';
import type { Limiter, LimitIds } from '../limiter.ts';
import { limitAnswer, limitFields } from './fields.ts';

export interface RequestLimits<Name extends string, Request> {
  readonly limiter: Limiter<Name>;
  /** Whom a request counts for. Undefined: it is not limited. */
  idsOf(request: Request): LimitIds<Name> | undefined;
  /** Default 1. */
  costOf?(request: Request): number;
  /** Told of each decision, for who wants to give back later, or to count. */
  decided?(request: Request, decision: Decision): void;
}

interface NodeResponse {
  statusCode: number;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
}

interface FastifyReply {
  code(status: number): unknown;
  headers(values: Readonly<Record<string, string>>): unknown;
  send(body: string): unknown;
}

/** For `node:http`: resolves with true when the request may go on; else it has been answered. Rejects for mistakes. */
export function limitRequests<Name extends string, Request>(
  limits: RequestLimits<Name, Request>,
): (request: Request, response: NodeResponse) => Promise<boolean> {
  return async (request, response) => {
    const decision = await decide(limits, request);
    if (decision === undefined) return true;
    const answer = limitAnswer(decision);
    for (const [name, value] of Object.entries(answer?.fields ?? limitFields(decision)))
      response.setHeader(name, value);
    if (answer === undefined) return true;
    response.statusCode = answer.status;
    response.end(answer.body);
    return false;
  };
}

/** `app.use(limitExpress({ … }))`. */
export function limitExpress<Name extends string, Request>(
  limits: RequestLimits<Name, Request>,
): (request: Request, response: NodeResponse, next: (error?: unknown) => void) => Promise<void> {
  const handle = limitRequests(limits);
  return async (request, response, next) => {
    let goesOn: boolean;
    try {
      goesOn = await handle(request, response);
    } catch (error) {
      next(error);
      return;
    }
    if (goesOn) next();
  };
}

/** `app.addHook('onRequest', limitFastify({ … }))`; later hooks where the ids are known later. */
export function limitFastify<Name extends string, Request>(
  limits: RequestLimits<Name, Request>,
): (request: Request, reply: FastifyReply) => Promise<unknown> {
  return async (request, reply) => {
    const decision = await decide(limits, request);
    if (decision === undefined) return undefined;
    const answer = limitAnswer(decision);
    reply.headers(answer?.fields ?? limitFields(decision));
    if (answer === undefined) return undefined;
    reply.code(answer.status);
    reply.send(answer.body);
    return reply;
  };
}

async function decide<Name extends string, Request>(
  { limiter, idsOf, costOf, decided }: RequestLimits<Name, Request>,
  request: Request,
): Promise<Decision | undefined> {
  const ids = idsOf(request);
  if (ids === undefined) return undefined;
  const decision = await (costOf === undefined ? limiter.take(ids) : limiter.take(ids, { cost: costOf(request) }));
  decided?.(request, decision);
  return decision;
}
