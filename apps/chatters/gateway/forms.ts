/** Forms, and only those of our own pages: a page of another site that posts in a user's name is refused, in browsers new and old. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { chattersError } from '../errors.ts';

/** `publicUrl`: null: as the request says. */
export function takeForms(app: FastifyInstance, publicUrl: string | null): void {
  // JSON and plain text are what another site can send without asking first; no page of ours does.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_, body, done) =>
    done(null, Object.fromEntries(new URLSearchParams(String(body)))),
  );
  app.addHook('onRequest', async (request) => {
    const from = request.method === 'GET' || request.method === 'HEAD' ? null : foreign(request, publicUrl);
    if (from === null) return;
    throw chattersError('REQUEST_INVALID', {
      what: 'The form',
      is: `from another site (${from.slice(0, 60)})`,
      expected: 'one of these pages',
    });
  });
}

/**
 * Where a form comes from that is not ours; null: it is ours, or of a client that tells nothing and so is no browser. The cookie does not come
 * with it either (SameSite=Lax), but another host of the same site would have it.
 */
function foreign({ headers, host }: FastifyRequest, publicUrl: string | null): string | null {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none' ? null : String(site);
  // Browsers from before 2023 tell the origin alone.
  const { origin } = headers;
  if (origin === undefined) return null;
  const own = publicUrl === null ? host : URL.parse(publicUrl)?.host;
  return URL.parse(origin)?.host === own ? null : origin;
}
