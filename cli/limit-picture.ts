/**
 * A limit report as drawings of text: throughput and latency against load, and the table of what more would need. Pure.
 */
import type { LimitReport, Probe, RecommendationRow } from '@palier/protocol';
import { wrapped } from './fitted.ts';
import { bar, latency, type Paint, type Style, whole } from './picture/index.ts';
import { byReplicas, curveProbes, levelUnit, replicasWords } from './report/index.ts';

export const marks: Readonly<Record<Probe['outcome'], readonly [mark: string, style: Style]>> = {
  kept: ['✔', 'green'],
  broken: ['✘', 'red'],
  unknown: ['?', 'yellow'],
  invalid: ['∅', 'yellow'],
};
const barWidth = 32;
/** More rows are thinned evenly: the HTML report has them all. */
const maxRows = 16;

/** A row for each load, from the lowest; then, marked `↓`, the way down from the overload. Nothing for fewer than two loads. */
export function curveLines(report: LimitReport, paint: Paint): string[] {
  const probes = curveProbes(report);
  const up = thinned(byLevel(probes.filter(({ purpose }) => purpose !== 'recovery')));
  const down = byLevel(probes.filter(({ purpose }) => purpose === 'recovery')).toReversed();
  if (up.length < 2) return [];
  const most = Math.max(...[...up, ...down].map(({ goodPerSecond }) => goodPerSecond));
  const limit = report.limit?.level.value ?? null;
  const line = (mark: string, one: Course, before: Course | undefined): string[] => {
    const isEdge = mark === ' ' && limit !== null && one.level > limit && (before?.level ?? 0) <= limit;
    const drawn = bar(most === 0 ? 0 : one.goodPerSecond / most, barWidth).replaceAll('░', ' ');
    const [sign, style] = marks[one.outcome];
    const text = `  ${mark}${figure(one.level).padStart(8)}  ${paint('cyan', drawn)} ${figure(one.goodPerSecond).padStart(8)}  ${(one.p95Ms > 0 ? latency(one.p95Ms) : '–').padStart(9)}  ${paint(style, sign)}`;
    return isEdge ? [paint('dim', `  ${'─'.repeat(9)}─ limit ${'─'.repeat(barWidth + 16)}`), text] : [text];
  };
  return [
    '',
    paint(
      'dim',
      `   ${levelUnit(report).padStart(8)}  ${'requests/s without an error'.padEnd(barWidth)} ${' '.repeat(8)}  ${'p95'.padStart(9)}`,
    ),
    ...up.flatMap((one, i) => line(' ', one, up[i - 1])),
    ...down.flatMap((one) => line('↓', one, undefined)),
  ];
}

/** A row for each limit that one of several searches found; nothing where there was one search. */
export function searchLines({ limits }: LimitReport, paint: Paint): string[] {
  if (limits.length === 0) return [];
  const many = byReplicas(limits);
  const rows = limits.map(({ replicas, requestsPerSecond: { value, low, high }, brokenBy }, i) => {
    const name = many
      ? `${replicas} ${replicas === 1 ? 'replica ' : 'replicas'}`
      : `search ${String(i + 1).padStart(3)}`;
    return `  ${name}  ${figure(value).padStart(8)} requests/s  ${`95 %: ${figure(low)}–${figure(high)}`.padEnd(22)}  ${paint('dim', brokenBy)}`;
  });
  return ['', ...rows];
}

/** The table, a star at each row that nobody measured, and its notes. */
export function recommendationLines({ recommendation, service }: LimitReport, width: number, paint: Paint): string[] {
  const rows = recommendation?.rows ?? [];
  const [today] = rows;
  if (recommendation === null || today === undefined) return [];
  const optional = (title: string, key: 'users' | 'poolSize' | 'shards'): readonly Column[] =>
    rows.every((row) => row[key] === null) ? [] : [[title, (row) => (row[key] === null ? '–' : whole(row[key]))]];
  const columns: readonly Column[] = [
    ['load', (row) => (row === today ? 'today' : `× ${figure(row.requestsPerSecond / today.requestsPerSecond)}`)],
    ...optional('users', 'users'),
    ['requests/s', (row) => figure(row.requestsPerSecond)],
    [`replicas of ${service}`, replicasWords],
    ...optional('pool of each', 'poolSize'),
    ...optional('shards', 'shards'),
  ];
  const cells = rows.map((row) => columns.map(([, read]) => read(row)));
  const widths = columns.map(([title], i) => Math.max(title.length, ...cells.map((row) => (row[i] as string).length)));
  const joined = (texts: readonly string[]): string =>
    texts.map((text, i) => text.padStart(widths[i] as number)).join('   ');
  const isMarked = rows.some(({ extrapolated }) => extrapolated);
  return [
    '',
    `  ${paint('bold', 'What more would need')}${isMarked ? paint('dim', '   * extrapolated: nobody measured it') : ''}`,
    paint('dim', `  ${joined(columns.map(([title]) => title))}`),
    ...rows.map((row, i) => `  ${joined(cells[i] as string[])}${row.extrapolated ? ' *' : ''}`),
    ...recommendation.notes.flatMap((note) => wrapped(note, width - 2)).map((line) => paint('dim', `  ${line}`)),
  ];
}

type Column = readonly [title: string, read: (row: RecommendationRow) => string];

/** What was seen at one load, the mean of its probes. */
type Course = Pick<Probe, 'level' | 'goodPerSecond' | 'p95Ms' | 'outcome'>;

function byLevel(probes: readonly Probe[]): readonly Course[] {
  const groups = Map.groupBy(probes, ({ level }) => level);
  const mean = (group: readonly Probe[], read: (probe: Probe) => number): number =>
    group.reduce((sum, probe) => sum + read(probe), 0) / group.length;
  return [...groups]
    .map(([level, group]) => ({
      level,
      goodPerSecond: mean(group, (probe) => probe.goodPerSecond),
      p95Ms: mean(group, (probe) => probe.p95Ms),
      outcome: outcomeOf(group),
    }))
    .toSorted((a, b) => a.level - b.level);
}

/** Of several probes at one load the most decide; those that could not tell have no say. */
function outcomeOf(group: readonly Probe[]): Probe['outcome'] {
  const kept = group.filter(({ outcome }) => outcome === 'kept').length;
  const broken = group.filter(({ outcome }) => outcome === 'broken').length;
  if (kept + broken === 0) return 'unknown';
  return kept > broken ? 'kept' : 'broken';
}

/** The first, the last, and evenly between. */
function thinned(courses: readonly Course[]): readonly Course[] {
  if (courses.length <= maxRows) return courses;
  return Array.from(
    { length: maxRows },
    (_, i) => courses[Math.round((i * (courses.length - 1)) / (maxRows - 1))] as Course,
  );
}

function figure(value: number): string {
  return value >= 100 ? whole(value) : String(Number(value.toPrecision(3)));
}
