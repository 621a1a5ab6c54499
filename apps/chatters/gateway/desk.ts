/** What the routes of the gateway work with, and who a request is from. */
import type { Surroundings } from '@palier/base/surroundings';
import { sessionOf } from '@palier/kit/session';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CaptureDesk } from '../capture/desk.ts';
import type { Identity } from '../consent/identity.ts';
import type { CollectionState } from '../database/tables.ts';
import type { GatewayOptions } from './options.ts';

export interface GatewayDesk extends CaptureDesk {
  readonly around: Surroundings;
  readonly identity: Identity;
  readonly options: GatewayOptions;
}

export interface SignedIn {
  readonly id: string;
  readonly login: string;
}

/** Collections that a user sees. */
export const shownStates: readonly CollectionState[] = ['active', 'saved'];

/** Who is signed in: behind `requireUser`. */
export function userOf(request: FastifyRequest): SignedIn {
  const opened = sessionOf(request);
  return { id: opened.user ?? '', login: opened.get<string>('login') ?? '' };
}

/** Everything that is registered on this instance later is for who is signed in; others are sent to the first page. */
export function requireUser(app: FastifyInstance): void {
  app.addHook('preHandler', async (request, reply) => {
    if (sessionOf(request).user === undefined) return reply.redirect('/', 303);
    return undefined;
  });
}

export function sendPage(reply: FastifyReply, text: string): FastifyReply {
  return reply.type('text/html; charset=utf-8').header('cache-control', 'no-store').send(text);
}

/** A field of a form or of a path, of a length that makes sense. */
export function field(from: unknown, name: string): string {
  const value = (from as Readonly<Record<string, unknown>> | null | undefined)?.[name];
  return typeof value === 'string' && value.length <= 200 ? value : '';
}
