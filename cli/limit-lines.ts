/**
 * The search for the limit in words: each probe as a line, what is known of the edge as a bar, the result at the end.
 */
import { interventionSentence } from '@palier/load/bottleneck';
import type { Estimate, LimitReport, LoadModel, Probe } from '@palier/protocol';
import { wrapped } from './fitted.ts';
import { curveLines, marks, recommendationLines, searchLines } from './limit-picture.ts';
import { latency, type Paint, type Style, whole } from './picture/index.ts';

/** So that a line with its figures fits 80 columns. */
const barWidth = 36;

/** `users`, or `arrivals/s`. */
export function levelWord(model: LoadModel): string {
  return model === 'closed' ? 'users' : 'arrivals/s';
}

/** `✔     96 users     58 requests/s   p95 43 ms   0 % errors`. */
export function probeLine(probe: Probe, model: LoadModel, paint: Paint): string {
  const [mark, style] = marks[probe.outcome];
  const figures = [
    `${figure(probe.level).padStart(7)} ${levelWord(model)}`,
    `${figure(probe.requestsPerSecond).padStart(7)} requests/s`,
    `p95 ${(probe.p95Ms > 0 ? latency(probe.p95Ms) : '–').padStart(8)}`,
    `${Number(probe.errorPercent.toPrecision(2))} % errors`,
  ];
  const why = probe.outcome === 'invalid' || probe.outcome === 'unknown' ? paint('dim', `  ${probe.reason}`) : '';
  return `  ${paint(style, mark)} ${figures.join('   ')}${why}`;
}

/**
 * What is known, as a bar over all levels that were tried, by their logarithm: kept, open, broken.
 * `  12 ██████████████▒▒▒▒·········· 192 users`
 */
export function bracketLine(probes: readonly Probe[], model: LoadModel, paint: Paint): string {
  const levels = probes.map(({ level }) => level);
  const [least, most] = [Math.min(...levels), Math.max(...levels)];
  const kept = probes.filter(({ outcome }) => outcome === 'kept').map(({ level }) => level);
  const broken = probes.filter(({ outcome }) => outcome === 'broken').map(({ level }) => level);
  // On noise some levels do both: the open part reaches from the lowest broken to the highest kept one then.
  const sides = [Math.max(least, ...kept), Math.min(most, ...(broken.length === 0 ? [most] : broken))] as const;
  const place = (level: number): number =>
    most === least ? barWidth / 2 : Math.round((barWidth * Math.log(level / least)) / Math.log(most / least));
  const from = kept.length === 0 ? 0 : place(Math.min(...sides));
  const to = broken.length === 0 ? barWidth : place(Math.max(...sides));
  const bar = `${paint('green', '█'.repeat(from))}${paint('yellow', '▒'.repeat(Math.max(1, to - from)))}${paint('red', '·'.repeat(Math.max(0, barWidth - Math.max(to, from + 1))))}`;
  return `  ${figure(least)} ${bar} ${figure(most)} ${levelWord(model)}`;
}

/** The sentence that is asked for: `412 requests/s (95 %: 398–430), 96 users with 1–3 s of think time`. */
function limitSentence({ limit, model, thinkMs }: LimitReport): string | null {
  if (limit === null) return null;
  const rate = `${estimateWords(limit.requestsPerSecond)} requests/s`.replace(/^(\S+) (\(.*\)) (.*)$/, '$1 $3 $2');
  if (model === 'open') return `${rate}, at ${estimateWords(limit.level)} arrivals/s`;
  const think = thinkMs === null ? '' : ` with ${seconds(thinkMs.min, thinkMs.max)} of think time`;
  return `${rate}, ${estimateWords(limit.level)} users${think}`;
}

const headings: Readonly<Record<LimitReport['outcome'], readonly [string, Style]>> = {
  found: ['FOUND', 'green'],
  'not-reached': ['NOT REACHED', 'yellow'],
  below: ['BELOW', 'red'],
  invalid: ['INVALID', 'red'],
};

/** At most `columns` wide, figures of the table excepted. */
export function limitLines(report: LimitReport, columns: number, paint: Paint): string[] {
  const [word, style] = headings[report.outcome];
  const sentence = limitSentence(report);
  const told = (text: string): string[] => wrapped(text, columns - 2).map((line) => `  ${line}`);
  const name = `${word}  ${report.scenario}`;
  const [first = '', ...more] = wrapped(`${name}${sentence === null ? '' : `   ${sentence}`}`, columns - 2);
  const isWhole = first.startsWith(name);
  return [
    '',
    isWhole
      ? `${paint(style, paint('bold', word))}  ${paint('bold', report.scenario)}${first.slice(name.length)}`
      : first,
    ...more.map((line) => `  ${line}`),
    '',
    ...(report.limit === null ? [] : told(`What breaks first: ${report.limit.brokenBy}.`)),
    ...report.reasons.flatMap(told),
    ...(report.recovery === null ? [] : told(report.recovery.sentence)),
    ...(report.bottleneck === null ? [] : ['', ...told(report.bottleneck.sentence)]),
    ...(report.bottleneck?.interventions ?? []).flatMap((one) => told(interventionSentence(one))),
    ...searchLines(report, paint),
    ...curveLines(report, paint),
    ...recommendationLines(report, columns, paint),
    '',
    ...report.laws.flatMap(({ sentence: law }) => told(law)),
  ];
}

/** `412 (95 %: 398–430)`. */
function estimateWords({ value, low, high }: Estimate): string {
  return `${figure(value)} (95 %: ${figure(low)}–${figure(high)})`;
}

export function figure(value: number): string {
  return value >= 100 ? whole(value) : String(Number(value.toPrecision(3)));
}

function seconds(minMs: number, maxMs: number): string {
  const text = (ms: number): string => String(Number((ms / 1000).toPrecision(3)));
  return minMs === maxMs ? `${text(minMs)} s` : `${text(minMs)}–${text(maxMs)} s`;
}
