/**
 * The series of one meter: one state per combination of label values, never more than a limit. What comes after the limit shares one
 * state whose labels all say `other`, so that a careless label (a path with an id) costs a number, not the memory of the service.
 */

/** The label value of everything beyond the limit. */
export const otherLabel = 'other';

export interface Series<State> {
  readonly values: readonly string[];
  readonly state: State;
}

export class SeriesSet<State> {
  readonly #make: () => State;
  readonly #maxSeries: number;
  readonly #labelCount: number;
  readonly #series = new Map<string, Series<State>>();
  #other: Series<State> | undefined;
  #overflows = 0;

  constructor(labelCount: number, maxSeries: number, make: () => State) {
    this.#labelCount = labelCount;
    this.#maxSeries = maxSeries;
    this.#make = make;
  }

  /** How often a combination beyond the limit was asked for. */
  get overflows(): number {
    return this.#overflows;
  }

  /** The state of these label values; the shared one once the limit is reached. */
  at(values: readonly string[]): State {
    const key = keyOf(values);
    const known = this.#series.get(key);
    if (known !== undefined) return known.state;
    if (this.#series.size >= this.#maxSeries) {
      this.#overflows++;
      this.#other ??= { values: Array.from({ length: this.#labelCount }, () => otherLabel), state: this.#make() };
      return this.#other.state;
    }
    const made: Series<State> = { values: [...values], state: this.#make() };
    this.#series.set(key, made);
    return made.state;
  }

  /** All series in the order of their first use, `other` last. */
  all(): Series<State>[] {
    return this.#other === undefined ? [...this.#series.values()] : [...this.#series.values(), this.#other];
  }
}

/** The length before each value keeps `['a', 'b']` and `['a,b']` apart, whatever the values hold. */
function keyOf(values: readonly string[]): string {
  if (values.length === 1) return values[0] as string;
  let key = '';
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
