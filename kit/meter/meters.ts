/**
 * The meters of a service: counters, gauges and histograms with bounded label sets, and the text that Prometheus reads.
 *
 * A label combination is looked up once and answers with a handle; recording on a handle is an addition (histogram: a walk over the
 * bucket edges). Keep the handle where you record.
 */
import { kitError } from '../errors.ts';
import { head, labelText, numberText, sample } from './exposition.ts';
import { checkedMeterOptions, type MeterOptions } from './options.ts';
import { SeriesSet } from './series.ts';

/** One value for each label name, in their order. */
export type LabelValues<Names extends readonly string[]> = { readonly [K in keyof Names]: string };

export interface CounterHandle {
  /** Adds `amount` (default 1). A negative amount or NaN counts as 0: a counter never falls. */
  add(amount?: number): void;
}

export interface GaugeHandle {
  set(value: number): void;
  add(amount: number): void;
}

export interface HistogramHandle {
  /** Records a value, in the unit that the meter's name ends in. NaN is left out. */
  observe(value: number): void;
}

/** A meter: the handle of a label combination, to be kept by the caller. */
export interface Meter<Names extends readonly string[], Handle> {
  of(...values: LabelValues<Names>): Handle;
}

/** A value read when the text is written: one number, or one per label combination. */
export type Reading = number | readonly { readonly values: readonly string[]; readonly value: number }[];

export interface Meters {
  counter<const Names extends readonly string[]>(
    name: string,
    help: string,
    labels?: Names,
  ): Meter<Names, CounterHandle>;
  gauge<const Names extends readonly string[]>(name: string, help: string, labels?: Names): Meter<Names, GaugeHandle>;
  /** `edges`: upper edges of the buckets, ascending. Put one at each limit that you mean to judge by. */
  histogram<const Names extends readonly string[]>(
    name: string,
    help: string,
    edges: readonly number[],
    labels?: Names,
  ): Meter<Names, HistogramHandle>;
  /** A meter that is read when the text is written. At most `maxSeries` readings are written. */
  read(kind: 'counter' | 'gauge', name: string, help: string, read: () => Reading, labels?: readonly string[]): void;
  /** The text for Prometheus; answer it with `expositionType`. */
  text(): string;
}

const namePattern = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const overflowName = 'palier_meter_overflow_total';

/** Makes an empty set of meters. Throws PALIER_METER_OPTION. */
export function createMeters(options: MeterOptions = {}): Meters {
  const { maxSeries } = checkedMeterOptions(options);
  const written = new Map<string, () => string>();
  const overflows: { name: string; series: { readonly overflows: number } }[] = [];

  const register = (name: string, labels: readonly string[], write: () => string): void => {
    for (const word of [name, ...labels]) {
      if (!namePattern.test(word)) throw kitError('PALIER_METER_NAME', { name: word, pattern: namePattern.source });
    }
    if (written.has(name) || name === overflowName) throw kitError('PALIER_METER_TWICE', { name });
    written.set(name, write);
  };
  const seriesOf = <State>(name: string, labels: readonly string[], make: () => State): SeriesSet<State> => {
    const series = new SeriesSet(labels.length, maxSeries, make);
    overflows.push({ name, series });
    // Without labels there is one series, and it is there from the start: rate() cannot see the first rise of one that appears late.
    if (labels.length === 0) series.at([]);
    return series;
  };
  const single = (kind: 'counter' | 'gauge', name: string, help: string, labels: readonly string[]) => {
    const series = seriesOf(name, labels, kind === 'counter' ? () => new Count() : () => new Level());
    register(name, labels, () => {
      const lines = series.all().map(({ values, state }) => sample(name, labelText(labels, values), state.value));
      return head(name, help, kind) + lines.join('');
    });
    return series;
  };

  return {
    counter(name, help, labels) {
      const series = single('counter', name, help, labels ?? []) as SeriesSet<Count>;
      return { of: (...values) => series.at(values) };
    },
    gauge(name, help, labels) {
      const series = single('gauge', name, help, labels ?? []) as SeriesSet<Level>;
      return { of: (...values) => series.at(values) };
    },
    histogram(name, help, edges, labels) {
      const kept = checkedEdges(name, edges);
      const names = labels ?? [];
      const series = seriesOf(name, names, () => new Buckets(kept));
      register(name, names, () => {
        const parts = series.all().map(({ values, state }) => state.write(name, labelText(names, values)));
        return head(name, help, 'histogram') + parts.join('');
      });
      return { of: (...values) => series.at(values) };
    },
    read(kind, name, help, read, labels = []) {
      register(name, labels, () => {
        const reading = read();
        const list = typeof reading === 'number' ? [{ values: [], value: reading }] : reading.slice(0, maxSeries);
        return (
          head(name, help, kind) +
          list.map(({ values, value }) => sample(name, labelText(labels, values), value)).join('')
        );
      });
    },
    text() {
      const over = overflows
        .filter(({ series }) => series.overflows > 0)
        .map(({ name, series }) => sample(overflowName, labelText(['meter'], [name]), series.overflows));
      const own = `${head(overflowName, 'Look-ups of label combinations beyond the limit, by meter.', 'counter')}`;
      return [...written.values()].map((write) => write()).join('') + (over.length > 0 ? own + over.join('') : '');
    },
  };
}

class Count implements CounterHandle {
  value = 0;
  add(amount = 1): void {
    if (amount > 0) this.value += amount;
  }
}

class Level implements GaugeHandle {
  value = 0;
  set(value: number): void {
    this.value = value;
  }
  add(amount: number): void {
    this.value += amount;
  }
}

class Buckets implements HistogramHandle {
  readonly #edges: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(edges: readonly number[]) {
    this.#edges = edges;
    this.#counts = new Float64Array(edges.length + 1);
  }

  observe(value: number): void {
    if (Number.isNaN(value)) return;
    const edges = this.#edges;
    let bucket = 0;
    while (bucket < edges.length && value > (edges[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sum += value;
  }

  write(name: string, labels: string): string {
    const before = labels === '' ? '' : `${labels},`;
    let text = '';
    let count = 0;
    this.#counts.forEach((inBucket, i) => {
      count += inBucket;
      text += sample(`${name}_bucket`, `${before}le="${numberText(this.#edges[i] ?? Infinity)}"`, count);
    });
    return text + sample(`${name}_sum`, labels, this.#sum) + sample(`${name}_count`, labels, count);
  }
}

function checkedEdges(name: string, edges: readonly number[]): readonly number[] {
  const good = edges.length > 0 && edges.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > edges[i - 1]!));
  if (!good) throw kitError('PALIER_METER_EDGES', { name, edges: `[${edges.join(', ')}]` });
  return [...edges];
}
