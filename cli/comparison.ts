/**
 * A comparison in words: in what the runs differ, every figure of all requests, what changed elsewhere, the outcome.
 */
import { formatBytes } from '@palier/base/bytes';
import type { CompareOutcome, ComparedFigure, ComparedScenario, CompareReport, Difference } from '@palier/protocol';
import { latency, type Paint, type Style } from './picture/index.ts';

const outcomeStyles: Readonly<Record<CompareOutcome, Style>> = {
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
  cpu: 'CPU',
  memory: 'memory',
};

/** Lines for the terminal. */
export function comparisonLines(comparison: CompareReport, paint: Paint): string[] {
  const { before, after, differences, scenarios, outcome, comparisons, maxFalseAlarm } = comparison;
  return [
    `before: ${before.file} ${paint('dim', `(${before.system}, ${before.startedAt}, ${before.verdict})`)}`,
    `after:  ${after.file} ${paint('dim', `(${after.system}, ${after.startedAt}, ${after.verdict})`)}`,
    ...differenceLines('The runs differ in more than their figures:', differences, paint),
    ...scenarios.flatMap((scenario) => scenarioLines(scenario, paint)),
    '',
    paint(outcomeStyles[outcome], paint('bold', outcome.toUpperCase().replaceAll('-', ' '))),
    ...(comparisons === 0
      ? []
      : [
          paint(
            'dim',
            `${comparisons} figures compared; "worse" and "better" allow for that: in ${100 * maxFalseAlarm} of 100 comparisons of like with like at most one of them appears.`,
          ),
        ]),
  ];
}

function differenceLines(title: string, differences: readonly Difference[], paint: Paint): string[] {
  if (differences.length === 0) return [];
  return [
    '',
    title,
    ...differences.map(({ what, before, after, forbids }) => {
      const mark = forbids ? paint('red', '✘') : paint('yellow', '!');
      return `  ${mark} ${what}: ${before} → ${after}${forbids ? ', which forbids a comparison' : ''}`;
    }),
  ];
}

function scenarioLines(scenario: ComparedScenario, paint: Paint): string[] {
  const { name, outcome, reasons, differences, figures } = scenario;
  const shown = figures.filter((figure) => figure.scope !== 'route' || figure.outcome !== 'no-change-proved');
  const hidden = figures.length - shown.length;
  const word = paint(outcomeStyles[outcome], outcome.replaceAll('-', ' '));
  return [
    '',
    `${paint('bold', name)}  ${word}   ${paint('dim', reasons.join(' '))}`,
    ...differenceLines('  Not the same in this scenario:', differences, paint),
    ...(shown.length === 0 ? [] : ['']),
    ...figureLines(shown, paint),
    ...(hidden === 0 ? [] : [paint('dim', `  ${hidden} figures of single routes: no change proved (--json has them)`)]),
  ];
}

function figureLines(figures: readonly ComparedFigure[], paint: Paint): string[] {
  const rows = figures.map((figure) => [
    `${titles[figure.figure]}, ${figure.of}`,
    amount(figure.before, figure.unit),
    amount(figure.after, figure.unit),
    changeOf(figure, figure.change.value),
    intervalOf(figure),
  ]);
  if (rows.length === 0) return [];
  const heads = ['', 'before', 'after', 'change', '95 %'];
  const widths = heads.map((head, column) =>
    Math.max(head.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = (cells: readonly string[]): string =>
    `  ${cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  ')}`;
  return [
    paint('dim', line(heads)),
    ...rows.map((row, i) => {
      const { outcome } = figures[i] as ComparedFigure;
      return `${line(row)}  ${paint(figureStyles[outcome], outcome.replaceAll('-', ' '))}`;
    }),
  ];
}

function changeOf({ figure }: ComparedFigure, value: number): string {
  const digits = Math.abs(value) < 10 ? 1 : 0;
  const sign = value < 0 ? '−' : '+';
  // Of errors, percentage points, where hundredths count.
  if (figure === 'errors') return `${sign}${Math.abs(value).toFixed(2)} pp`;
  return `${sign}${Math.abs(value).toFixed(digits)} %`;
}

function intervalOf(figure: ComparedFigure): string {
  const { low, high } = figure.change;
  return `${low === null ? 'no bound' : changeOf(figure, low)} … ${high === null ? 'no bound' : changeOf(figure, high)}`;
}

function amount(value: number, unit: ComparedFigure['unit']): string {
  switch (unit) {
    case 'ms':
      return latency(value);
    case 'per-second':
      return `${short(value)} /s`;
    case 'percent':
      return `${short(value)} %`;
    case 'cores':
      return `${short(value)} cores`;
    case 'bytes':
      return formatBytes(value);
  }
}

function short(value: number): string {
  return value === 0 || Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
