import type { SystemSample } from '@palier/protocol';
import { describe, expect, it } from 'vitest';
import { type ProbeFindings, probesOf } from './probe.ts';
import { poolOf } from './recommend.ts';
import { heldEvidence } from './testing/held.ts';

/** One probe that kept its limits, of which the service said `metrics` each second. */
function told(metrics: Readonly<Record<string, number>>): readonly ProbeFindings[] {
  const evidence = heldEvidence();
  const samples = evidence.samples.map(
    (sample): SystemSample => ({
      ...sample,
      services: [{ atMs: sample.atMs, service: 'api', routes: [], metrics }],
    }),
  );
  return probesOf({ ...evidence, samples }, { purpose: 'edge', replicas: 1, change: null, startMs: 0 });
}

describe('poolOf()', () => {
  it('is how long a request holds a connection, by Little’s law, of the pool that is used most', () => {
    const found = told({ 'palier_pool_in_use{pool="db"}': 4, 'palier_pool_in_use{pool="mail"}': 1 });
    const perSecond = found[0]?.probe.requestsPerSecond ?? 0;
    expect(found[0]?.probe.outcome).toBe('kept');
    expect(poolOf(found, 'api')?.heldMsPerRequest).toBeCloseTo(4000 / perSecond, 6);
    expect(poolOf(found, 'api')?.serverConnections).toBeNull();
  });

  it('is nothing where no pool was told of, or another service’s', () => {
    expect(poolOf(told({ http_requests_total: 5 }), 'api')).toBeNull();
    expect(poolOf(told({ 'palier_pool_in_use{pool="db"}': 4 }), 'store')).toBeNull();
  });

  it('knows how many connections the database allows where the service says so', () => {
    const found = told({ 'palier_pool_in_use{pool="db"}': 4, palier_pool_server_connections: 100 });
    expect(poolOf(found, 'api')?.serverConnections).toBe(100);
  });
});
