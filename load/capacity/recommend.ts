/**
 * What wanted loads need, from today's limit to ten times as much: replicas by the law over replicas, pools by Little's law under the
 * database's connections, shards in proportion. What was not measured is marked and has the interval that the measured limits leave it;
 * where that is too wide, no number is given. What no number carries is null.
 *
 * Little, Operations Research 9 (1961). The pool's reserve above the mean is the square-root rule of Halfin and Whitt, Operations
 * Research 29 (1981).
 */
import { seededRandom } from '@palier/base/random';
import type { LimitReport, Recommendation, RecommendationRow, ReplicasRange, ScalabilityLaw } from '@palier/protocol';
import { type Curve, lawsWithin, throughputAt } from './law.ts';
import { type RecommendOptions, recommendDefaults } from './law-options.ts';
import type { ProbeFindings } from './probe.ts';

/** What a limit search found out. */
export interface MeasuredCapacity extends Pick<LimitReport, 'service' | 'model' | 'limit' | 'laws' | 'bottleneck'> {
  /** Null when no metrics of a pool were seen. */
  readonly pool: MeasuredPool | null;
  /** Null when no shared state was measured. */
  readonly shared: MeasuredShards | null;
}

export interface MeasuredPool {
  /** How long a request holds a connection, all its queries together, milliseconds. */
  readonly heldMsPerRequest: number;
  /** What the database's server allows in all; null when unknown: then nothing caps the pools. */
  readonly serverConnections: number | null;
}

export interface MeasuredShards {
  /** Requests a second that one shard carries at most. */
  readonly requestsPerSecondPerShard: number;
}

/** `palier_pool_in_use{pool="db"}`, as load/bottleneck reads it too. */
const inUse = /^palier_pool_in_use(\{|$)/;
/** What a database's server allows in all, where a service shows it. */
const allowed = 'palier_pool_server_connections';
/** A gauge that is read once a second: fewer readings are chance. */
const leastReadings = 5;

/** Null when no limit was found: nothing to start from. */
export function recommend(
  measured: MeasuredCapacity,
  options: RecommendOptions = recommendDefaults,
): Recommendation | null {
  const { limit, model } = measured;
  if (limit === null || !(limit.requestsPerSecond.value > 0) || !(limit.replicas >= 1)) return null;
  const today = limit.requestsPerSecond.value;
  const law = measured.laws.find(({ over, fit }) => over === 'replicas' && fit !== null) ?? null;
  const needs = needsOf(limit.replicas, law, options);
  const rows = options.factors.map((factor, i): RecommendationRow => {
    const requestsPerSecond = today * factor;
    const need = needs[i] as Need;
    const { replicas } = need;
    return {
      users: model === 'closed' ? Math.round(limit.level.value * factor) : null,
      requestsPerSecond,
      ...need,
      poolSize: replicas === null ? null : poolSizeFor(requestsPerSecond / replicas, replicas, measured.pool, options),
      shards: shardsFor(requestsPerSecond, measured.shared),
    };
  });
  return { rows, notes: notesOf(measured, law, rows, options) };
}

/**
 * How long a request holds a connection, from what the service said of its pools: by Little's law those in use on average are the requests
 * a second times that time. From the probes that kept the limits: beyond them who waits holds a connection the longer. The pool of which most is in use counts.
 * Null: nobody told.
 */
export function poolOf(found: readonly ProbeFindings[], service: string): MeasuredPool | null {
  const kept = found.filter(({ probe }) => probe.outcome === 'kept');
  const sums = new Map<string, number>();
  let readings = 0;
  let requests = 0;
  let serverConnections: number | null = null;
  for (const { probe, evidence } of kept) {
    for (const { services, atMs } of evidence.samples) {
      const since = atMs - evidence.result.startedAtEpochMs;
      if (!evidence.result.windows.some(({ window }) => since > window.startMs && since <= window.endMs)) continue;
      const metrics = services.find((one) => one.service === service)?.metrics ?? {};
      const pools = Object.entries(metrics).filter(([name]) => inUse.test(name));
      if (pools.length === 0) continue;
      readings++;
      requests += probe.requestsPerSecond;
      serverConnections = metrics[allowed] ?? serverConnections;
      for (const [name, value] of pools) sums.set(name, (sums.get(name) ?? 0) + value);
    }
  }
  if (readings < leastReadings || requests === 0) return null;
  return { heldMsPerRequest: (1000 * Math.max(...sums.values())) / requests, serverConnections };
}

type Need = Pick<RecommendationRow, 'replicas' | 'extrapolated' | 'replicasRange' | 'untold'>;

/** Of each factor, in their order. */
function needsOf(now: number, law: ScalabilityLaw | null, options: RecommendOptions): readonly Need[] {
  const others = law === null ? [] : lawsWithin(law, options.draws, seededRandom('recommendation'));
  let lost = false;
  return options.factors.map((factor): Need => {
    const need = replicasFor(factor, now, law, options);
    // What was measured stays as it is.
    const replicasRange = need.extrapolated ? rangeOf(need.replicas, factor, now, others, options) : null;
    if (replicasRange === null) return need;
    const { low, high } = replicasRange;
    if (low === null) return { ...need, replicasRange };
    // Where a load cannot be told, no higher one can.
    lost = lost || high === null || high > options.maxRangeFactor * low;
    return lost ? { ...need, replicas: null, replicasRange, untold: true } : { ...need, replicasRange };
  });
}

/** How many replicas carry `factor` times what `now` replicas carry. */
function replicasFor(
  factor: number,
  now: number,
  law: ScalabilityLaw | null,
  { maxReplicas, utilisation }: RecommendOptions,
): Pick<RecommendationRow, 'replicas' | 'extrapolated'> {
  if (factor <= 1) return { replicas: now, extrapolated: false };
  if (law === null || law.fit === null)
    return { replicas: Math.ceil((now * factor) / utilisation), extrapolated: true };
  const highest = Math.max(...law.points.map(({ n }) => n));
  const replicas = leastFor(law.fit, factor, now, maxReplicas);
  // What lies beyond the peak of a curve is no more measured than the peak is.
  return { replicas, extrapolated: (replicas ?? law.fit.peakN ?? Number.POSITIVE_INFINITY) > highest };
}

/** The least number of replicas, from `now` on, that carries `factor` times what `now` do by that law; null: none. */
function leastFor(law: Curve, factor: number, now: number, maxReplicas: number): number | null {
  // The curve is laid through today's limit, whose residual is no reason to run fewer or more.
  // A hair of tolerance, or linear scaling asks for one more than it takes.
  const wanted = throughputAt(law, now) * factor * (1 - 1e-9);
  const last = Math.min(maxReplicas, Math.floor(law.peakN ?? maxReplicas) + 1);
  // It rises up to its peak, next to which the best whole number lies on either side.
  let [short, enough] = [now, Math.max(now, last - 1)];
  if (throughputAt(law, enough) < wanted) return last > now && throughputAt(law, last) >= wanted ? last : null;
  while (enough - short > 1) {
    const middle = Math.floor((short + enough) / 2);
    if (throughputAt(law, middle) >= wanted) enough = middle;
    else short = middle;
  }
  return enough;
}

/** What the other laws that the points allow would say, `point` in it; null: there are none. */
function rangeOf(
  point: number | null,
  factor: number,
  now: number,
  others: readonly Curve[],
  options: RecommendOptions,
): ReplicasRange | null {
  if (others.length === 0) return null;
  const numbers = others
    .map((law) => endless(leastFor(law, factor, now, options.maxReplicas)))
    .toSorted((a, b) => a - b);
  const beyond = Math.floor(options.drawsBeyond * numbers.length);
  return {
    low: finite(Math.min(endless(point), numbers[beyond] as number)),
    high: finite(Math.max(endless(point), numbers[numbers.length - 1 - beyond] as number)),
  };
}

/** No number suffices: more than any. */
function endless(replicas: number | null): number {
  return replicas ?? Number.POSITIVE_INFINITY;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Connections of one replica; null when unknown, or when there are not enough for one each. */
function poolSizeFor(
  perReplica: number,
  replicas: number,
  pool: MeasuredPool | null,
  { reservedConnections }: RecommendOptions,
): number | null {
  if (pool === null) return null;
  const { serverConnections } = pool;
  const wanted = wantedPool(perReplica, pool);
  const room = serverConnections === null ? wanted : Math.floor((serverConnections - reservedConnections) / replicas);
  return room < 1 ? null : Math.min(wanted, room);
}

/** Those in use on average, and two deviations of a Poisson number more, so that requests seldom wait for one. */
function wantedPool(perReplica: number, { heldMsPerRequest }: MeasuredPool): number {
  const inUse = (perReplica * heldMsPerRequest) / 1000;
  return Math.max(1, Math.ceil(inUse + 2 * Math.sqrt(inUse)));
}

function shardsFor(requestsPerSecond: number, shared: MeasuredShards | null): number | null {
  if (shared === null || !(shared.requestsPerSecondPerShard > 0)) return null;
  return Math.max(1, Math.ceil(requestsPerSecond / shared.requestsPerSecondPerShard - 1e-9));
}

function notesOf(
  measured: MeasuredCapacity,
  law: ScalabilityLaw | null,
  rows: readonly RecommendationRow[],
  options: RecommendOptions,
): readonly string[] {
  const { bottleneck, service, pool, shared } = measured;
  const cause = bottleneck?.causes[0];
  const notes = [...replicaNotes(measured, law, rows, options)];
  if (cause !== undefined && cause.component !== service) {
    notes.push(
      `The limit of today is set by ${cause.component} (${cause.kind}), not by ${service}: more replicas of ${service} carry more only once that is mended.`,
    );
  }
  if (pool === null) notes.push(unknownPools);
  else {
    notes.push(
      `A request holds a connection for ${short(pool.heldMsPerRequest)} ms; by Little's law each pool has those in use on average and two standard deviations more.`,
      ...poolNotes(pool, rows, options),
    );
  }
  notes.push(
    shared === null
      ? unknownShards
      : 'Shards are in proportion to the requests, which assumes keys that spread evenly.',
  );
  return notes;
}

const unknownPools =
  'Pools were not measured: a service that shows palier_pool_in_use{pool="…"} on its metrics page gets the size of its pools here.';
const unknownShards =
  'Shards were not measured: what one store of shared state carries is found by a limit of a service that does little else than ask it.';

function replicaNotes(
  { limit, model, service }: MeasuredCapacity,
  law: ScalabilityLaw | null,
  rows: readonly RecommendationRow[],
  { utilisation }: RecommendOptions,
): readonly string[] {
  if (limit === null) return [];
  const notes: string[] = [];
  if (model === 'closed') {
    const seconds = limit.level.value / limit.requestsPerSecond.value;
    notes.push(
      `A user makes one request every ${short(seconds)} s, waiting and thinking, as at today's limit: N = X(R + Z).`,
    );
  }
  if (law === null) {
    const percent = short(100 * utilisation);
    notes.push(
      `Replicas are an assumption: no law over replicas of ${service} was measured, so each counts as much as today's, used to ${percent} % of its limit. With --replicas 1,2,3 it is measured.`,
    );
    return notes;
  }
  const counts = law.points.map(({ n }) => n);
  notes.push(
    `Replicas follow the law that was measured over ${Math.min(...counts)} to ${Math.max(...counts)} of them; rows beyond are extrapolated${rows.some(({ replicasRange }) => replicasRange !== undefined) ? ', with the interval that those of the measured limits leave them (95 %)' : ''}.`,
  );
  const lost = rows.find(({ untold }) => untold);
  if (lost !== undefined) {
    notes.push(untoldNote(lost, counts));
  }
  const beyond = rows.find(({ replicas, untold }) => replicas === null && untold !== true);
  if (beyond !== undefined) {
    notes.push(
      `From ${Math.round(beyond.requestsPerSecond)} requests/s on no number of replicas suffices by that law${beyond.extrapolated ? ', whose peak nobody has seen' : ''}: what they share has to change first.`,
    );
  }
  return notes;
}

/** The least number that might do is the one to measure: growth in proportion would carry the load there, growth that ends would not. */
function untoldNote({ requestsPerSecond, replicasRange }: RecommendationRow, counts: readonly number[]): string {
  const { low = null, high = null } = replicasRange ?? {};
  const range = high === null ? `${low} replicas or more, or no number at all` : `${low} to ${high} replicas`;
  const next = Math.max(low ?? 0, Math.max(...counts) + 1);
  const all = [...new Set([...counts, next])].toSorted((a, b) => a - b).join(',');
  return `From ${Math.round(requestsPerSecond)} requests/s on the number of replicas cannot be told from these measurements: ${range}. Measure with ${next} replicas to know (--replicas ${all}), or narrow the limits with more time (--max-time).`;
}

/** Where the server's connections are too few. */
function poolNotes(
  pool: MeasuredPool,
  rows: readonly RecommendationRow[],
  { reservedConnections }: RecommendOptions,
): readonly string[] {
  if (pool.serverConnections === null)
    return ['How many connections the database allows is not known: check it before.'];
  const capped = rows.find(({ replicas, poolSize, requestsPerSecond }) => {
    return replicas !== null && (poolSize === null || poolSize < wantedPool(requestsPerSecond / replicas, pool));
  });
  if (capped === undefined) return [];
  const allowed = `${pool.serverConnections} connections of the database (${reservedConnections} kept free)`;
  return [
    `From ${Math.round(capped.requestsPerSecond)} requests/s on the ${allowed} are fewer than the pools would need: raise its limit, shorten the queries, or put a connection pooler between.`,
  ];
}

const short = (value: number): string => String(Number(value.toPrecision(3)));
