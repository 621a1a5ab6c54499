/** The runs as text: what each tool says beside what the server counted, and where the differences come from. Pure. */
import { Histogram } from '@palier/base/histogram';
import type { Scenario } from '@palier/protocol';
import { aligned } from '../table.ts';
import type { Truth } from './arena.ts';
import { type Played, together, type Way } from './played.ts';

export interface Outing extends Played {
  readonly scenario: string;
  readonly round: number;
  readonly truth: Truth;
}

/** The rounds of one tool, added up. */
interface Sum {
  readonly tool: string;
  readonly outings: readonly Outing[];
  /** By route, `all requests` first; of the tool and of the server. */
  readonly rows: readonly Row[];
  readonly holdSeconds: number;
}

interface Row {
  readonly route: string;
  readonly requests: number;
  readonly failed: number;
  readonly serverRequests: number;
  readonly own: Histogram;
  readonly server: Histogram;
}

const all = 'all requests';
/** From fewer a 99th percentile is a handful of requests. */
const leastForP99 = 1000;
const quantiles = [0.5, 0.95, 0.99] as const;

export function timesTable(outings: readonly Outing[], scenario: Scenario): string {
  const sums = sumsOf(outings, scenario);
  const routes = [...new Set(sums.flatMap(({ rows }) => rows.map(({ route }) => route)))];
  const lines = [['', '', 'requests', 'server', 'failed', 'p50 ms', 'server', 'p95 ms', 'server', 'p99 ms', 'server']];
  for (const route of routes) {
    sums.forEach(({ tool, rows }, index) => {
      const row = rows.find((one) => one.route === route);
      if (row === undefined) return;
      const { requests, serverRequests, failed, own, server } = row;
      const times = quantiles.flatMap((q) => [quantile(own, q), quantile(server, q)]);
      lines.push([index === 0 ? route : '', tool, String(requests), String(serverRequests), String(failed), ...times]);
    });
  }
  return aligned(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

export function generatorTable(outings: readonly Outing[], scenario: Scenario): string {
  const lines = [['', 'requests/s', 'iterations', 'not begun', 'CPU ms/request', 'exit status']];
  for (const { tool, outings: own, rows, holdSeconds } of sumsOf(outings, scenario)) {
    const [total] = rows;
    const cpuMs = own.reduce((sum, outing) => sum + outing.cpuMs, 0);
    const starts = startsOf(scenario);
    const tasks = rows.filter(({ route }) => route !== all && !starts.includes(route));
    const begun = tasks.reduce((sum, { requests }) => sum + requests, 0);
    lines.push([
      tool,
      ((total?.own.count ?? 0) / holdSeconds).toFixed(1),
      String(said(own, 'iterations') ?? begun),
      String(said(own, 'refused') ?? '–'),
      (cpuMs / (total?.requests ?? 1)).toFixed(2),
      own.map(({ status }) => status ?? '–').join(', '),
    ]);
  }
  return aligned(lines, [1, 2, 3, 4]);
}

/** Sentences, each with its figures; of what was not played nothing is said. */
export function explanations(outings: readonly Outing[], scenario: Scenario): string[] {
  const sums = sumsOf(outings, scenario);
  const lines: string[] = [];
  const overServer = sums.map((sum) => `${sum.tool} ${signed(overServerMs(sum))}`).join(', ');
  lines.push(`The client's own time, the wire and the way into the balancer, p50 less the server's: ${overServer} ms.`);
  for (const sum of sums) lines.push(...ownWays(sum, scenario));
  if (scenario.model === 'closed') lines.push(thinkLine(sums, scenario), rampLine(sums, scenario));
  lines.push(weightsLine(sums, scenario));
  return lines.filter((line) => line !== '');
}

function ownWays({ tool, outings, rows }: Sum, scenario: Scenario): string[] {
  const own = rows[0]?.own ?? new Histogram();
  const other = (way: Way): Histogram => {
    const sum = new Histogram();
    for (const one of outings) sum.add(one.otherwise[way] ?? new Histogram());
    return sum;
  };
  const shown = (one: Histogram): string => `p50 ${ms(one, 0.5)}, p95 ${ms(one, 0.95)} ms`;
  if (tool === 'palier') {
    const lag = Math.max(...outings.map((outing) => outing.said['lagP99Ms'] ?? 0)).toFixed(2);
    return [
      `palier counts from the intended send: ${shown(own)}; from the actual send ${shown(other('service'))}. It was at most ${lag} ms late in 99 of 100 sends.`,
    ];
  }
  if (tool === 'k6') {
    const fresh = said(outings, 'connected') ?? 0;
    return [
      `k6 leaves out the wait for a connection (http_req_blocked): ${shown(own)}; with it ${shown(other('with connecting'))}. ${fresh} requests opened one.`,
      `k6's own summary says p95 ${outings.map((one) => (one.said['p95Ms'] ?? 0).toFixed(1)).join(' and ')} ms of the judged part${outings.length > 1 ? ', a round each' : ''}; it interpolates between neighbours, the table takes the nearest rank.`,
    ];
  }
  const said95 = outings.map((one) => String(one.said['p95Ms'])).join(' and ');
  return [
    `Locust's own table says p95 ${said95} ms: rounded, and of the whole run. Its measurements in the hold: ${shown(own)}; rounded ${shown(other('rounded'))}; of the whole run, unrounded, ${shown(other('whole run'))}.`,
    ...(scenario.model === 'open'
      ? [
          'Locust has no open model: each of its users begins a task a second, so a burst cannot come and a slow system is asked less.',
        ]
      : []),
  ];
}

/** Z = N / X − R in the hold. */
function thinkLine(sums: readonly Sum[], { stages, thinkMs }: Scenario): string {
  const users = Math.max(...stages.map(({ toLevel }) => toLevel));
  const drawn = (thinkMs.min + thinkMs.max) / 2000;
  const found = sums.map(({ tool, rows, holdSeconds }) => {
    const own = rows[0]?.own ?? new Histogram();
    const seconds = (users * holdSeconds) / own.count - own.mean / 1e6;
    return `${tool} ${seconds.toFixed(2)} s`;
  });
  return `The think time that N / X − R leaves (${users} users; drawn with a mean of ${drawn} s): ${found.join(', ')}.`;
}

function rampLine(sums: readonly Sum[], scenario: Scenario): string {
  const [login] = startsOf(scenario);
  if (login === undefined) return '';
  const users = Math.max(...scenario.stages.map(({ toLevel }) => toLevel));
  const found = sums.map(({ tool, outings }) => {
    const seconds = outings.map(({ truth, startedAtMs }) => {
      let sum = 0;
      const last = truth.answered(login).find(({ requests }) => (sum += requests) >= users);
      return last === undefined ? '–' : String(Math.round((last.atMs - startedAtMs) / 1000));
    });
    return `${tool} ${seconds.join(' and ')} s`;
  });
  return `All ${users} users had logged in, by the server's seconds, after: ${found.join(', ')}. (Locust's shape is asked once a second, k6 and palier add each user when it is due.)`;
}

function weightsLine(sums: readonly Sum[], scenario: Scenario): string {
  const routes = scenario.tasks.flatMap(({ weight, steps: [step] }) =>
    step === undefined || !('request' in step) ? [] : [{ weight, route: step.name ?? step.request }],
  );
  const found = sums.map(({ tool, rows }) => {
    const counts = routes.map(({ route }) => rows.find((row) => row.route === route)?.serverRequests ?? 0);
    const total = counts.reduce((sum, count) => sum + count, 0);
    // 1.96 standard errors of a share, in points.
    const chance = Math.max(
      ...routes.map(({ weight }) => 196 * Math.sqrt(((weight / 100) * (1 - weight / 100)) / total)),
    );
    const shares = counts.map((count) => ((100 * count) / total).toFixed(1)).join(' : ');
    return `${tool} ${shares} (chance ±${chance.toFixed(1)})`;
  });
  return `Shares of the tasks, by the server's count, where ${routes.map(({ weight }) => weight).join(' : ')} is wanted: ${found.join(', ')}.`;
}

function sumsOf(outings: readonly Outing[], scenario: Scenario): Sum[] {
  const { fromMs, toMs } = judgedSpan(scenario);
  return [...Map.groupBy(outings, ({ tool }) => tool)].map(([tool, list]) => {
    const routes = [...new Set(list.flatMap(({ counts }) => Object.keys(counts)))].toSorted();
    const truths = list.map(({ truth, startedAtMs }) => truth.times(startedAtMs + fromMs, startedAtMs + toMs));
    const own = routes.map((route): Row => {
      const count = (of: (outing: Outing) => number | undefined): number =>
        list.reduce((sum, outing) => sum + (of(outing) ?? 0), 0);
      return {
        route,
        requests: count(({ counts }) => counts[route]?.requests),
        failed: count(({ counts }) => counts[route]?.failed),
        serverRequests: count(({ truth }) => truth.counts[route]?.requests),
        own: merged(list.map(({ times }) => times[route])),
        server: merged(truths.map((times) => times[route])),
      };
    });
    const sum = (key: 'requests' | 'failed' | 'serverRequests'): number => own.reduce((to, row) => to + row[key], 0);
    const total: Row = {
      route: all,
      requests: sum('requests'),
      failed: sum('failed'),
      serverRequests: sum('serverRequests'),
      own: merged(list.map(({ times }) => together(times))),
      server: merged(truths.map(together)),
    };
    return { tool, outings: list, rows: [total, ...own], holdSeconds: (list.length * (toMs - fromMs)) / 1000 };
  });
}

/** The holds without their warm-up; these scenarios have one. */
function judgedSpan({ stages, warmUpMs }: Scenario): { readonly fromMs: number; readonly toMs: number } {
  let atMs = 0;
  for (const { kind, durationMs } of stages) {
    if (kind === 'hold') return { fromMs: atMs + warmUpMs, toMs: atMs + durationMs };
    atMs += durationMs;
  }
  throw new Error('A scenario of this study has a hold.');
}

function startsOf({ start }: Scenario): string[] {
  return start.flatMap((step) => ('request' in step ? [step.name ?? step.request] : []));
}

function overServerMs({ rows: [total] }: Sum): number {
  return total === undefined ? 0 : (total.own.quantile(0.5) - total.server.quantile(0.5)) / 1000;
}

function said(outings: readonly Outing[], key: string): number | null {
  const values = outings.flatMap((one) => one.said[key] ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

function merged(list: readonly (Histogram | undefined)[]): Histogram {
  const sum = new Histogram();
  for (const one of list) if (one !== undefined) sum.add(one);
  return sum;
}

function quantile(histogram: Histogram, q: number): string {
  return histogram.count === 0 || (q === 0.99 && histogram.count < leastForP99) ? '–' : ms(histogram, q);
}

function ms(histogram: Histogram, q: number): string {
  return (histogram.quantile(q) / 1000).toFixed(1);
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;
}
