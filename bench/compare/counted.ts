/** Pairs of runs handed to `palier compare`, and how often it said what. */
import { compareRuns } from '@palier/load/compare';
import type { ComparedFigure, CompareReport, RunReport } from '@palier/protocol';

export interface Counted {
  readonly name: string;
  readonly comparisons: number;
  /** Comparisons in which the planted figure (nothing planted: any) was called worse (any: changed). */
  readonly seen: number;
  /** Comparisons in which a figure was called better though nothing was. */
  readonly wrongWay: number;
  readonly inconclusive: number;
  /** Why runs could not be compared at all; they are in no other number. */
  readonly refused: readonly string[];
  /** Medians over the comparisons: the least change of the p95 and of the requests a second that would have shown in 8 of 10. */
  readonly visible: { readonly p95: number; readonly throughput: number };
  /** One line for each comparison in which something was said: its name and the figures. */
  readonly said: readonly string[];
}

export interface PairOfRuns {
  readonly name: string;
  readonly before: RunReport;
  readonly after: RunReport;
}

export function countPairs(
  name: string,
  pairs: Iterable<PairOfRuns>,
  isSeen: (figure: ComparedFigure) => boolean,
): Counted {
  let [seen, wrongWay, inconclusive] = [0, 0, 0];
  const said: string[] = [];
  const refused: string[] = [];
  const reports: CompareReport[] = [];
  for (const pair of pairs) {
    const report = compareRuns({ file: 'before', report: pair.before }, { file: 'after', report: pair.after });
    if (report.outcome === 'not-comparable') {
      refused.push(`${pair.name}: ${report.scenarios[0]?.reasons.join(' ')}`);
      continue;
    }
    const news = report.scenarios.flatMap(({ figures }) => figures).filter((one) => one.outcome !== 'no-change-proved');
    if (news.some(isSeen)) seen++;
    if (news.some((one) => one.outcome === 'better')) wrongWay++;
    if (report.outcome === 'inconclusive') inconclusive++;
    if (news.length > 0) said.push(`${pair.name}: ${news.map(inWords).join(', ')}`);
    reports.push(report);
  }
  const visible = { p95: visibleOf(reports, 'p95'), throughput: visibleOf(reports, 'throughput') };
  return { name, comparisons: reports.length, seen, wrongWay, inconclusive, refused, visible, said };
}

function visibleOf(reports: readonly CompareReport[], figure: ComparedFigure['figure']): number {
  const all = reports.flatMap(({ scenarios }) =>
    scenarios.flatMap(({ figures }) =>
      figures.filter((one) => one.scope === 'total' && one.figure === figure).map(({ visible }) => visible ?? Infinity),
    ),
  );
  return all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? Number.NaN;
}

function inWords({ figure, of, change, chance }: ComparedFigure): string {
  const unit = figure === 'errors' ? 'points' : '%';
  return `${figure} of ${of} ${change.value.toFixed(figure === 'errors' ? 2 : 1)} ${unit} (chance ${chance.toExponential(1)})`;
}
