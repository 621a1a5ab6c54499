/**
 * How long a request holds a connection of a pool, from what the service says of its pools while probes were held: by Little's law the
 * connections in use on average are the requests a second times that time.
 */
import type { MeasuredPool } from './recommend.ts';
import type { ProbeFindings } from './probe.ts';

/** `palier_pool_in_use{pool="db"}`, as load/bottleneck reads it too. */
const inUse = /^palier_pool_in_use(\{|$)/;
/** What a database's server allows in all, where a service shows it. */
const allowed = 'palier_pool_server_connections';
/** A gauge that is read once a second: fewer readings are chance. */
const leastReadings = 5;

/**
 * From the probes that kept the limits: beyond them who waits holds a connection the longer. The pool of which most is in use counts.
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
