/** Forms, and only those of our own pages: a page of another site that posts in a user's name is refused, in browsers new and old. */
import { foreignSite } from '@palier/base/foreign';
import type { FastifyInstance } from 'fastify';
import { chattersError } from '../errors.ts';

/** `publicUrl`: null: as the request says. */
export function takeForms(app: FastifyInstance, publicUrl: string | null): void {
  // JSON and plain text are what another site can send without asking first; no page of ours does.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.addHook('onRequest', async (request) => {
    if (request.method === 'GET' || request.method === 'HEAD') return;
    const from = foreignSite(request.headers, publicUrl === null ? request.host : URL.parse(publicUrl)?.host);
    if (from === null) return;
    throw chattersError('REQUEST_INVALID', {
      what: 'The form',
      is: `from another site (${from.slice(0, 60)})`,
      expected: 'one of these pages',
    });
  });
}
