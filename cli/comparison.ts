/**
 * A comparison in words: the answer, in what the runs differ, every figure of all requests, what changed elsewhere.
 */
import { formatBytes } from '@palier/base/bytes';
import type {
  CompareOutcome,
  ComparedFigure,
  ComparedScenario,
  CompareReport,
  Difference,
  LimitCompareReport,
} from '@palier/protocol';
import { wrapped } from './fitted.ts';
import { latency, type Paint, type Screen, type Style } from './picture/index.ts';

export const outcomeStyles: Readonly<Record<CompareOutcome, Style>> = {
  worse: 'red',
  better: 'green',
  unchanged: 'green',
  inconclusive: 'yellow',
  'not-comparable': 'yellow',
};
const figureStyles: Readonly<Record<ComparedFigure['outcome'], Style>> = {
  worse: 'red',
  better: 'green',
  'no-change-proved': 'dim',
};
const titles: Readonly<Record<ComparedFigure['figure'], string>> = {
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
  throughput: 'requests/s',
  errors: 'errors',
  cpu: 'CPU/request',
  memory: 'memory',
};
/** What the first line says of the figure that changed. */
const headings: Readonly<Record<ComparedFigure['figure'], { readonly worse: string; readonly better: string }>> = {
  p50: { worse: 'Slower', better: 'Faster' },
  p95: { worse: 'Slower', better: 'Faster' },
  p99: { worse: 'Slower', better: 'Faster' },
  throughput: { worse: 'Less throughput', better: 'More throughput' },
  errors: { worse: 'More errors', better: 'Fewer errors' },
  cpu: { worse: 'More CPU', better: 'Less CPU' },
  memory: { worse: 'More memory', better: 'Less memory' },
};
/** What people ask for first. */
const order: readonly ComparedFigure['figure'][] = ['errors', 'p95', 'p99', 'p50', 'throughput', 'cpu', 'memory'];
/** What the protocol says of a run that is compared with itself. */
const theSameOne = 'the same one';
const maxRouteLines = 10;
/** A narrower terminal breaks the lines itself. */
const narrowest = 60;
const widestName = 34;

/** Lines for the terminal, at most `columns` wide as far as names allow. */
export function comparisonLines(comparison: CompareReport, columns: number, paint: Paint): string[] {
  const { differences, scenarios, outcome, comparisons, maxFalseAlarm } = comparison;
  const style: Paint = (_, text) => paint(outcomeStyles[outcome], paint('bold', text));
  return [
    ...wrapped(answer(comparison), columns).map((line) => style('bold', line)),
    '',
    ...runLines(comparison, ({ system, startedAt, verdict }) => `${system}, ${startedAt}, ${verdict}`, paint),
    ...differenceLines('The runs differ in more than their figures:', differences, columns, paint),
    ...scenarios.flatMap((scenario) => scenarioLines(scenario, columns, paint)),
    ...(comparisons === 0
      ? []
      : [
          '',
          ...wrapped(
            `${comparisons} figures compared; that they are so many is allowed for: where nothing changed, at most ${Number((100 * maxFalseAlarm).toPrecision(2))} of 100 comparisons call anything worse or better.`,
            columns,
          ).map((line) => paint('dim', line)),
        ]),
  ];
}

/** One sentence: what the comparison came to. */
function answer({ outcome, scenarios, differences }: CompareReport): string {
  const named = scenarios.map((scenario) => ({ scenario, prefix: scenarios.length > 1 ? `${scenario.name}: ` : '' }));
  const decisive = named.find(({ scenario }) => scenario.outcome === outcome) ?? named[0];
  const reason = decisive === undefined ? undefined : `${decisive.prefix}${decisive.scenario.reasons[0] ?? ''}`;
  switch (outcome) {
    case 'worse':
    case 'better':
      return `${decisive?.prefix ?? ''}${newsOf(decisive?.scenario.figures ?? [], outcome)}`;
    case 'unchanged':
      return `No change beyond noise. ${visibleOf(scenarios)}`.trim();
    case 'inconclusive':
      return `Cannot be told. ${reason ?? ''}`.trim();
    case 'not-comparable': {
      const forbidding = differences.find(({ forbids }) => forbids);
      if (forbidding === undefined) return `Not comparable. ${reason ?? 'They have no scenario in common.'}`;
      if (forbidding.after === theSameOne) return `Not comparable. Both files hold the same ${forbidding.what}.`;
      return `Not comparable. The ${forbidding.what} was ${forbidding.before} and is ${forbidding.after}.`;
    }
  }
}

/** `Slower: p95 of all requests 120 ms → 150 ms (+25 %, 95 %: +12 … +39 %), and 3 more figures are worse.` */
function newsOf(figures: readonly ComparedFigure[], outcome: 'worse' | 'better'): string {
  const news = figures
    .filter((figure) => figure.outcome === outcome)
    .toSorted(
      (a, b) =>
        Number(a.scope === 'route') - Number(b.scope === 'route') ||
        order.indexOf(a.figure) - order.indexOf(b.figure) ||
        a.chance - b.chance,
    );
  const [first] = news;
  if (first === undefined) return outcome;
  const { figure, of, unit, before, after, change } = first;
  const more = news.length - 1;
  const others = more === 0 ? '' : `; ${more} more ${more === 1 ? 'figure is' : 'figures are'} ${outcome}`;
  return `${headings[figure][outcome]}: ${titles[figure]} of ${of} ${amount(before, unit)} → ${amount(after, unit)} (${changeOf(first, change.value)}, 95 %: ${intervalOf(first)})${others}.`;
}

/** What would have been noticed, by the least sensitive of the scenarios. */
function visibleOf(scenarios: readonly ComparedScenario[]): string {
  const most = (figure: ComparedFigure['figure']): number | null => {
    const seen = scenarios.flatMap(({ figures }) =>
      figures.filter((one) => one.scope === 'total' && one.figure === figure).map(({ visible }) => visible),
    );
    return seen.length === 0 || seen.includes(null) ? null : Math.max(...(seen as number[]));
  };
  const [p95, throughput, errors] = [most('p95'), most('throughput'), most('errors')];
  const parts = [
    ...(p95 === null ? [] : [`p95 +${percent(p95)}`]),
    ...(throughput === null ? [] : [`requests/s −${percent(throughput)}`]),
    ...(errors === null ? [] : [`errors +${percent(errors).replace('%', 'points')}`]),
  ];
  if (parts.length === 0) return '';
  return `What would have shown, in 8 of 10 cases: ${parts.join(', ').replace(/, ([^,]*)$/, ' or $1')}.`;
}

export function runLines<T extends { readonly file: string }>(
  { before, after }: { readonly before: T; readonly after: T },
  about: (run: T) => string,
  paint: Paint,
): string[] {
  return [
    `before  ${before.file} ${paint('dim', `(${about(before)})`)}`,
    `after   ${after.file} ${paint('dim', `(${about(after)})`)}`,
  ];
}

export function differenceLines(
  title: string,
  differences: LimitCompareReport['differences'],
  columns: number,
  paint: Paint,
): string[] {
  if (differences.length === 0) return [];
  return ['', title, ...differences.flatMap((difference) => differenceLine(difference, columns, paint))];
}

function differenceLine({ what, before, after, forbids }: Difference, columns: number, paint: Paint): string[] {
  const mark = forbids ? paint('red', '✘') : paint('yellow', '!');
  const text = `${what}: ${before} → ${after}${forbids ? ', which forbids a comparison' : ''}`;
  return wrapped(text, columns - 4).map((line, i) => `${i === 0 ? `  ${mark}` : '   '} ${line}`);
}

function scenarioLines(scenario: ComparedScenario, columns: number, paint: Paint): string[] {
  const { name, outcome, reasons, differences, figures } = scenario;
  const changed = figures
    .filter((figure) => figure.scope === 'route' && figure.outcome !== 'no-change-proved')
    .toSorted((a, b) => a.chance - b.chance);
  const shown = [...figures.filter((figure) => figure.scope !== 'route'), ...changed.slice(0, maxRouteLines)];
  const hidden = figures.length - shown.length;
  const left =
    changed.length > maxRouteLines ? `${changed.length - maxRouteLines} of them changed` : 'no change proved';
  return [
    '',
    `${paint('bold', name)}  ${paint(outcomeStyles[outcome], outcome.replaceAll('-', ' '))}`,
    ...reasons.flatMap((reason) => wrapped(reason, columns - 2)).map((line) => `  ${paint('dim', line)}`),
    ...differenceLines('  Not the same in this scenario:', differences, columns, paint),
    ...(shown.length === 0 ? [] : ['']),
    ...figureLines(shown, paint),
    ...(hidden === 0 ? [] : [paint('dim', `  ${hidden} more figures of single routes: ${left} (--json has them)`)]),
  ];
}

/** One table for each of what the figures are of. The last column: news, or the change from which on there would have been some. */
function figureLines(figures: readonly ComparedFigure[], paint: Paint): string[] {
  const groups = Map.groupBy(figures, ({ scope, of }) => `${scope} ${of}`);
  const rows = figures.map((figure) => [
    titles[figure.figure],
    amount(figure.before, figure.unit),
    amount(figure.after, figure.unit),
    changeOf(figure, figure.change.value),
    intervalOf(figure),
  ]);
  if (rows.length === 0) return [];
  const [heads = '', ...lines] = table(['', 'before', 'after', 'change', '95 %'], rows, paint);
  const line = new Map(figures.map((figure, i) => [figure, lines[i] as string]));
  const rowOf = (figure: ComparedFigure): string => {
    const { outcome, visible } = figure;
    const from = visible === null ? '' : percent(visible).padStart(9);
    const news = paint(figureStyles[outcome], outcome === 'no-change-proved' ? from : outcome.padStart(9));
    return `${line.get(figure)}  ${news}`;
  };
  const groupLines = [...groups.values()].flatMap((group) => {
    const heading = `  ${paint('bold', shortened((group[0] as ComparedFigure).of))}`;
    return [heading].concat(group.map(rowOf));
  });
  return [`${heads}  ${paint('dim', 'seen from')}`, ...groupLines];
}

/** The first column to the left, the others to the right. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')}`;
  return [paint('dim', line(heads)), ...rows.map(line)];
}

/** How wide text for this screen is; a hundred where nobody knows, and not narrower than a sentence needs. */
export function textColumns({ columns = 100 }: Screen): number {
  return Math.max(narrowest, columns - 1);
}

function shortened(name: string): string {
  if (name.length <= widestName) return name;
  const half = Math.floor((widestName - 1) / 2);
  return `${name.slice(0, widestName - 1 - half)}…${name.slice(-half)}`;
}

function changeOf({ figure }: ComparedFigure, value: number): string {
  // Of errors, percentage points, where hundredths count.
  if (figure === 'errors') return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)} pp`;
  return signedPercent(value);
}

/** `+25 %`, `−3.1 %`. */
export function signedPercent(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(Math.abs(value) < 10 ? 1 : 0)} %`;
}

function percent(value: number): string {
  return `${value < 1 ? Number(value.toPrecision(1)) : Math.ceil(value)} %`;
}

/** `+12 … +39 %`: the unit once. */
function intervalOf(figure: ComparedFigure): string {
  const { low, high } = figure.change;
  const ends = [low, high].map((end) => (end === null ? 'no bound' : changeOf(figure, end)));
  return low === null || high === null
    ? ends.join(' … ')
    : `${(ends[0] as string).replace(/ (%|pp)$/, '')} … ${ends[1]}`;
}

function amount(value: number, unit: ComparedFigure['unit']): string {
  switch (unit) {
    case 'ms':
      return latency(value);
    case 'per-second':
      return `${short(value)} /s`;
    case 'percent':
      return `${short(value)} %`;
    case 'bytes':
      return formatBytes(value);
  }
}

export function short(value: number): string {
  return value === 0 || Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
