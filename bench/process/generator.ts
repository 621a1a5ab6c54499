/** Our generator as a client of a bench: a scenario of three tasks with drawn values and checks, played until it is stopped. */
import { systemTimers } from '@palier/base/timers';
import { startGenerators } from '@palier/load/generator';
import type { GeneratorPlan, LoadResult, PlannedStep, RouteResult } from '@palier/protocol';

/** Longer than any run; the bench stops it. */
const enoughMs = 3_600_000;
const rampMs = 200;
/** Longer than the generator itself takes to insist. */
const stopTimeoutMs = 10_000;

export interface GeneratorRun {
  readonly pid: number;
  trouble(): string | null;
  /** Ends the load. What was measured after the warm-up; throws when a request failed: a fast wrong answer is no result. */
  stop(): Promise<RouteResult>;
}

export interface GeneratorLoad {
  readonly port: number;
  readonly users: number;
  readonly thinkMs: { readonly min: number; readonly max: number };
  readonly warmUpMs: number;
  /** Every request bears the same traceparent, of the plan's own. Default: each has one of its own. */
  readonly hasOneTrace?: boolean;
}

export function startGenerator(core: number | null, load: GeneratorLoad): GeneratorRun {
  // The usual priority, as the peers have.
  const options = { timers: systemTimers(), cpus: core === null ? null : [core], priority: false };
  const handle = startGenerators(planOf(load), options);
  const [pid] = handle.pids;
  if (pid === undefined) throw new Error('The generator did not start.');
  let failure: string | null = null;
  handle.result.catch((error: Error) => {
    failure = error.message;
  });
  return {
    pid,
    trouble: () => failure,
    async stop() {
      handle.stop();
      const insist = setTimeout(() => process.kill(pid, 'SIGKILL'), stopTimeoutMs);
      try {
        return measured(await handle.result);
      } finally {
        clearTimeout(insist);
      }
    },
  };
}

function measured(result: LoadResult): RouteResult {
  const total = result.windows.find(({ window }) => window.judged)?.total;
  if (total === undefined) throw new Error('The generator measured nothing.');
  const [failed] = Object.entries(total.examples);
  if (failed !== undefined) throw new Error(`Requests of the generator failed (${failed[0]}): ${failed[1]}`);
  return total;
}

function planOf({ port, users, thinkMs, warmUpMs, hasOneTrace = false }: GeneratorLoad): GeneratorPlan {
  const trace = hasOneTrace ? { traceparent: '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01' } : {};
  const get = getWith({ accept: 'application/json', ...trace });
  const startMs = rampMs + warmUpMs;
  return {
    scenario: 'bench',
    seed: 1,
    target: { host: '127.0.0.1', port, basePath: '', authority: `127.0.0.1:${port}`, tls: null },
    stages: [
      { kind: 'ramp', fromLevel: 0, toLevel: users, durationMs: rampMs },
      { kind: 'hold', fromLevel: users, toLevel: users, durationMs: enoughMs },
    ],
    arrivals: null,
    thinkMs,
    start: [],
    tasks: [
      { name: 'list', weight: 60, steps: [get('GET /items', '/items?page={{page}}', { contains: 'trivial' })] },
      {
        name: 'open',
        weight: 30,
        steps: [get('GET /items/:id', '/items/{{page}}', { json: { id: 7, 'tags.0': 'a' } })],
      },
      { name: 'look', weight: 10, steps: [get('GET /', '/', {})] },
    ],
    data: {},
    draw: { page: { int: [1, 500] } },
    windows: [
      { name: 'warm-up', startMs: 0, endMs: startMs, judged: false },
      { name: 'hold', startMs, endMs: startMs + enoughMs, judged: true },
    ],
    requestTimeoutMs: 10_000,
    share: { index: 0, of: 1 },
    ownAddresses: true,
  };
}

function getWith(
  headers: PlannedStep['headers'],
): (route: string, path: string, check: Partial<PlannedStep['check']>) => PlannedStep {
  return (route, path, check) => ({
    route,
    method: 'GET',
    path,
    headers,
    body: null,
    take: {},
    check: { status: [200], contains: null, json: {}, ...check },
  });
}
