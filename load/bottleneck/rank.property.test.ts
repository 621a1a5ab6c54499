import { seededRandom } from '@palier/base/random';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rankCauses } from './index.ts';
import { type MadeProbe, type MadeService, madeProbe, madeSystem } from './testing/made.ts';

/** Well at half load: 100/s, 20 ms, a third of the processor. */
const well: MadeService = {
  perSecond: 100,
  quickMs: 20,
  meanMs: 22,
  usage: { cpuCores: 0.08, busiestThreadCores: 0.07 },
};
const half: MadeProbe = { level: 10, services: { api: well } };
/** Twice the load, 120/s, four times the time, and nothing that tells why. */
const slow: MadeService = { ...well, perSecond: 120, quickMs: 20, meanMs: 80 };

const told = (api: Partial<MadeService>, more: Partial<MadeProbe> = {}): MadeProbe => ({
  level: 20,
  services: { api: { ...slow, ...api } },
  ...more,
});

const kinds: Readonly<Record<string, { knee: MadeProbe; half?: MadeProbe; component?: string; kind?: string }>> = {
  cpu: {
    knee: told({ usage: { cpuCores: 0.49, throttledShare: 0.6, loopUtilisation: 0.99, busiestThreadCores: 0.48 } }),
  },
  'garbage-collection': { knee: told({ usage: { cpuCores: 0.49, gcShare: 0.45, loopUtilisation: 0.99 } }) },
  'pauses of the collector': {
    knee: told({ usage: { cpuCores: 0.25, busiestThreadCores: 0.2, gcShare: 0.16, loopUtilisation: 0.4 } }),
    kind: 'garbage-collection',
  },
  'a collector that lets nobody answer for the metrics': {
    knee: told({ usage: { cpuCores: 0.5, gcShare: null, loopUtilisation: null, throttledShare: 0.6 } }),
    half: { ...half, services: { api: { ...well, usage: { cpuCores: 0.35, gcShare: 0.2, loopUtilisation: 0.5 } } } },
    kind: 'garbage-collection',
  },
  'accepting in vain': {
    knee: told({ usage: { cpuCores: 0.5, busiestThreadCores: 0.5, loopUtilisation: 0.99, descriptorShare: 1 } }),
    kind: 'descriptors',
  },
  memory: { knee: told({ usage: { rssBytes: 197e6 } }) },
  disk: { knee: told({ usage: { diskWaitingThreads: 3.5, diskWriteBytes: 40e6 } }) },
  'cores that wait for a disk': {
    knee: told({ usage: { diskWriteBytes: 4e6 } }, { ioWaitShare: 0.4 }),
    kind: 'disk',
  },
  descriptors: {
    knee: told({ usage: { descriptorShare: 1 }, http: { connectFailures: 20 } }, { errors: { '5xx': 100 } }),
  },
  connections: { knee: told({ refused: 15 }, { errors: { '5xx': 120 } }), component: 'balancer' },
  'connection-setup': {
    knee: told({ perSecond: 1500, quickMs: 1, meanMs: 12, usage: { cpuCores: 0.49 }, http: { newConnections: 1500 } }),
    half: { level: 10, services: { api: { ...well, perSecond: 1000, quickMs: 1, meanMs: 1.2 } } },
  },
  pool: { knee: told({ perSecond: 250, quickMs: 20, meanMs: 80 }), half: { ...half, level: 8 } },
  lock: { knee: told({ perSecond: 50, quickMs: 20, meanMs: 200 }), half: { ...half, level: 1 } },
  queue: {
    knee: told({ metrics: { 'palier_queue_depth{queue="mail"}': 400, 'palier_queue_age_seconds{queue="mail"}': 9 } }),
    half: { ...half, services: { api: { ...well, metrics: { 'palier_queue_depth{queue="mail"}': 1 } } } },
  },
  'waiting at the balancer': {
    knee: told({ queue: { waitedMs: 6000, mostWaiting: 40 } }),
    kind: 'connections',
  },
  'rate-limit': { knee: told({ http: { limited: 40 } }, { errors: { '4xx': 320 }, examples: { '4xx': 'HTTP 429' } }) },
  'event-loop': {
    knee: {
      level: 20,
      services: {
        api: { ...well, perSecond: 120, quickMs: 20, meanMs: 80 },
        store: {
          ...slow,
          quickMs: 5,
          meanMs: 62,
          usage: { busiestThreadCores: 0.97, cpuCores: 0.99, loopUtilisation: 0.99 },
        },
      },
    },
    half: { level: 10, services: { api: well, store: { ...well, quickMs: 5, meanMs: 6 } } },
    component: 'store',
  },
  downstream: {
    knee: { level: 20, services: { api: { ...slow, meanMs: 81 }, store: { ...slow, quickMs: 5, meanMs: 62 } } },
    half: { level: 10, services: { api: well, store: { ...well, quickMs: 5, meanMs: 6 } } },
    component: 'store',
  },
};

describe('each kind of bottleneck is named from its own evidence, whatever the noise', () => {
  for (const [name, { knee, half: before = half, component = 'api', kind = name }] of Object.entries(kinds)) {
    test(`${name} of ${component}`, () => {
      fc.assert(
        fc.property(fc.integer(), fc.double({ min: 0, max: 0.04, noNaN: true }), (seed, share) => {
          const noise = { random: seededRandom(seed), share };
          const causes = rankCauses(madeProbe({ ...before, noise }), madeProbe({ ...knee, noise }), madeSystem);
          expect(causes[0]).toMatchObject({ kind, component });
        }),
        { numRuns: 30 },
      );
    });
  }
});

test('a pool that the service tells of is named with its figures', () => {
  const metrics = {
    'palier_pool_in_use{pool="db"}': 5,
    'palier_pool_size{pool="db"}': 5,
    'palier_pool_waiting{pool="db"}': 30,
  };
  const [first] = rankCauses(madeProbe(half), madeProbe(told({ metrics })), madeSystem);
  expect(first).toMatchObject({ kind: 'pool', component: 'api' });
  expect(first?.evidence.join(' ')).toContain('The pool "db": 5.00 of 5.00 in use');
});

test('a service that its allotment holds back lacks processor, even where a busy machine gave it less than that', () => {
  const usage = { cpuCores: 0.27, throttledShare: 0.6, busiestThreadCores: 0.27, runQueueShare: 0.73 };
  expect(rankCauses(madeProbe(half), madeProbe(told({ usage })), madeSystem)[0]).toMatchObject({ kind: 'cpu' });
});

test('a service that waits for timers is not short of the processor that others fill, allotted or not', () => {
  const unlimited = {
    ...madeSystem,
    services: madeSystem.services.map(({ name, ...rest }) =>
      Object.assign(rest, { name, allotment: { cpuCores: null, memoryBytes: null } }),
    ),
  };
  const slots = { perSecond: 200, quickMs: 20, meanMs: 80, usage: { cpuCores: 0.05, runQueueShare: 0.2 } };
  const busy = { machineShare: 1 };
  const knee = madeProbe(told(slots, busy));
  const [first, ...others] = rankCauses(madeProbe({ ...half, ...busy, level: 8 }), knee, unlimited);
  expect(first).toMatchObject({ kind: 'pool', component: 'api' });
  expect(others.map(({ kind }) => kind)).not.toContain('cpu');
  // Where it is the service that fills the machine, it is.
  const full = madeProbe(told({ ...slots, usage: { cpuCores: 1.7 } }, busy));
  expect(rankCauses(madeProbe(half), full, unlimited)[0]).toMatchObject({ kind: 'cpu', component: 'api' });
});

test('a service whose few requests take longer, and which is idle most of the time, holds no lock', () => {
  const knee = madeProbe(told({ perSecond: 120, quickMs: 1, meanMs: 20 }));
  const causes = rankCauses(
    madeProbe({ level: 10, services: { api: { ...well, quickMs: 1, meanMs: 1.2 } } }),
    knee,
    madeSystem,
  );
  expect(causes).toEqual([]);
});

test('a knee that kept its limits accuses nobody, however full everything is', () => {
  for (const { knee, half: before = half } of Object.values(kinds)) {
    expect(rankCauses(madeProbe(before), madeProbe({ ...knee, outcome: 'kept' }), madeSystem)).toEqual([]);
  }
});

test('twice the load answered twice as often in the same time accuses nobody', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.double({ min: 0, max: 0.49 }),
      fc.double({ min: 0, max: 0.9 }),
      (seed, cpuCores, loop) => {
        const noise = { random: seededRandom(seed), share: 0.05 };
        const usage = { cpuCores, loopUtilisation: loop };
        const knee = { level: 20, services: { api: { ...well, perSecond: 197, meanMs: 24, usage } } };
        expect(rankCauses(madeProbe({ ...half, noise }), madeProbe({ ...knee, noise }), madeSystem)).toEqual([]);
      },
    ),
  );
});

test('scores lie between 0 and 1, fall from cause to cause, and each cause has its evidence', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      share,
      share,
      share,
      share,
      fc.double({ min: 20, max: 2000, noNaN: true }),
      (cpu, thread, gc, fds, meanMs) => {
        const usage = { cpuCores: cpu, busiestThreadCores: thread, gcShare: gc, descriptorShare: fds };
        const causes = rankCauses(madeProbe(half), madeProbe(told({ usage, meanMs })), madeSystem);
        for (const [i, { score, evidence }] of causes.entries()) {
          expect(score).toBeGreaterThan(0);
          expect(score).toBeLessThanOrEqual(causes[i - 1]?.score ?? 1);
          expect(evidence.length).toBeGreaterThan(0);
        }
      },
    ),
  );
});

test('figures that nobody tells accuse nobody', () => {
  const blind = (level: number): MadeProbe => ({
    level,
    services: { api: { ...well, quickMs: 20, meanMs: 20 } },
    errors: { '5xx': level },
  });
  const without = (probe: MadeProbe) => ({ ...madeProbe(probe), samples: [] });
  expect(rankCauses(without(blind(1)), without(blind(100)), madeSystem)).toEqual([]);
});
