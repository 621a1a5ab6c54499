/**
 * Reads the result of `palier limit` back from JSON: everything is there and of the right kind, or a sentence says what is not.
 */
import { z } from 'zod';
import { protocolError } from './errors.ts';
import type { LimitReport } from './limit-report.ts';
import { conditions, problemOf } from './report-schema.ts';
import { protocolVersion } from './version.ts';

const number = z.number();
const text = z.string();
const texts = z.array(text);
const maybe = z.number().nullable();
const estimate = z.object({ value: number, low: number, high: number });
const kinds = z.enum([
  'cpu',
  'event-loop',
  'garbage-collection',
  'memory',
  'disk',
  'descriptors',
  'connections',
  'connection-setup',
  'pool',
  'lock',
  'downstream',
  'queue',
  'rate-limit',
]);

const limit = z.object({ level: estimate, requestsPerSecond: estimate, replicas: number, brokenBy: text });

const probe = z.object({
  purpose: z.enum(['bracket', 'edge', 'overload', 'recovery', 'half', 'knee', 'intervention', 'replicas']),
  level: number,
  replicas: number,
  change: text.nullable(),
  startMs: number,
  durationMs: number,
  outcome: z.enum(['kept', 'broken', 'unknown', 'invalid']),
  reason: text,
  requestsPerSecond: number,
  goodPerSecond: number,
  meanMs: number,
  p50Ms: number,
  p95Ms: number,
  p99Ms: maybe,
  errorPercent: number,
});

const recovery = z.object({
  overloadLevel: number,
  recoversAtLevel: maybe,
  recoveryMs: maybe,
  metastable: z.boolean(),
  sentence: text,
});

const bottleneck = z.object({
  causes: z.array(z.object({ kind: kinds, component: text, score: number, evidence: texts })),
  proved: z.boolean(),
  interventions: z.array(
    z.object({
      change: text,
      component: text,
      relieves: z.array(kinds),
      beforePerSecond: estimate,
      afterPerSecond: estimate,
      beforeMs: estimate.optional(),
      afterMs: estimate.optional(),
      figure: z
        .object({
          title: text,
          unit: z.enum(['ms', 'percent', 'per-second', 'ratio', 'number']),
          limit: number,
          direction: z.enum(['below', 'above']),
          before: estimate,
          after: estimate,
          kept: z.boolean(),
        })
        .optional(),
      helped: z.boolean(),
    }),
  ),
  sentence: text,
});

const law = z.object({
  over: z.enum(['concurrency', 'replicas']),
  points: z.array(
    z.object({ n: number, perSecond: number, residual: number, low: number.optional(), high: number.optional() }),
  ),
  fit: z.object({ gamma: number, alpha: number, beta: number, r2: number, peakN: maybe }).nullable(),
  sentence: text,
});

const recommendation = z.object({
  rows: z.array(
    z.object({
      users: maybe,
      requestsPerSecond: number,
      replicas: maybe,
      replicasRange: z.object({ low: maybe, high: maybe }).optional(),
      untold: z.boolean().optional(),
      poolSize: maybe,
      shards: maybe,
      extrapolated: z.boolean(),
    }),
  ),
  notes: texts,
});

const report = z.object({
  kind: z.literal('palier-limit'),
  version: z.literal(protocolVersion),
  outcome: z.enum(['found', 'not-reached', 'below', 'invalid']),
  reasons: texts,
  system: text,
  scenario: text,
  service: text,
  startedAt: text,
  durationMs: number,
  conditions,
  model: z.enum(['closed', 'open']),
  thinkMs: z.object({ min: number, max: number }).nullable(),
  limit: limit.nullable(),
  limits: z.array(limit),
  probes: z.array(probe),
  recovery: recovery.nullable(),
  bottleneck: bottleneck.nullable(),
  laws: z.array(law),
  recommendation: recommendation.nullable(),
});

/**
 * The report that `palier limit --json` wrote, from the parsed JSON. `file` is named in the error. Throws `PALIER_REPORT_UNKNOWN` when it
 * is not one, or one of another version.
 */
export function parseLimitReport(json: unknown, file: string): LimitReport {
  const parsed = report.safeParse(json);
  if (parsed.success) return parsed.data;
  const problem = problemOf(json, 'palier-limit', parsed.error);
  throw protocolError('PALIER_REPORT_UNKNOWN', { file, problem, version: protocolVersion });
}
