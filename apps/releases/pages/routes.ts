/**
 * Serves the pages: one document for every address of theirs, and its scripts, style and icon out of memory, compressed.
 *
 * What lies under the stamp of its sources is kept by browsers for ever. An older document that asks a newer replica for its scripts gets
 * the newer ones, and no cache keeps them by the older name.
 */
import { readFile } from 'node:fs/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { releasesError } from '../errors.ts';
import { addresses } from './browser/addresses.ts';
import { pageScripts } from './scripts.ts';
import { policy, shellOf } from './shell.ts';

/** Modules of pages that few come to: a browser fetches them when it draws one. */
const later = /^views\/office\//;

/** Of everything that is served. */
const guards = { 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin' } as const;
/** What only a document heeds: with every script they would be a fifth of what a browser must load. */
const documentGuards = {
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

interface Served {
  readonly type: string;
  readonly plain: Buffer;
  readonly br: Buffer;
  readonly gzip: Buffer;
}

/** Throws what `pageScripts` throws. */
export async function pageRoutes(app: FastifyInstance, { dataFolder }: { readonly dataFolder: string }): Promise<void> {
  const { stamp, files } = await pageScripts(dataFolder);
  const own = async (name: string): Promise<Buffer> => readFile(new URL(name, import.meta.url));
  const served = new Map<string, Served>([
    ['style.css', servedAs('text/css; charset=utf-8', await own('style.css'))],
    ['icon.svg', servedAs('image/svg+xml', await own('icon.svg'))],
    ...[...files].map(([name, text]) => [name, servedAs('text/javascript; charset=utf-8', Buffer.from(text))] as const),
  ]);
  const ahead = [...files.keys()].filter((name) => !later.test(name));
  const shell = servedAs('text/html; charset=utf-8', Buffer.from(shellOf(`/pages/${stamp}`, ahead)));

  for (const address of addresses) {
    app.get(address, async (request, reply) =>
      send(request, reply.headers(documentGuards).header('cache-control', 'no-cache'), shell),
    );
  }
  app.get<{ Params: { stamp: string; '*': string } }>('/pages/:stamp/*', async (request, reply) => {
    const file = served.get(request.params['*']);
    if (file === undefined) throw releasesError('NOT_FOUND', { what: 'This file' });
    const kept = request.params.stamp === stamp ? 'public, max-age=31536000, immutable' : 'no-store';
    return send(request, reply.header('cache-control', kept), file);
  });
}

function servedAs(type: string, plain: Buffer): Served {
  return { type, plain, br: brotliCompressSync(plain), gzip: gzipSync(plain) };
}

function send(request: FastifyRequest, reply: FastifyReply, { type, ...bodies }: Served): FastifyReply {
  const wanted = String(request.headers['accept-encoding'] ?? '');
  const encoding = (['br', 'gzip'] as const).find((one) => new RegExp(`\\b${one}\\b(?!;q=0(\\.0+)?\\b)`).test(wanted));
  reply.headers(guards).type(type).header('vary', 'accept-encoding');
  return encoding === undefined
    ? reply.send(bodies.plain)
    : reply.header('content-encoding', encoding).send(bodies[encoding]);
}
