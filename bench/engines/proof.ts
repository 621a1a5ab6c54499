/** Whether an application keeps its limits on each engine that it can be given: `palier prove`, the same system, other URLs. */
import type { CriterionResult, RunReport, ScenarioReport } from '@palier/protocol';
import type { Met } from '../rows.ts';
import { aligned } from '../table.ts';
import { allEngines, enginesOf, provedOn } from './palier.ts';

interface Proof {
  readonly engines: string;
  /** As palier was asked for it. */
  readonly words: readonly string[];
  /** Null: it could not be run. */
  readonly report: RunReport | null;
}

/**
 * `app`: its folder. `runs`: what palier is asked for, one after the other, each as after `palier prove`, its scenario first. ONLY: names of
 * engines; SCENARIO: names of scenarios.
 */
export async function proveOnEngines(
  app: string,
  runs: readonly (readonly [string, ...string[]])[],
): Promise<{ met: Met; result: object }> {
  const only = process.env['SCENARIO']?.split(',');
  const chosen = runs.filter(([name]) => only?.includes(name) ?? true);
  const proofs: Proof[] = [];
  for (const engines of enginesOf(allEngines)) {
    if (engines.missing.length > 0) {
      console.log(`Left out: ${engines.name}: there is no ${engines.missing.join(', no ')}.`);
      continue;
    }
    for (const words of chosen) {
      console.log(`\nOn ${engines.name}: palier prove ${words.join(' ')}`);
      const asked = { app, words, report: `${words[0]} on ${engines.name}`, shown: true };
      proofs.push({ engines: engines.name, words, report: await provedOn(engines, asked) });
    }
  }
  const scenarios = proofs.map(({ report }) => report?.scenarios[0] ?? null);
  console.log(`\n${tableOf(proofs, scenarios)}`);
  const verdicts = scenarios.map((scenario) => scenario?.verdict ?? 'none');
  const results = proofs.map(({ engines, words }, i) => ({ engines, words, scenario: scenarios[i] ?? null }));
  return { met: metOf(verdicts, allEngines.length * runs.length), result: { app, proofs: results } };
}

function tableOf(proofs: readonly Proof[], scenarios: readonly (ScenarioReport | null)[]): string {
  const head = ['', 'engines', 'verdict', 'requests/s', 'p95 ms', 'p99 ms', 'errors %', 'CPU %', 'memory %', 'settled'];
  const rows = proofs.flatMap(({ engines, words }, i) => {
    const scenario = scenarios[i] ?? null;
    if (scenario === null) return [[words[0] as string, engines, 'none']];
    const { name, verdict, total, criteria, reasons } = scenario;
    const row = [
      name,
      engines,
      verdict,
      total.requestsPerSecond.toFixed(0),
      total.responseMs.p95.toFixed(1),
      total.responseMs.p99?.toFixed(1) ?? '–',
      errorPercentOf(scenario).toFixed(2),
      valueOf(criteria, 'CPU of '),
      valueOf(criteria, 'memory of '),
      settledAfter(scenario),
    ];
    return verdict === 'pass' ? [row] : [row, ...reasons.map((reason) => ['', reason])];
  });
  // A reason is as long as it is; only rows of figures make columns.
  const figures = aligned([head, ...rows.filter((row) => row.length > 2)], [3, 4, 5, 6, 7, 8, 9]).split('\n');
  const lines = [figures.shift() as string];
  for (const row of rows) lines.push(row.length > 2 ? (figures.shift() as string) : `    ${row[1]}`);
  return `${lines.join('\n')}\n\nCPU, memory: of the busiest and of the largest replica, of its allotment. settled: how long after the last user came three seconds in a row kept\nthe limit on the p95.`;
}

/** Of all requests that were judged. */
export function errorPercentOf({ total }: Pick<ScenarioReport, 'total'>): number {
  const failed = Object.values(total.errors).reduce((sum, count) => sum + count, 0);
  return total.requests === 0 ? 0 : (100 * failed) / total.requests;
}

/** The highest that was seen of those criteria. */
export function valueOf(criteria: readonly CriterionResult[], begins: string): string {
  const values = criteria.flatMap(({ title, value }) => (title.startsWith(begins) && value !== null ? [value] : []));
  return values.length === 0 ? '–' : Math.max(...values).toFixed(0);
}

/** Until three seconds in a row keep the limit on the p95, as `palier limit` tells a recovery; since the last user came. */
function settledAfter({ phases, series, criteria }: ScenarioReport): string {
  const limit = criteria.find(({ title }) => title === 'p95 response time')?.limit;
  const hold = phases.find(({ kind }) => kind === 'hold');
  if (limit === undefined || hold === undefined) return '–';
  const seconds = series.filter(({ atMs }) => atMs > hold.startMs && atMs <= hold.endMs);
  const keeps = (i: number): boolean => (seconds[i]?.p95Ms ?? Number.POSITIVE_INFINITY) < limit;
  const first = seconds.findIndex((_, i) => keeps(i) && keeps(i + 1) && keeps(i + 2));
  return first < 0 ? 'never' : `${first} s`;
}

/** Nothing that was left out is met. */
function metOf(verdicts: readonly string[], wanted: number): Met {
  if (verdicts.some((verdict) => verdict === 'fail' || verdict === 'none')) return 'no';
  return verdicts.length === wanted && verdicts.every((verdict) => verdict === 'pass') ? 'yes' : 'unclear';
}
