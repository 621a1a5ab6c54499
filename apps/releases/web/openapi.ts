/** GET openapi.json: the OpenAPI 3.1 document of all routes, made of the schemas by which they are checked. */
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyContextConfig, FastifyInstance } from 'fastify';
import { anything, record, text } from './schemas.ts';

const fault = record({ error: text, message: text, hint: text });
const bearer = 'bearer';

/** Marks the routes that need no token: `config: open`. */
export const open: FastifyContextConfig = { open: true } as FastifyContextConfig;

/** Call before the first route is added. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  const options: FastifyDynamicSwaggerOptions = {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'releases',
        version: '1',
        description: 'Packs e-books into releases. Every error is {error, message, hint}.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      components: {
        securitySchemes: { [bearer]: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      },
    },
    // In the document only: what goes wrong is answered by one place (faults.ts), not by the routes.
    transform: ({ schema, url, route }) => ({
      url,
      schema: {
        ...schema,
        ...((route.config as { open?: true } | undefined)?.open === true ? {} : { security: [{ [bearer]: [] }] }),
        response: {
          ...(schema?.response as object | undefined),
          '4xx': { description: 'Refused: what is, what should be, and what to do.', ...fault },
          '5xx': { description: 'Not now, or a fault of the service.', ...fault },
        },
      },
    }),
  };
  await app.register(swagger, options);
  const schema = { summary: 'This document.', tags: ['service'], response: { 200: anything } };
  let document: string | undefined;
  app.get('/api/openapi.json', { schema, config: open }, async (_, reply) => {
    // Made when somebody first asks: the replicas that serve need none.
    document ??= JSON.stringify(app.swagger());
    reply.type('application/json; charset=utf-8');
    return document;
  });
}
