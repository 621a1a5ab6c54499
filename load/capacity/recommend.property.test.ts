import type { LimitEstimate } from '@palier/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { scalabilityLaw, throughputAt } from './law.ts';
import { recommendDefaults } from './law-options.ts';
import { type MeasuredCapacity, recommend } from './recommend.ts';

const limitOf = (perSecond: number, replicas: number): LimitEstimate => ({
  level: { value: perSecond * 4, low: perSecond * 3.8, high: perSecond * 4.2 },
  requestsPerSecond: { value: perSecond, low: perSecond * 0.95, high: perSecond * 1.05 },
  replicas,
  brokenBy: 'p95 response time',
});
const measuredOf = (perSecond: number, replicas: number, more: Partial<MeasuredCapacity> = {}): MeasuredCapacity => ({
  service: 'api',
  model: 'closed',
  limit: limitOf(perSecond, replicas),
  laws: [],
  bottleneck: null,
  pool: null,
  shared: null,
  ...more,
});
const lawOf = (alpha: number, beta: number) =>
  scalabilityLaw(
    'replicas',
    [1, 2, 3, 4].map((n) => ({ n, perSecond: throughputAt({ gamma: 100, alpha, beta }, n) })),
  );

const anyMeasured = fc
  .record({
    perSecond: fc.double({ min: 1, max: 10_000, noNaN: true }),
    replicas: fc.integer({ min: 1, max: 4 }),
    alpha: fc.double({ min: 0, max: 0.4, noNaN: true }),
    beta: fc.double({ min: 0, max: 0.05, noNaN: true }),
    withLaw: fc.boolean(),
    heldMs: fc.double({ min: 0.1, max: 500, noNaN: true }),
    connections: fc.option(fc.integer({ min: 1, max: 500 })),
    perShard: fc.double({ min: 1, max: 10_000, noNaN: true }),
  })
  .map(({ perSecond, replicas, alpha, beta, withLaw, heldMs, connections, perShard }) =>
    measuredOf(perSecond, replicas, {
      laws: withLaw ? [lawOf(alpha, beta)] : [],
      pool: { heldMsPerRequest: heldMs, serverConnections: connections },
      shared: { requestsPerSecondPerShard: perShard },
    }),
  );

describe('recommend()', () => {
  it('asks for at least as much, row by row, and once nothing suffices, nothing does', () => {
    fc.assert(
      fc.property(anyMeasured, (measured) => {
        const rows = recommend(measured)?.rows ?? [];
        expect(rows.length).toBe(recommendDefaults.factors.length);
        for (const [i, row] of rows.entries()) {
          const before = rows[i - 1];
          if (before === undefined) continue;
          expect(row.requestsPerSecond).toBeGreaterThan(before.requestsPerSecond);
          expect(row.users).toBeGreaterThanOrEqual(before.users as number);
          expect(row.shards).toBeGreaterThanOrEqual(before.shards as number);
          expect(row.replicas ?? Infinity).toBeGreaterThanOrEqual(before.replicas ?? Infinity);
          expect(row.replicas === null || row.extrapolated || !before.extrapolated).toBe(true);
        }
      }),
    );
  });

  it('keeps the pools of all replicas together under what the database allows', () => {
    fc.assert(
      fc.property(anyMeasured, (measured) => {
        const allowed = measured.pool?.serverConnections ?? Infinity;
        for (const { poolSize, replicas } of recommend(measured)?.rows ?? []) {
          if (poolSize === null || replicas === null) continue;
          expect(poolSize).toBeGreaterThanOrEqual(1);
          expect(poolSize * replicas).toBeLessThanOrEqual(allowed - recommendDefaults.reservedConnections);
        }
      }),
    );
  });

  it('gives today what runs today, not extrapolated', () => {
    fc.assert(
      fc.property(anyMeasured, (measured) => {
        expect(recommend(measured)?.rows[0]).toMatchObject({
          replicas: measured.limit?.replicas,
          requestsPerSecond: measured.limit?.requestsPerSecond.value,
          users: Math.round(measured.limit?.level.value ?? 0),
          extrapolated: false,
        });
      }),
    );
  });

  it('gives by the law the smallest number that carries the load, and marks what was not measured', () => {
    const rows = recommend(measuredOf(100, 1, { laws: [lawOf(0.02, 0)] }))?.rows ?? [];
    expect(rows.map(({ replicas }) => replicas)).toEqual([1, 2, 3, 4, 6, 9, 13]);
    expect(rows.map(({ extrapolated }) => extrapolated)).toEqual([false, false, false, false, true, true, true]);
  });

  it('says that no number suffices beyond the peak of the law', () => {
    const found = recommend(measuredOf(100, 1, { laws: [lawOf(0.1, 0.05)] }));
    expect(found?.rows.map(({ replicas }) => replicas)).toEqual([1, 2, 3, null, null, null, null]);
    expect(found?.notes.join(' ')).toContain('From 300 requests/s on no number of replicas suffices');
  });

  it('without a law counts replicas in proportion with room to spare, and calls that an assumption', () => {
    const found = recommend(measuredOf(100, 2));
    expect(found?.rows.map(({ replicas }) => replicas)).toEqual([2, 4, 5, 8, 13, 19, 25]);
    expect(found?.rows.slice(1).every(({ extrapolated }) => extrapolated)).toBe(true);
    expect(found?.notes.join(' ')).toContain('Replicas are an assumption');
  });

  it('sizes a pool by what is in use on average and two deviations, and says where the server is too small', () => {
    const pool = { heldMsPerRequest: 40, serverConnections: 50 };
    const found = recommend(measuredOf(100, 1, { laws: [lawOf(0, 0)], pool }));
    // 100/s for 40 ms: 4 in use, 8 in the pool; ten replicas would need 80.
    expect(found?.rows.map(({ poolSize }) => poolSize)).toEqual([8, 7, 8, 8, 8, 5, 4]);
    expect(found?.notes.join(' ')).toContain('From 750 requests/s on the 50 connections of the database (3 kept free)');
  });

  it('says when it is not the service that sets the limit', () => {
    const cause = { kind: 'cpu', component: 'balancer', score: 0.9, evidence: [] } as const;
    const bottleneck = { causes: [cause], proved: true, interventions: [], sentence: '' };
    expect(recommend(measuredOf(100, 1, { bottleneck }))?.notes.join(' ')).toContain(
      'set by balancer (cpu), not by api',
    );
  });

  it('counts no users in an open model, and gives nothing without a limit', () => {
    expect(recommend(measuredOf(100, 1, { model: 'open' }))?.rows[0]?.users).toBeNull();
    expect(recommend(measuredOf(100, 1, { limit: null }))).toBeNull();
  });
});
