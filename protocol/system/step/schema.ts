/**
 * The shape of a step. Each message completes "expected …".
 */
import { parseDuration } from '@palier/base/duration';
import { nearest } from '@palier/base/nearest';
import { z } from 'zod';
import { keysAt } from '../keys.ts';
import type { StepFile } from './step.ts';

export const durationSchema: z.ZodType<string> = z
  .string('a duration such as "500ms", "30s" or "10min"')
  .refine((text) => parseDuration(text) !== undefined, 'a duration such as "500ms", "30s" or "10min"');

const texts = z.record(z.string(), z.string('a text'), 'names and texts');
const named = { name: z.string('a text').min(1, 'a name').optional() };

const methods = 'GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS';
const request = z.strictObject(
  {
    request: z
      .string('a method and a path such as "GET /releases"')
      .regex(
        new RegExp(`^(${methods}) /\\S*$`),
        'a method and a path without spaces such as "GET /releases?page={{page}}"',
      ),
    ...named,
    headers: texts.optional(),
    json: z.json().optional(),
    form: z
      .record(
        z.string(),
        z.union(
          [
            z.string(),
            z.strictObject({
              file: z.string('a file'),
              filename: z.string().optional(),
              contentType: z.string().optional(),
            }),
          ],
          { error: 'a text, or { file, filename, contentType }' },
        ),
        'form fields by name',
      )
      .optional(),
    body: z.string('a text').optional(),
    take: texts.optional(),
    check: z
      .strictObject(
        {
          status: z.union([z.int(), z.array(z.int()).min(1)], { error: 'a status, or a list of them' }).optional(),
          contains: z.string('a text').optional(),
          json: z.record(z.string(), z.json(), 'paths and values').optional(),
        },
        'an object with status, contains or json',
      )
      .optional(),
  },
  'a step: an object with at least a request',
);

const connect = z.strictObject({
  connect: z
    .string('a path such as "/live"')
    .regex(/^\/\S*$/, 'a path without spaces such as "/live?serial={{serial}}"'),
  ...named,
  headers: texts.optional(),
  protocols: z
    .array(z.string('a text').regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'a subprotocol'), 'a list of subprotocols')
    .min(1, 'at least one subprotocol')
    .refine((all) => new Set(all).size === all.length, 'each subprotocol once')
    .optional(),
});
const send = z.strictObject({ send: z.json(), ...named });
const expect = z.strictObject({
  expect: z.strictObject(
    {
      contains: z.string('a text').optional(),
      json: z.record(z.string(), z.json(), 'paths and values').optional(),
    },
    'an object with contains or json, or {} for any message',
  ),
  within: durationSchema.optional(),
  take: texts.optional(),
  ...named,
});
const hold = z.strictObject({ hold: durationSchema, ...named });
const close = z.strictObject({ close: z.literal(true, 'true') });

const kinds = { request, connect, send, expect, hold, close } as const;
const words = 'a step: an object with a request, or with connect, send, expect, hold or close';

/** The key that a step has tells its kind; the step is held to that kind alone, so that a mistake in it is named, not the kinds it is not. */
const step = z.record(z.string(), z.unknown(), words).superRefine((value, context) => {
  const kind = Object.keys(kinds).find((key) => Object.hasOwn(value, key)) as keyof typeof kinds | undefined;
  if (kind === undefined) {
    const meant = Object.keys(value).map((key) => nearest(key, Object.keys(kinds)));
    const hint = meant.find((word) => word !== null);
    context.addIssue({ code: 'custom', message: hint === undefined ? words : `${words}; did you mean "${hint}"?` });
    return;
  }
  const checked = kinds[kind].safeParse(value);
  for (const issue of checked.error?.issues ?? []) {
    // Who tells the mistake sees the schema of any step, which has no keys.
    const known = issue.code === 'unrecognized_keys' ? { known: keysAt(kinds[kind], issue.path) } : {};
    context.addIssue({ ...issue, ...known } as z.core.$ZodSuperRefineIssue);
  }
});

export const stepsSchema: z.ZodType<StepFile[]> = z
  .array(step, 'a list of steps')
  .min(1, 'at least one step') as unknown as z.ZodType<StepFile[]>;
