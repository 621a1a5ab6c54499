/**
 * Reports of simulated runs, one of each verdict, made by the judge as real ones are.
 */
import { judgeRun, judgeScenario } from '@palier/load/judge';
import { phasesOf } from '@palier/load/plan';
import type { LimitsFile, RunReport, Scenario, ScenarioReport, SystemEvent } from '@palier/protocol';
import { type SimulatedLoadOptions, type SimulatedServer, simulateLoad } from '@palier/testkit/simulated-load';

const mebibyte = 1024 * 1024;

interface Wanted extends Partial<Omit<SimulatedLoadOptions, 'phases'>> {
  readonly name: string;
  readonly description?: string;
  readonly users: number;
  readonly holdMs: number;
  readonly limits: LimitsFile;
  readonly timeScale?: number;
  readonly stages?: Scenario['stages'];
  readonly events?: readonly Omit<SystemEvent, 'service'>[];
  readonly routeName?: string;
}

const limits: LimitsFile = {
  p95Ms: 200,
  p99Ms: 500,
  errorPercent: 0.1,
  cpuPercent: 80,
  memoryPercent: 80,
  routes: { 'POST /releases': { p95Ms: 400 } },
  metrics: { 'database queries': { metric: 'db_queries_total', as: 'rate', max: 500 } },
};

/** About log-normal, heavier for uploads. */
const server =
  (scale: number, more?: SimulatedServer): SimulatedServer =>
  (request) => {
    const { random, route } = request;
    const bell = random.next() + random.next() + random.next() + random.next() - 2;
    const tookMs = scale * (route.startsWith('POST') ? 60 : 18) * Math.exp(bell * 1.1);
    const other = more?.(request);
    return other === undefined ? { tookMs } : { ...other, tookMs: tookMs + other.tookMs };
  };

const calm: SimulatedServer = () => ({ tookMs: 0 });

export type SampleName = 'pass' | 'fail' | 'inconclusive' | 'invalid' | 'crash' | 'several' | 'open' | 'refused';

export const samples: Readonly<Record<SampleName, () => RunReport>> = {
  pass: () => run([scenario({ name: 'first', users: 200, holdMs: 65_000, limits, server: server(1) })]),
  fail: () =>
    run([
      scenario({
        name: 'normal',
        users: 300,
        holdMs: 120_000,
        limits,
        server: server(1.8, ({ atMs, random }) => ({
          tookMs: atMs > 90_000 ? 80 + (atMs - 90_000) / 300 : 0,
          ...(atMs > 120_000 && random.next() < 0.02 ? { error: '5xx' } : {}),
        })),
        replicas: replicas(9, (atMs) => (100 + atMs / 1500) * mebibyte),
      }),
    ]),
  inconclusive: () =>
    run([scenario({ name: 'normal', users: 50, holdMs: 600_000, timeScale: 0.1, limits, server: server(1.6) })], 0.1),
  invalid: () =>
    run([
      scenario({
        name: 'peak',
        users: 400,
        holdMs: 60_000,
        limits: { ...limits, metrics: { 'cache hit rate': cacheLimit } },
        server: server(1),
        generator: {
          lagMs: (random) => 60 * random.next() ** 3,
          loopUtilisation: 0.93,
          longestStallMs: 410,
          gcShare: 0.06,
          sendsMadeShare: 0.99,
        },
      }),
    ]),
  crash: () => run([scenario(crashed)]),
  open: () => run([opened(scenario({ name: 'rush', users: 120, holdMs: 65_000, limits, server: server(1) }), 0)]),
  refused: () => run([opened(scenario({ name: 'rush', users: 120, holdMs: 65_000, limits, server: server(1) }), 0.02)]),
  several: () =>
    run([
      scenario({ name: 'first', users: 100, holdMs: 60_000, limits, server: server(1) }),
      scenario({
        name: 'spike',
        description: 'Thirty users, then suddenly three hundred.',
        users: 300,
        holdMs: 30_000,
        judge: 'everything',
        limits: { p95Ms: 500, errorPercent: 1 },
        server: server(1, ({ atMs }) => ({ tookMs: atMs > 32_000 && atMs < 45_000 ? 700 : 0 })),
        stages: [
          { kind: 'ramp', fromLevel: 0, toLevel: 30, durationMs: 3000 },
          { kind: 'hold', fromLevel: 30, toLevel: 30, durationMs: 27_000 },
          { kind: 'ramp', fromLevel: 30, toLevel: 300, durationMs: 5000 },
          { kind: 'hold', fromLevel: 300, toLevel: 300, durationMs: 40_000 },
          { kind: 'ramp', fromLevel: 300, toLevel: 30, durationMs: 5000 },
        ],
      }),
    ]),
};

const cacheLimit = { metric: 'cache_hits_total', of: 'cache_reads_total', as: 'ratio', min: 0.8 } as const;

const crashed: Wanted = {
  name: 'normal',
  description: 'Fifty people work with their releases: they look, search, and one in ten uploads a book.',
  users: 100,
  holdMs: 90_000,
  limits,
  server: server(1, ({ atMs, random }) =>
    atMs > 50_000 && atMs < 50_400 && random.next() < 0.25 ? { tookMs: 0, error: 'reset' } : { tookMs: 0 },
  ),
  replicas: {
    ...replicas(5, () => 140 * mebibyte),
    crash: { replica: 2, atMs: 50_000, backAtMs: 54_000 },
  },
  events: [
    {
      atMs: 50_210,
      kind: 'replica-crashed',
      replica: 'api-2',
      message: 'api-2 was killed by SIGKILL; it is started again in 0.5 s.',
      output: ['{"level":30,"msg":"listening on 41873"}', 'request 4711 begins', 'Killed'],
    },
    { atMs: 50_720, kind: 'replica-starting', replica: 'api-4', message: 'api-4 starts in place of api-2.' },
    {
      atMs: 54_100,
      kind: 'replica-healthy',
      replica: 'api-4',
      message: 'api-4 answered its first health check after 3.4 s.',
    },
  ],
};

function replicas(
  cpuMsPerRequest: number,
  memoryBytes: (atMs: number) => number,
): NonNullable<SimulatedLoadOptions['replicas']> {
  return {
    service: 'api',
    count: 3,
    cpuMsPerRequest,
    memoryBytes,
    metrics: (_, requests) => ({ db_queries_total: requests * 3 }),
  };
}

function scenario(wanted: Wanted): ScenarioReport {
  const { name, description = '', users, holdMs, timeScale = 1, judge = 'holds' } = wanted;
  const checked: Scenario = {
    name,
    description,
    model: 'closed',
    service: 'api',
    stages: wanted.stages ?? [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: users * 100 },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: holdMs },
    ],
    arrivals: null,
    thinkMs: { min: 1000, max: 3000 },
    start: [],
    tasks: [],
    data: {},
    draw: {},
    limits: wanted.limits,
    judge,
    warmUpMs: 5000,
    requestTimeoutMs: 30_000,
    seed: 1,
  };
  const phases = phasesOf(checked, timeScale);
  const routes = wanted.routes ?? {
    'GET /releases': 40,
    'GET /dashboard/stats': 30,
    'GET /rules': 20,
    'POST /releases': 10,
  };
  const simulated = simulateLoad({
    seed: 7,
    server: calm,
    replicas: replicas(6, (atMs) => (110 + 20 * (1 - Math.exp(-atMs / 30_000))) * mebibyte),
    ...wanted,
    routes,
    thinkMs: checked.thinkMs,
    judge,
    phases,
  });
  const { startedAtEpochMs } = simulated.result;
  return judgeScenario({
    scenario: checked,
    phases,
    ...simulated,
    events: (wanted.events ?? []).map((event) =>
      Object.assign({ service: 'api' }, event, { atMs: startedAtEpochMs + event.atMs }),
    ),
    services: [{ name: 'api', allotment: { cpuCores: 0.5, memoryBytes: 256 * mebibyte } }],
    timeScale,
    systemWatched: true,
    clockShiftMs: 3,
  });
}

/** As if each request had been a task of an open model, and this share of the arrivals had been refused. */
function opened(report: ScenarioReport, refusedShare: number): ScenarioReport {
  const { total, series, littlesLaw } = report;
  const offered = Math.round(total.requests / (1 - refusedShare));
  const offeredPerSecond = total.requestsPerSecond / (1 - refusedShare);
  const phases = report.phases.map((phase) =>
    Object.assign({}, phase, {
      name: phase.name.replace(/\d+$/, String(Math.round(offeredPerSecond))),
      fromLevel: (phase.fromLevel / 120) * offeredPerSecond,
      toLevel: (phase.toLevel / 120) * offeredPerSecond,
    }),
  );
  const { requestsPerSecond, responseMs } = littlesLaw;
  const users = (requestsPerSecond * responseMs) / 1000;
  return {
    ...report,
    model: 'open',
    phases,
    littlesLaw: { ...littlesLaw, thinkMs: 0, users, usersByLaw: users },
    arrivals: {
      offeredPerSecond,
      achievedPerSecond: total.requestsPerSecond,
      offered,
      refused: offered - total.requests,
      maxConcurrent: refusedShare > 0 ? 8 : 1000,
      spacing: 'poisson',
    },
    series: series.map((point) => {
      const arrivalsPerSecond = point.requestsPerSecond / (1 - refusedShare);
      const refusedPerSecond = arrivalsPerSecond * refusedShare;
      return Object.assign({}, point, { users: point.inFlight, arrivalsPerSecond, refusedPerSecond });
    }),
  };
}

function run(scenarios: readonly ScenarioReport[], timeScale = 1): RunReport {
  return judgeRun({
    system: 'releases',
    command: 'prove',
    startedAtEpochMs: scenarios[0]?.startedAtEpochMs ?? 0,
    durationMs: scenarios.reduce((sum, { durationMs }) => sum + durationMs, 4200),
    timeScale,
    conditions: {
      palierVersion: '0.1.0',
      nodeVersion: '24.21.0',
      platform: 'linux x64',
      cpuModel: 'AMD EPYC',
      cores: 2,
      memoryBytes: 8 * 1024 * mebibyte,
      pinning: ['The generator has core 1 to itself.', 'The replicas and the balancer run on core 0.'],
      allotments: [
        'api: 0.5 cores and 256 MiB for each of 3 replicas, judged against but not enforced (no cgroup can be made here).',
      ],
      target: 'http://127.0.0.1:41873, the balancer of api on this machine',
    },
    scenarios,
  });
}
