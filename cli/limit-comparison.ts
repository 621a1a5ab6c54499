/**
 * Two limits compared, in words: the answer, in what the searches differ, both limits.
 */
import type { ComparedLimit, Estimate, LimitCompareReport } from '@palier/protocol';
import { differenceLines, outcomeStyles, runLines, short, signedPercent, table } from './comparison.ts';
import { wrapped } from './fitted.ts';
import { levelWord } from './limit-lines.ts';
import type { Paint } from './picture/index.ts';

/** Lines for the terminal. */
export function limitComparisonLines(comparison: LimitCompareReport, columns: number, paint: Paint): string[] {
  const { outcome, differences, figures, reasons } = comparison;
  const rows = figures.map((figure) => [
    figure.figure === 'level' ? levelWord(comparison.model) : 'requests/s',
    estimate(figure.before),
    estimate(figure.after),
    `${signedPercent(figure.change.value)} (95 %: ${interval(figure)})`,
  ]);
  // Without figures the first reason is the answer itself.
  const told = figures.length === 0 ? reasons.slice(1) : reasons;
  return [
    ...wrapped(answer(comparison), columns).map((line) => paint(outcomeStyles[outcome], paint('bold', line))),
    '',
    ...runLines(comparison, (run) => `${run.system}, ${run.scenario}, ${run.startedAt}, ${run.outcome}`, paint),
    ...differenceLines('The searches differ in more than their figures:', differences, columns, paint),
    ...(rows.length === 0 ? [] : ['', ...table(['', 'before', 'after', 'change'], rows, paint)]),
    ...(told.length === 0 ? [] : ['', ...told.flatMap((reason) => wrapped(reason, columns))]),
  ];
}

function answer({ outcome, figures, reasons }: LimitCompareReport): string {
  const [first] = figures;
  const limits =
    first === undefined
      ? (reasons[0] ?? '')
      : `${short(first.before.value)} → ${short(first.after.value)} requests/s (${signedPercent(first.change.value)}, 95 %: ${interval(first)}).`;
  switch (outcome) {
    case 'worse':
      return `A lower limit: ${limits}`;
    case 'better':
      return `A higher limit: ${limits}`;
    case 'unchanged':
      return `No change beyond noise: ${limits}`;
    case 'inconclusive':
      return `Cannot be told. ${limits}`;
    case 'not-comparable':
      return `Not comparable. ${reasons[0] ?? ''}`;
  }
}

function interval({ change }: ComparedLimit): string {
  return `${signedPercent(change.low).replace(' %', '')} … ${signedPercent(change.high)}`;
}

/** `412 (398–430)`. */
function estimate({ value, low, high }: Estimate): string {
  return `${short(value)} (${short(low)}–${short(high)})`;
}
