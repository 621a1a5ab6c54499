/**
 * The end of a run in words: the verdict, each criterion with its figure and limit, what was wrong with the measurement, what to do next.
 */
import { Histogram } from '@palier/base/histogram';
import type { CriterionResult, RunReport, ScenarioReport, Verdict } from '@palier/protocol';
import { lawWords, refusalWords, whyTwoTimes } from './model-words.ts';
import { latency, type Paint, type Style, whole } from './picture/index.ts';

const marks: Readonly<Record<CriterionResult['outcome'], readonly [mark: string, style: Style]>> = {
  kept: ['✔', 'green'],
  broken: ['✘', 'red'],
  unproved: ['?', 'yellow'],
  unseen: ['∅', 'red'],
};
const verdictStyles: Readonly<Record<Verdict, Style>> = {
  pass: 'green',
  fail: 'red',
  inconclusive: 'yellow',
  invalid: 'red',
};

/** Lines for one scenario. */
export function scenarioLines(scenario: ScenarioReport, paint: Paint): string[] {
  const word = `${scenario.verdict.toUpperCase()}${scenario.bound === 'lower' ? ' (lower bound)' : ''}`;
  const verdict = paint(verdictStyles[scenario.verdict], paint('bold', word));
  const { total } = scenario;
  const figures = [
    ...levelWords(scenario),
    `${whole(total.requestsPerSecond)} requests/s`,
    `p95 ${latency(total.responseMs.p95)}`,
    `${whole(total.requests)} requests judged`,
  ];
  return [
    '',
    `${verdict}  ${paint('bold', scenario.name)}   ${paint('dim', figures.join(' · '))}`,
    ...refusedLines(scenario, paint),
    '',
    ...criterionLines(scenario.criteria, paint),
    ...timeLines(scenario, paint),
    ...validityLines(scenario, paint),
    ...(scenario.verdict === 'pass'
      ? cutLines(scenario, paint)
      : ['', ...scenario.reasons.map((reason) => `  ${reason}`), ...scenario.advice.map((advice) => `  → ${advice}`)]),
    ...errorLines(scenario, paint),
    ...besideLines(scenario, paint),
  ];
}

/** What no figure above tells of. */
function besideLines({ neverReached, droppedMessages }: ScenarioReport, paint: Paint): string[] {
  const lines = [
    ...(neverReached.length === 0 ? [] : [`  never reached: ${neverReached.join(', ')}`]),
    ...(droppedMessages === 0 ? [] : [`  ${whole(droppedMessages)} messages over WebSockets were dropped unread`]),
  ];
  return lines.length === 0 ? [] : ['', ...lines.map((line) => paint('yellow', line))];
}

/** A pass that left a warm-up out says so: with it, the figures would have been others. */
function cutLines({ steadiness }: ScenarioReport, paint: Paint): string[] {
  const cut = steadiness.filter(({ uncutP95Ms }) => uncutP95Ms !== null);
  return cut.length === 0 ? [] : ['', ...cut.map(({ sentence }) => paint('dim', `  ${sentence}`))];
}

/** `812 users`, or `200 arrivals/s, 41 at once`, and those that were refused. */
function levelWords({ arrivals, littlesLaw }: ScenarioReport): string[] {
  if (arrivals === null) return [`${whole(littlesLaw.users)} users`];
  return [`${whole(arrivals.offeredPerSecond)} arrivals/s, ${whole(littlesLaw.users)} at once`];
}

/** Refused arrivals are load that was left out: said before any figure of it, in red. */
function refusedLines(scenario: ScenarioReport, paint: Paint): string[] {
  const { arrivals } = scenario;
  if (arrivals === null || arrivals.refused === 0) return [];
  const { refused, offered } = arrivals;
  const count = `${whole(refused)} of ${whole(offered)} arrivals refused (${short((100 * refused) / offered)} %)`;
  return [`  ${paint('red', count)}: ${refusalWords(scenario)}`];
}

/** What a latency counts from, what the generator itself added, and N = X(R + Z): the figures by which the others are believed. */
function timeLines({ total, generator, littlesLaw, model }: ScenarioReport, paint: Paint): string[] {
  if (total.requests === 0) return [];
  const lag = Histogram.from(generator.lag);
  const times = [
    `response time p95 ${latency(total.responseMs.p95)}`,
    `service time p95 ${latency(total.serviceMs.p95)}`,
    `sent late p99 ${latency(lag.quantile(0.99) / 1000)}`,
  ];
  const words = [times.join(' · '), ...whyTwoTimes.map((why) => `  ${why}`), lawWords(model, littlesLaw)];
  return ['', ...words.map((line) => paint('dim', `  ${line}`))];
}

function criterionLines(criteria: readonly CriterionResult[], paint: Paint): string[] {
  const rows = criteria.map((criterion) => {
    const sign = criterion.direction === 'below' ? '<' : '>';
    const { outcome } = criterion;
    const none = outcome === 'unseen' ? '–' : 'no answer';
    const value = criterion.value === null ? none : withUnit(criterion.value, criterion.unit);
    const { interval } = criterion;
    const range =
      interval === null
        ? ''
        : `95 %: ${withUnit(interval.low, criterion.unit)} – ${withUnit(interval.high, criterion.unit)}`;
    return {
      criterion,
      cells: [criterion.title, value, `${sign} ${withUnit(criterion.limit, criterion.unit)}`, range],
    };
  });
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map(({ cells }) => (cells[column] as string).length)));
  return rows.map(({ criterion, cells }) => {
    const [mark, style] = marks[criterion.outcome];
    const [title, value, limit, range] = cells as [string, string, string, string];
    const row = `${title.padEnd(widths[0] as number)}  ${value.padStart(widths[1] as number)}  ${limit.padEnd(widths[2] as number)}`;
    return `  ${paint(style, mark)} ${row}  ${paint('dim', range)}`.trimEnd();
  });
}

function validityLines(scenario: ScenarioReport, paint: Paint): string[] {
  const broken = scenario.validity.filter((check) => !check.ok);
  if (broken.length === 0 && scenario.criteria.some(({ outcome }) => outcome === 'unseen')) return [];
  if (broken.length === 0) {
    return [
      '',
      paint(
        'dim',
        `  The measurement can be trusted: ${scenario.validity.length} of ${scenario.validity.length} checks of it hold.`,
      ),
    ];
  }
  return ['', ...broken.map((check) => `  ${paint('red', '✘')} ${check.title}: ${check.sentence}`)];
}

function errorLines(scenario: ScenarioReport, paint: Paint): string[] {
  const errors = Object.entries(scenario.overall.errors).filter(([, count]) => count > 0);
  if (errors.length === 0) return [];
  const lines = errors.map(([kind, count]) => {
    const example = scenario.overall.examples[kind as keyof typeof scenario.overall.examples];
    return `  ${whole(count)} × ${kind}${example === undefined ? '' : paint('dim', `, such as: ${example}`)}`;
  });
  return ['', '  Errors over the whole run:', ...lines];
}

/** `12.3 ms`, `0.02 %`, `431 /s`. */
function withUnit(value: number, unit: CriterionResult['unit']): string {
  switch (unit) {
    case 'ms':
      return latency(value);
    case 'percent':
      return `${short(value)} %`;
    case 'bytes':
      return `${whole(value)} bytes`;
    case 'per-second':
      return `${short(value)} /s`;
    case 'ratio':
    case 'number':
      return short(value);
  }
}

function short(value: number): string {
  return value === 0 || Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}

export interface Next {
  readonly report: RunReport;
  /** All scenarios of the system file. */
  readonly scenarios: readonly string[];
  /** What stood after --config. */
  readonly config: string | undefined;
  /** What stood after --target: a system that palier does not run. */
  readonly target: string | undefined;
  /** How palier was called: `npx palier`, where npm found it, else `palier`. */
  readonly palier: string;
}

/** `file`: as the user would type it. */
export function reportLine(file: string, paint: Paint): string {
  return `Report: ${paint('bold', file)} ${paint('dim', '(one page that opens offline: curves, routes, replicas, why to trust it)')}`;
}

/** What to try next: commands to be copied, so they are not broken to the terminal's width. */
export function nextLines(next: Next, paint: Paint): string[] {
  return [
    '',
    'Next:',
    ...nextCommands(next).flatMap(([command, why]) => [`  ${next.palier} ${command}`, `      ${paint('dim', why)}`]),
  ];
}

/** After `load --target` none that runs the services of the file: who gave an address may not have them. */
function nextCommands({ report, scenarios, config, target }: Next): (readonly [command: string, why: string])[] {
  const flag = config === undefined ? '' : ` --config ${config}`;
  const done = report.scenarios.map((scenario) => scenario.name);
  const next = scenarios.find((name) => !done.includes(name));
  const doctor = [`doctor${flag}`, 'tells what on this machine would spoil a measurement'] as const;
  if (report.command === 'load') {
    const at = target === undefined ? '' : ` --target ${target}`;
    const limit = [`limit ${done[0]}${at}${flag}`, 'searches the highest load that keeps the limits'] as const;
    return [
      ...(next === undefined ? [] : [[`load ${next}${at}${flag}`, 'the next scenario'] as const]),
      ...(target === undefined ? [] : [limit]),
      doctor,
    ];
  }
  return [
    ...(next === undefined
      ? []
      : [[`prove ${next} --time-scale 0.1${flag}`, 'the next scenario, its holds a tenth as long'] as const]),
    [`up${flag}`, 'keeps the system running, to try it by hand'],
    doctor,
  ];
}
