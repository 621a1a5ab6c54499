/**
 * Many values in little space, mergeable without loss, with a stated error: any quantile is at most 0.4 % off the recorded value.
 *
 * The buckets are log-linear, as in HdrHistogram (Gil Tene): within each power of two 128 steps of equal width. A value below 256 is
 * kept exactly; above, a bucket spans at most 1/128 of its value and answers with its middle, so the error is at most 1/256. The same
 * layout always, so that histograms of different processes and seconds add up bucket by bucket. Values are whole numbers, in
 * microseconds wherever Palier measures time; the largest is 2^32 − 1 (71 minutes), larger ones count as it.
 */

/** The largest relative error of a quantile. */
export const quantileError: number = 1 / 256;

const stepBits = 7;
const steps = 1 << stepBits;
const bucketCount = (32 - stepBits + 1) * steps;
const largest = 4_294_967_295;

/** A histogram as it crosses a process: bucket numbers and their counts, in ascending order, alternating. */
export interface HistogramSnapshot {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets: readonly number[];
}

export class Histogram {
  #counts = new Uint32Array(bucketCount);
  #count = 0;
  #sum = 0;
  #min = largest;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get sum(): number {
    return this.#sum;
  }

  /** 0 when empty. */
  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count;
  }

  /** The smallest recorded value, exactly; 0 when empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min;
  }

  /** The largest recorded value, exactly; 0 when empty. */
  get max(): number {
    return this.#max;
  }

  /** Records a value; fractions are rounded, negative values count as 0. */
  record(value: number): void {
    const whole = value <= 0 ? 0 : value >= largest ? largest : Math.round(value);
    const bucket = bucketOf(whole);
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#count++;
    this.#sum += whole;
    if (whole < this.#min) this.#min = whole;
    if (whole > this.#max) this.#max = whole;
  }

  /**
   * The value below which the share `q` of the values lies: the ⌈q·n⌉-th smallest (nearest rank), within `quantileError`.
   * 0 when empty.
   */
  quantile(q: number): number {
    return this.atRank(Math.ceil(q * this.#count));
  }

  /** The `rank`-th smallest value (1 is the smallest), within `quantileError`. 0 when empty; the rank is held within 1…count. */
  atRank(rank: number): number {
    if (this.#count === 0) return 0;
    const wanted = Math.max(1, Math.min(this.#count, rank));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.#counts[bucket] as number;
      if (seen >= wanted) return Math.max(this.#min, Math.min(this.#max, middleOf(bucket)));
    }
    return this.#max;
  }

  /** How many values are above `limit`, counting a bucket by its middle. */
  countAbove(limit: number): number {
    if (limit < 0) return this.#count;
    if (!(limit < largest)) return 0;
    const whole = bucketOf(Math.floor(limit));
    let above = 0;
    for (let bucket = bucketOf(this.#max); bucket > whole; bucket--) above += this.#counts[bucket] as number;
    return middleOf(whole) > limit ? above + (this.#counts[whole] as number) : above;
  }

  /** Adds all values of another histogram. */
  add(other: Histogram | HistogramSnapshot): void {
    const snapshot = other instanceof Histogram ? other.snapshot() : other;
    if (snapshot.count === 0) return;
    for (let i = 0; i + 1 < snapshot.buckets.length; i += 2) {
      const bucket = snapshot.buckets[i] as number;
      this.#counts[bucket] = (this.#counts[bucket] as number) + (snapshot.buckets[i + 1] as number);
    }
    this.#count += snapshot.count;
    this.#sum += snapshot.sum;
    this.#min = Math.min(this.#min, snapshot.min);
    this.#max = Math.max(this.#max, snapshot.max);
  }

  /** Forgets all values. */
  clear(): void {
    if (this.#count === 0) return;
    this.#counts.fill(0);
    this.#count = 0;
    this.#sum = 0;
    this.#min = largest;
    this.#max = 0;
  }

  snapshot(): HistogramSnapshot {
    const buckets: number[] = [];
    if (this.#count > 0) {
      const last = bucketOf(this.#max);
      for (let bucket = bucketOf(this.#min); bucket <= last; bucket++) {
        const count = this.#counts[bucket] as number;
        if (count > 0) buckets.push(bucket, count);
      }
    }
    return { count: this.#count, sum: this.#sum, min: this.min, max: this.#max, buckets };
  }

  static from(snapshot: HistogramSnapshot): Histogram {
    const histogram = new Histogram();
    histogram.add(snapshot);
    return histogram;
  }
}

/** Merges snapshots into one histogram. */
export function mergeHistograms(parts: Iterable<HistogramSnapshot>): Histogram {
  const sum = new Histogram();
  for (const part of parts) sum.add(part);
  return sum;
}

function bucketOf(value: number): number {
  if (value < 2 * steps) return value;
  const shift = 31 - Math.clz32(value) - stepBits;
  return shift * steps + (value >>> shift);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * steps) return bucket;
  const shift = Math.floor(bucket / steps) - 1;
  const low = (bucket - shift * steps) * 2 ** shift;
  return low + (2 ** shift - 1) / 2;
}
