/**
 * The shape of a system file. Each message completes "expected …".
 */
import { z } from 'zod';
import { systemLimits } from './options.ts';
import { scenarioFileSchema } from './scenario-schema.ts';
import { durationSchema } from './step/schema.ts';
import type { SystemFile } from './file.ts';

const namePattern = /^[a-z][a-z0-9-]{0,39}$/;
const name: z.ZodType<string> = z
  .string('a name')
  .regex(namePattern, 'a name of lower-case letters, digits and dashes, at most 40');

const path = z.string('a path such as "/health"').startsWith('/', 'a path that begins with /');
const count = (most: number, least = 1): z.ZodType<number> =>
  z
    .int(`a whole number from ${least} to ${most}`)
    .min(least, `a whole number from ${least} to ${most}`)
    .max(most, `a whole number from ${least} to ${most}`);
const above0 = z.number('a number above 0').positive('a number above 0');

const command = z.union([z.array(z.string('a text')).min(1, 'a program and its arguments'), z.string().min(1)], {
  error: 'a program with its arguments, as a list of texts, or one line for the shell',
});

const replicas = z.union(
  [
    count(systemLimits.maxReplicasCount),
    z.strictObject({ min: count(systemLimits.maxReplicasCount), max: count(systemLimits.maxReplicasCount) }),
  ],
  { error: `a whole number from 1 to ${systemLimits.maxReplicasCount}, or { min, max }` },
);

const health = z.union(
  [
    path,
    z.strictObject({
      path,
      interval: durationSchema.optional(),
      timeout: durationSchema.optional(),
      unhealthyAfter: count(100).optional(),
      healthyAfter: count(100).optional(),
    }),
  ],
  { error: 'a path such as "/health", or { path, interval, timeout, unhealthyAfter, healthyAfter }' },
);

const setting = z.union([z.number(), z.string()], { error: 'a number or a text' });
const reliefs = ['pool', 'lock', 'queue', 'downstream', 'rate-limit', 'memory', 'event-loop'] as const;
const tunable = z.strictObject(
  {
    env: z
      .string('the name of an environment variable')
      .regex(/^[A-Za-z_]\w{0,99}$/, 'the name of an environment variable'),
    from: setting,
    to: setting,
    relieves: z.array(z.enum(reliefs, `one of ${reliefs.join(', ')}`), `a list of ${reliefs.join(', ')}`).optional(),
  },
  "an object such as { env: 'POOL_SIZE', from: 5, to: 10 }",
);

const routePattern = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) \/\S*$/;

const service = z.strictObject(
  {
    command,
    prepare: z.array(command, 'a list of commands').optional(),
    cwd: z.string('a folder').optional(),
    env: z.record(z.string(), z.string('a text'), 'names and texts').optional(),
    replicas: replicas.optional(),
    allotment: z
      .strictObject(
        { cpu: above0.optional(), memoryMb: above0.optional() },
        'an object such as { cpu: 0.5, memoryMb: 256 }',
      )
      .optional(),
    tunables: z
      .record(name, tunable, 'tunables by name')
      .refine(
        (all) => Object.keys(all).length <= systemLimits.maxTunablesCount,
        `at most ${systemLimits.maxTunablesCount} tunables`,
      )
      .optional(),
    http: z.literal(false, 'false, or nothing').optional(),
    health: health.optional(),
    routes: z
      .array(z.string().regex(routePattern, 'a route such as "GET /releases/:id"'), 'a list of routes')
      .max(systemLimits.maxRoutesCount, `at most ${systemLimits.maxRoutesCount} routes`)
      .optional(),
    metrics: path.optional(),
    listen: count(65_535).optional(),
    startTimeout: durationSchema.optional(),
    stopTimeout: durationSchema.optional(),
  },
  'a service: an object with at least a command',
);

const balancer = z.strictObject({
  policy: z.enum(['least-outstanding', 'round-robin'], 'least-outstanding or round-robin').optional(),
  maxBodyBytes: count(2 ** 40).optional(),
  maxConnections: count(100_000).optional(),
  maxHeaderBytes: count(1024 * 1024, 1024).optional(),
  responseTimeout: durationSchema.optional(),
  idleTimeout: durationSchema.optional(),
});

/** Checks the shape; relations between keys are `checkSystem`'s. */
export const systemFileSchema: z.ZodType<SystemFile> = z.strictObject(
  {
    name,
    services: z
      .record(name, service, 'services by name')
      .refine((all) => Object.keys(all).length > 0, 'at least one service'),
    balancer: balancer.optional(),
    scenarios: z.record(name, scenarioFileSchema, 'scenarios by name').optional(),
  },
  'the object that defineSystem({ name, services, scenarios }) returns, as the default export',
) as unknown as z.ZodType<SystemFile>;
