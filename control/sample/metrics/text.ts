/**
 * Reads a metrics page: Prometheus' text format 0.0.4, and as much of OpenMetrics as is the same. Pure, and lenient by line: a line
 * that is none is counted and passed over, because a page with one bad line still tells the rest.
 *
 * Own code: what is needed is a bound on the series and tolerance line by line, in one pass over the text.
 */

/** A series that only ever grows, or one that goes up and down. */
export type SeriesKind = 'counter' | 'gauge';

export interface Series {
  /** `name{label="value",…}`, labels in ascending order; `name` alone without labels. */
  readonly key: string;
  readonly kind: SeriesKind;
  readonly value: number;
}

export interface MetricsPage {
  readonly series: ReadonlyMap<string, Series>;
  /** The keys of those whose value is not finite, at most `maxSeries`. */
  readonly notNumbers: ReadonlySet<string>;
  /** Series beyond `maxSeries`: not kept. */
  readonly leftOut: number;
  /** Lines that are neither a sample nor a comment. */
  readonly badLines: number;
}

const nameText = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const samplePattern = new RegExp(`^(${nameText})[ \\t]*(?:\\{(.*)\\})?[ \\t]+(\\S+)(?:[ \\t]+(-?[\\d.]+))?[ \\t]*$`);
const labelPattern = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*")[ \t]*(?:,|$)/y;
const typePattern = new RegExp(`^#[ \\t]+TYPE[ \\t]+(${nameText})[ \\t]+(\\w+)`);
/** Endings that belong to a family whose TYPE line names it without them. */
const familyEnding = /_(total|bucket|sum|count|created)$/;

/**
 * Values that are not finite are only named (JSON has no word for them). The quantiles of summaries are passed over: they cannot be added
 * up over replicas. Of a series that occurs twice the last value counts.
 */
export function parseMetrics(text: string, maxSeries: number): MetricsPage {
  const types = new Map<string, string>();
  const series = new Map<string, Series>();
  const notNumbers = new Set<string>();
  let leftOut = 0;
  let badLines = 0;
  for (let start = 0; start < text.length; ) {
    let end = text.indexOf('\n', start);
    if (end === -1) end = text.length;
    const line = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
    if (line === '' || line.trim() === '') continue;
    if (line.startsWith('#')) {
      const type = typePattern.exec(line);
      if (type !== null) types.set(type[1] as string, type[2] as string);
      continue;
    }
    const sample = parseSample(line, types);
    if (sample === undefined) badLines++;
    else if (sample === null) continue;
    else if (!Number.isFinite(sample.value)) {
      if (notNumbers.size < maxSeries) notNumbers.add(sample.key);
    } else if (series.size < maxSeries || series.has(sample.key)) series.set(sample.key, sample);
    else leftOut++;
  }
  return { series, notNumbers, leftOut, badLines };
}

/** Undefined: no sample. Null: one that is passed over. */
function parseSample(line: string, types: ReadonlyMap<string, string>): Series | null | undefined {
  // OpenMetrics hangs an example behind the value.
  const exemplar = line.indexOf(' # {');
  const match = samplePattern.exec(exemplar === -1 ? line : line.slice(0, exemplar));
  if (match === null) return undefined;
  const name = match[1] as string;
  const labels = match[2] ? parseLabels(match[2]) : [];
  const value = parseValue(match[3] as string);
  if (labels === undefined || value === undefined) return undefined;
  const type = types.get(name) ?? types.get(name.replace(familyEnding, ''));
  if (labels.some((label) => label.startsWith('quantile=')) && type === 'summary') return null;
  const key = labels.length === 0 ? name : `${name}{${labels.sort().join(',')}}`;
  return { key, kind: kindOf(name, type), value };
}

/** `name="value"` each, the value escaped as it stands. Undefined when the text is no list of labels. */
function parseLabels(text: string): string[] | undefined {
  const labels: string[] = [];
  labelPattern.lastIndex = 0;
  while (labelPattern.lastIndex < text.length) {
    const match = labelPattern.exec(text);
    if (match === null) return undefined;
    labels.push(`${match[1]}=${match[2]}`);
  }
  return labels;
}

/** As Go reads numbers: `1`, `1.5e-3`, `+Inf`, `NaN`, `0x1p-2` is not written by anybody. */
function parseValue(text: string): number | undefined {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^nan$/i.test(text) ? Number.NaN : undefined;
}

/** Without a TYPE line the name's ending decides, as its conventions have it. */
function kindOf(name: string, type: string | undefined): SeriesKind {
  if (type === 'counter') return 'counter';
  if (type === 'gauge' || type === 'info' || type === 'stateset' || type === 'gaugehistogram') return 'gauge';
  return /_(total|bucket|sum|count)$/.test(name) ? 'counter' : 'gauge';
}
