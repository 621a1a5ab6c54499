/** Puts the gateway together: sessions, forms, what every answer carries, and the routes. */
import { fastifySessions, Sessions } from '@palier/kit/session';
import type { Kv } from '@palier/kit/state';
import type { FastifyInstance } from 'fastify';
import { accountRoutes } from './accounts.ts';
import { analysisRoutes } from './analysis.ts';
import { channelRoutes } from './channels.ts';
import { collectionRoutes } from './collections.ts';
import { type GatewayDesk, requireUser } from './desk.ts';
import { exportRoutes } from './exports.ts';
import { takeForms } from './forms.ts';
import { stylesheet } from './pages/layout.ts';
import { signInRoutes } from './sign-in.ts';

/** No script at all, nothing from elsewhere, and no frame around it. */
const policy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** Of every answer. */
export const guards: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  // With `no-referrer` a browser says of no form where it is from (`Origin: null`), and over plain HTTP it says it nowhere else.
  'referrer-policy': 'same-origin',
  // No other site gets hold of a window of ours, or embeds an export.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export async function gatewayRoutes(app: FastifyInstance, desk: GatewayDesk, kv: Kv): Promise<void> {
  const { around, options } = desk;
  const sessions = new Sessions(kv, around, {
    secrets: [options.secret],
    cookie: { secure: options.publicUrl?.startsWith('https:') ?? false },
  });
  takeForms(app, options.publicUrl);
  app.get('/style.css', async (_, reply) =>
    reply.type('text/css; charset=utf-8').header('cache-control', 'max-age=3600').send(stylesheet),
  );
  await app.register(async (inside) => {
    await inside.register(fastifySessions(sessions, { log: around.log }));
    signInRoutes(inside, desk);
    await inside.register(async (signedIn) => {
      requireUser(signedIn);
      channelRoutes(signedIn, desk);
      collectionRoutes(signedIn, desk);
      analysisRoutes(signedIn, desk);
      exportRoutes(signedIn, desk);
      accountRoutes(signedIn, desk);
    });
  });
}
