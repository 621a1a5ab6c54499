/**
 * The shape of a scenario. Each message completes "expected …".
 */
import { z } from 'zod';
import { systemLimits } from './options.ts';
import type { ScenarioFile } from './scenario.ts';
import { durationSchema as duration, stepsSchema as steps } from './step/schema.ts';

const above0 = z.number('a number above 0').positive('a number above 0');
const percent = z
  .number('a percentage above 0, at most 100')
  .positive('a percentage above 0')
  .max(100, 'at most 100 percent');
const users = z
  .int(`a whole number of users, at most ${systemLimits.maxUsersCount}`)
  .min(0, 'at least 0 users')
  .max(systemLimits.maxUsersCount, `at most ${systemLimits.maxUsersCount} users`);
const mostArrivals = `at most ${systemLimits.maxArrivalsPerSecond} arrivals a second, which is what generators can send`;
const rate = z
  .number(`a number of arrivals a second, ${mostArrivals}`)
  .min(0, 'at least 0 arrivals a second')
  .max(systemLimits.maxArrivalsPerSecond, mostArrivals);

const stage = z.union(
  [
    z.strictObject({ rampTo: users, perSecond: above0 }),
    z.strictObject({ rampTo: users, within: duration }),
    z.strictObject({ rateTo: rate, within: duration }),
    z.strictObject({ hold: duration }),
  ],
  { error: '{ rampTo, perSecond }, { rampTo, within }, { rateTo, within } or { hold }' },
);
const arrivals = z.strictObject(
  {
    spacing: z.enum(['poisson', 'even'], 'poisson or even').optional(),
    maxConcurrent: users.min(1, 'at least 1').optional(),
    recorded: z.string('a JSON file').optional(),
  },
  'an object with spacing, maxConcurrent or recorded',
);

const byService = z.union([percent, z.record(z.string(), percent)], {
  error: 'a percentage, or percentages by service',
});
const latencies = {
  p95Ms: above0.optional(),
  p99Ms: above0.optional(),
  errorPercent: percent.optional(),
};
const path = /^\/[\x21-\x7e]*$/;
const login = z.strictObject(
  {
    page: z.string('the path of the login').regex(path, 'a path such as "/login", without spaces'),
    fill: z
      .record(z.string().min(1, 'a CSS selector'), z.string('a text'), 'texts by CSS selector')
      .refine(
        (all) => Object.keys(all).length >= 1 && Object.keys(all).length <= systemLimits.maxLoginFieldsCount,
        `1 to ${systemLimits.maxLoginFieldsCount} fields`,
      ),
  },
  'an object with page and fill',
);
const page = z.strictObject(
  {
    login: login.optional(),
    firstContentfulPaintMs: above0.optional(),
    interactiveMs: above0.optional(),
    scriptErrors: above0.optional(),
    bundleBytes: above0.optional(),
  },
  'an object with firstContentfulPaintMs, interactiveMs, scriptErrors, bundleBytes or login',
);
const pages = z
  .record(z.string().regex(path), page, 'limits by path, such as "/login", without spaces')
  .refine(
    (all) => Object.keys(all).length <= systemLimits.maxPagesCount,
    `at most ${systemLimits.maxPagesCount} pages`,
  );
const metric = z.strictObject({
  service: z.string('a service').optional(),
  metric: z.string('the name of a metric').min(1, 'the name of a metric'),
  as: z.enum(['rate', 'ratio', 'highest', 'lowest', 'mean'], 'rate, ratio, highest, lowest or mean'),
  of: z.string('the name of a metric').optional(),
  max: z.number('a number').optional(),
  min: z.number('a number').optional(),
});

const limits = z.strictObject({
  ...latencies,
  cpuPercent: byService.optional(),
  memoryPercent: byService.optional(),
  crashes: z.int('a whole number of crashes, 1 where none may be').min(1, 'at least 1').optional(),
  routes: z.record(z.string(), z.strictObject(latencies), 'limits by route').optional(),
  pages: pages.optional(),
  metrics: z.record(z.string(), metric, 'limits by title').optional(),
});

const data = z.strictObject({
  file: z.string('a JSON file').optional(),
  rows: z.array(z.record(z.string(), z.json()), 'a list of objects').min(1, 'at least one row').optional(),
  pick: z.enum(['each-user', 'random'], 'each-user or random').optional(),
});
const draw = z.union(
  [
    z.strictObject({ int: z.tuple([z.int(), z.int()]) }),
    z.strictObject({ oneOf: z.array(z.union([z.string(), z.number()])).min(1) }),
  ],
  { error: '{ int: [least, most] } or { oneOf: [value, …] }' },
);

/** Checks the shape; relations between keys, and which belong to which model, are `checkSystem`'s. */
export const scenarioFileSchema: z.ZodType<ScenarioFile> = z.strictObject(
  {
    description: z.string('a text').optional(),
    service: z.string('the name of a service').optional(),
    stages: z.array(stage, 'a list of stages').min(1, 'at least one stage').optional(),
    arrivals: arrivals.optional(),
    thinkTime: z
      .union([duration, z.tuple([duration, duration])], {
        error: 'a duration such as "2s", or a range such as ["1s", "3s"]',
      })
      .optional(),
    start: steps.optional(),
    tasks: z.record(
      z.string(),
      z.strictObject({ weight: percent, steps }, 'a task: { weight, steps }'),
      'tasks by name',
    ),
    data: z.record(z.string(), data, 'data by name').optional(),
    draw: z.record(z.string(), draw, 'draws by name').optional(),
    limits: limits.optional(),
    judge: z.enum(['holds', 'everything'], 'holds or everything').optional(),
    warmUp: duration.optional(),
    requestTimeout: duration.optional(),
    seed: z.int('a whole number').optional(),
  },
  'a scenario: an object with stages, thinkTime (or arrivals) and tasks',
) as unknown as z.ZodType<ScenarioFile>;
