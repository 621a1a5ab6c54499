/**
 * Results of simulated limit searches, to look at and to test with: a service that follows a planted law, its users who think.
 */
import { concurrencyPoints, recommend, replicaPoints, scalabilityLaw, throughputAt } from '@palier/load/capacity';
import type { Bottleneck, LimitReport, Probe, Recovery } from '@palier/protocol';
import { seededRandom } from '@palier/base/random';

const thinkSeconds = 2;
const limitMs = 200;

type Law = Parameters<typeof throughputAt>[0];

/** Users who think: X(N)·Z + N = users. */
function present(law: Law, users: number): number {
  let [low, high] = [0, users];
  for (let i = 0; i < 60; i++) {
    const n = (low + high) / 2;
    if (throughputAt(law, n) * thinkSeconds + n < users) low = n;
    else high = n;
  }
  return low;
}

function prober(law: Law): (purpose: Probe['purpose'], level: number, more?: Partial<Probe>) => Probe {
  const random = seededRandom('limit report');
  let startMs = 0;
  return (purpose, level, more = {}) => {
    const replicas = more.replicas ?? 2;
    const ofAll = { ...law, alpha: law.alpha * (2 / replicas) ** 0.9 };
    const n = present(ofAll, level);
    const scatter = 1 + 0.02 * (random.next() + random.next() - 1);
    const requestsPerSecond = throughputAt(ofAll, n) * scatter;
    const meanMs = (1000 * n) / requestsPerSecond;
    const p95Ms = meanMs * 2.6 * scatter;
    const probe: Probe = {
      purpose,
      level,
      replicas,
      change: null,
      startMs,
      durationMs: 12_000,
      outcome: p95Ms < limitMs ? 'kept' : 'broken',
      reason: `p95 ${Math.round(p95Ms)} ms against less than ${limitMs} ms.`,
      requestsPerSecond,
      goodPerSecond: requestsPerSecond,
      meanMs,
      p50Ms: meanMs * 0.8,
      p95Ms,
      p99Ms: requestsPerSecond * 12 < 1000 ? null : meanMs * 4,
      errorPercent: 0,
      ...more,
    };
    startMs += 14_500;
    return probe;
  };
}

const bottleneck: Bottleneck = {
  proved: true,
  sentence:
    'The processor of api is the bottleneck: one more replica raised the limit by 43 %. Runner-up: the connection pool of api, 0.55 behind.',
  causes: [
    {
      kind: 'cpu',
      component: 'api',
      score: 0.93,
      evidence: [
        'It used 51 % of its allotment at half load and 97 % at the knee.',
        'Its service time grew from 21 ms to 74 ms while the time behind it stayed at 3 ms.',
      ],
    },
    {
      kind: 'pool',
      component: 'api',
      score: 0.38,
      evidence: ['0.2 requests waited for a connection at the knee, on average.'],
    },
    {
      kind: 'event-loop',
      component: 'balancer',
      score: 0.12,
      evidence: ['Its event loop was busy for 31 % of the time at the knee.'],
    },
  ],
  interventions: [
    {
      change: 'one more replica of api',
      component: 'api',
      relieves: ['cpu', 'event-loop', 'garbage-collection'],
      beforePerSecond: { value: 397, low: 385, high: 409 },
      afterPerSecond: { value: 567, low: 541, high: 590 },
      figure: {
        title: 'p95 response time',
        unit: 'ms',
        limit: 400,
        direction: 'below',
        before: { value: 1312, low: 1204, high: 1430 },
        after: { value: 96, low: 91, high: 102 },
        kept: true,
      },
      helped: true,
    },
    {
      change: 'a pool of 20 instead of 10',
      component: 'api',
      relieves: ['pool'],
      beforePerSecond: { value: 397, low: 385, high: 409 },
      afterPerSecond: { value: 394, low: 380, high: 409 },
      helped: false,
    },
  ],
};

const law: Law = { gamma: 46, alpha: 0.085, beta: 0.00002 };

/** Of another number of replicas than two. */
function searchAt(replicas: number, probe: ReturnType<typeof prober>, startMs: number): readonly Probe[] {
  const [edge, levels] =
    replicas === 1 ? [430, [100, 200, 400, 420, 430, 460, 800]] : [1150, [640, 1100, 1130, 1150, 1180, 1280]];
  return levels.map((level) => probe('edge', level, { replicas, outcome: level > edge ? 'broken' : 'kept', startMs }));
}

function found(): LimitReport {
  const probe = prober(law);
  const before = { ...law, gamma: 30 };
  const down = prober(before);
  const up = [
    ...[50, 100, 200, 400, 780, 1200].map((level) => probe('bracket', level)),
    ...[900, 830, 790, 815, 800, 805, 795, 810].map((level) => probe('edge', level)),
  ];
  const edge = 803;
  const rates = up.filter(({ outcome }) => outcome === 'kept').map(({ requestsPerSecond }) => requestsPerSecond);
  const perSecond = Math.max(...rates);
  const overload = probe('overload', 1300);
  const startMs = overload.startMs + 14_500;
  const recovery = [1100, 800, 650, 500].map((level, i) =>
    down('recovery', level, { startMs: startMs + 14_500 * i, outcome: level > 500 ? 'broken' : 'kept' }),
  );
  const others = [1, 3].flatMap((replicas) => searchAt(replicas, probe, startMs + 60_000 * replicas));
  const changed = probe('intervention', 1200, {
    replicas: 3,
    change: 'one more replica of api',
    startMs: startMs + 300_000,
  });
  const probes = [...up, overload, ...recovery, ...others, changed];
  const limit: NonNullable<LimitReport['limit']> = {
    level: { value: edge, low: 792, high: 814 },
    requestsPerSecond: { value: perSecond, low: perSecond * 0.97, high: perSecond * 1.03 },
    replicas: 2,
    brokenBy: 'p95 response time',
  };
  const limitAt = (replicas: number, share: number): NonNullable<typeof limit> => ({
    ...limit,
    level: { value: edge * share, low: 792 * share, high: 814 * share },
    requestsPerSecond: { value: perSecond * share, low: perSecond * share * 0.97, high: perSecond * share * 1.03 },
    replicas,
  });
  const limits = [limitAt(1, 0.53), limit, limitAt(3, 1.43)];
  const laws = [
    scalabilityLaw('concurrency', concurrencyPoints(probes, 2)),
    scalabilityLaw('replicas', replicaPoints(limits)),
  ];
  const pool = { heldMsPerRequest: 9, serverConnections: 100 };
  const measured = { service: 'api', model: 'closed', limit, laws, bottleneck, pool, shared: null } as const;
  const coming: Recovery = {
    overloadLevel: 1300,
    recoversAtLevel: 500,
    recoveryMs: 6200,
    metastable: false,
    sentence:
      'Coming down from 1300 users, the limits are kept again at 500 users, 6.2 s after the step: lower than where they broke.',
  };
  return report({
    outcome: 'found',
    reasons: ['8 probes near the edge separate 792 from 814 users.'],
    limit,
    limits,
    probes,
    recovery: coming,
    bottleneck,
    laws,
    recommendation: recommend(measured),
  });
}

function notReached(): LimitReport {
  const probe = prober({ gamma: 90, alpha: 0.001, beta: 0 });
  const probes = [50, 100, 200].map((level) => probe('bracket', level));
  const laws = [scalabilityLaw('concurrency', concurrencyPoints(probes, 2))];
  return report({
    outcome: 'not-reached',
    reasons: ['200 users, the most that --max allows, still kept the limits.'],
    probes,
    laws,
  });
}

function metastable(): LimitReport {
  const { limit, probes, ...rest } = found();
  const stuck = probes.map(
    (probe): Probe =>
      probe.purpose === 'recovery'
        ? Object.assign({}, probe, { outcome: 'broken', goodPerSecond: 40, errorPercent: 61, p95Ms: 5400 })
        : probe,
  );
  return report({
    ...rest,
    model: 'open',
    thinkMs: null,
    limit,
    probes: stuck,
    recovery: {
      overloadLevel: 1300,
      recoversAtLevel: null,
      recoveryMs: null,
      metastable: true,
      sentence: 'It did not recover, not even at 500 arrivals/s: it is metastable.',
    },
    bottleneck: {
      causes: [],
      proved: false,
      interventions: [],
      sentence: 'The bottleneck was not found; processor, event loop, pools and descriptors were looked at.',
    },
    recommendation:
      limit &&
      recommend({ service: 'api', model: 'open', limit, laws: [], bottleneck: null, pool: null, shared: null }),
  });
}

export type LimitSampleName = 'found' | 'not-reached' | 'below' | 'invalid' | 'metastable';

export const limitSamples: Readonly<Record<LimitSampleName, () => LimitReport>> = {
  found,
  'not-reached': notReached,
  below: () =>
    report({
      outcome: 'below',
      reasons: ['10 users, the least that was tried, broke p95 response time.'],
      probes: [prober(law)('bracket', 10, { outcome: 'broken', p95Ms: 840 })],
    }),
  invalid: () =>
    report({
      outcome: 'invalid',
      reasons: ['api answers 429 to the generator: a rate limiter refuses, and that is not a capacity.'],
    }),
  metastable,
};

function report(parts: Partial<LimitReport>): LimitReport {
  return {
    kind: 'palier-limit',
    version: 1,
    outcome: 'found',
    reasons: [],
    system: 'releases',
    scenario: 'normal',
    service: 'api',
    startedAt: '2026-11-21T10:00:00.000Z',
    durationMs: 512_000,
    conditions: {
      palierVersion: '0.1.0',
      nodeVersion: '24.21.0',
      platform: 'linux x64',
      cpuModel: 'Simulated',
      cores: 4,
      memoryBytes: 8 * 1024 ** 3,
      pinning: ['The generator has core 0, the replicas cores 1–3.'],
      allotments: ['api: 0.5 cores and 256 MiB a replica, enforced by a cgroup.'],
      target: 'api, started by Palier, through its balancer',
    },
    model: 'closed',
    thinkMs: { min: 1000, max: 3000 },
    limit: null,
    limits: [],
    probes: [],
    recovery: null,
    bottleneck: null,
    laws: [],
    recommendation: null,
    ...parts,
  };
}
