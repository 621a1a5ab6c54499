/**
 * Reads a report back from JSON: everything is there and of the right kind, or a sentence says what is not.
 *
 * Fields that this version does not know are left out, since new optional fields do not raise the version.
 */
import { quantileError } from '@palier/base/histogram';
import { z } from 'zod';
import { protocolError } from './errors.ts';
import { loadErrorClasses } from './load.ts';
import { type Conditions, type RunReport, verdictOrder } from './report.ts';
import { protocolVersion } from './version.ts';

const number = z.number();
const count = z.int().min(0);
const text = z.string();
const texts = z.array(text);
const maybe = z.number().nullable();
const errorClass = z.enum(loadErrorClasses as [(typeof loadErrorClasses)[number], ...typeof loadErrorClasses]);

const histogram = z.object({ count, sum: number, min: number, max: number, buckets: z.array(count) });
const errors = z.partialRecord(errorClass, count);
const interval = z.object({ low: number, high: number }).nullable();
const quantiles = z.object({
  mean: number,
  p50: number,
  p90: number,
  p95: number,
  p99: maybe,
  max: number,
  // What has a default here came later than the first reports of this version.
  intervals: z.object({ p50: interval, p90: interval, p95: interval, p99: interval }).nullable().default(null),
});
const span = z.object({ startMs: number, endMs: number });
const verdict = z.enum(verdictOrder as [(typeof verdictOrder)[number], ...typeof verdictOrder]);

const route = z.object({
  route: text,
  requests: count,
  requestsPerSecond: number,
  goodPerSecond: maybe.default(null),
  errors,
  examples: z.partialRecord(errorClass, text),
  responseMs: quantiles,
  serviceMs: quantiles,
  response: histogram,
  service: histogram,
  slowest: z.object({ responseMs: number, traceId: text.nullable() }).nullable(),
});

const phase = z.object({
  name: text,
  kind: z.enum(['ramp', 'hold']),
  ...span.shape,
  fromLevel: number,
  toLevel: number,
  judged: span.nullable(),
});

const criterion = z.object({
  title: text,
  outcome: z.enum(['kept', 'broken', 'unproved', 'unseen']),
  limit: number,
  direction: z.enum(['below', 'above']),
  value: maybe,
  interval,
  unit: z.enum(['ms', 'percent', 'per-second', 'ratio', 'number', 'bytes']),
  samples: count,
  sentence: text,
});

const health = { loopUtilisation: number, gcShare: number, cpuCores: number, longestStallMs: number };
const generator = z.object({ lag: histogram, ...health, processes: count.default(1), exhausted: count });

const point = z.object({
  atMs: number,
  spanMs: number,
  users: number,
  arrivalsPerSecond: number,
  refusedPerSecond: number,
  inFlight: number,
  requestsPerSecond: number,
  errorsPerSecond: number,
  errors,
  p50Ms: maybe,
  p95Ms: maybe,
  p99Ms: maybe,
  generator: z.object({ lagP99Ms: number, ...health }),
});

const replicaState = z.enum(['starting', 'healthy', 'unhealthy', 'draining', 'stopped', 'crashed']);

const replica = z.object({
  service: text,
  replica: text,
  allotment: z.object({ cpuCores: maybe, memoryBytes: maybe }),
  points: z.array(
    z.object({
      atMs: number,
      state: replicaState,
      cpuCores: maybe,
      rssBytes: maybe,
      throttledShare: maybe,
      loopUtilisation: maybe,
      requestsPerSecond: maybe,
      inFlight: maybe,
    }),
  ),
});

const service = z.object({
  service: text,
  routes: z.array(
    z.object({
      route: text,
      requests: count,
      errors: z.record(text, number),
      p50Ms: number,
      p95Ms: number,
      maxMs: number,
    }),
  ),
});

const event = z.object({
  atMs: number,
  kind: text,
  service: text,
  replica: text,
  message: text,
  output: texts.optional(),
});

const steadiness = z.object({
  hold: text,
  state: z.enum(['steady', 'drifting up', 'drifting down', 'never steady', 'unknown']),
  cutMs: number,
  warmUpMs: maybe,
  percentPerMinute: maybe,
  percentOverall: maybe,
  uncutP95Ms: maybe.default(null),
  sentence: text,
});

const scenario = z.object({
  name: text,
  description: text,
  verdict,
  bound: z.enum(['exact', 'lower']).default('exact'),
  reasons: texts,
  advice: texts,
  model: z.enum(['closed', 'open']),
  startedAtEpochMs: number,
  durationMs: number,
  phases: z.array(phase),
  criteria: z.array(criterion),
  validity: z.array(z.object({ title: text, ok: z.boolean(), sentence: text })),
  steadiness: z.array(steadiness).default([]),
  quantileError: number.default(quantileError),
  total: route,
  routes: z.array(route),
  neverReached: texts.default([]),
  overall: route,
  failedStarts: count,
  retried: count,
  droppedMessages: count.default(0),
  arrivals: z
    .object({
      offeredPerSecond: number,
      achievedPerSecond: number,
      offered: count,
      refused: count,
      maxConcurrent: count,
      spacing: z.enum(['poisson', 'even', 'recorded']),
    })
    .nullable(),
  littlesLaw: z.object({
    users: number,
    requestsPerSecond: number,
    responseMs: number,
    thinkMs: number,
    usersByLaw: number,
  }),
  series: z.array(point),
  replicas: z.array(replica),
  services: z.array(service),
  events: z.array(event),
  generator: generator.default({
    lag: { count: 0, sum: 0, min: 0, max: 0, buckets: [] },
    loopUtilisation: 0,
    gcShare: 0,
    cpuCores: 0,
    longestStallMs: 0,
    processes: 1,
    exhausted: 0,
  }),
  observerCores: z.object({ generator: number, balancer: maybe }),
});

export const conditions: z.ZodType<Conditions> = z.object({
  palierVersion: text,
  nodeVersion: text,
  platform: text,
  cpuModel: text,
  cores: number,
  memoryBytes: number,
  pinning: texts,
  allotments: texts,
  target: text,
});

const report = z.object({
  kind: z.literal('palier-run'),
  version: z.literal(protocolVersion),
  verdict,
  system: text,
  command: z.enum(['prove', 'load']),
  startedAt: text,
  durationMs: number,
  timeScale: number,
  conditions,
  scenarios: z.array(scenario),
});

/**
 * The report that `--json` wrote, from the parsed JSON. `file` is named in the error. Throws `PALIER_REPORT_UNKNOWN` when it is not a
 * report, or one of another version.
 */
export function parseRunReport(json: unknown, file: string): RunReport {
  const parsed = report.safeParse(json);
  if (parsed.success) return parsed.data as unknown as RunReport;
  throw protocolError('PALIER_REPORT_UNKNOWN', {
    file,
    problem: problemOf(json, 'palier-run', parsed.error),
    version: protocolVersion,
  });
}

/** What is wrong, the most telling first: no report at all, another version, a part that is not as it should be. */
export function problemOf(json: unknown, wanted: string, error: z.ZodError): string {
  const kind = fieldOf(json, 'kind');
  if (kind !== wanted) return kind === undefined ? 'it names no kind' : `its kind is ${JSON.stringify(kind)}`;
  const version = fieldOf(json, 'version');
  if (version !== protocolVersion) return `it has version ${JSON.stringify(version)}`;
  const [issue] = error.issues;
  return `${issue?.path.join('.') ?? 'it'}: ${issue?.message ?? 'unknown'}`;
}

function fieldOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>)[name] : undefined;
}
