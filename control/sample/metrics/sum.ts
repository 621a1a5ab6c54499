/**
 * The metrics of a service, added up over its replicas. Counters are carried on: what a process had counted when it ended, or when it
 * began its counting anew, stays in the sum, so that the sum never falls. Gauges count while their replica is there.
 */
import type { MetricsPage, Series } from './text.ts';

/** What one replica told at a look; null when its page could not be read. */
export interface PageOfReplica {
  readonly replica: string;
  /** Names the process behind it: another one begins its counters anew. */
  readonly identity: string;
  readonly page: MetricsPage | null;
}

interface ReplicaMemory {
  readonly identity: string;
  counters: Map<string, number>;
  gauges: Map<string, number>;
  gaugesAtMs: number;
}

export class MetricsSum {
  readonly #maxSeries: number;
  readonly #gaugeStaleMs: number;
  readonly #replicas = new Map<string, ReplicaMemory>();
  /** What ended processes had counted. */
  readonly #carried = new Map<string, number>();
  /** Counters once admitted stay, so that none vanishes from the sum; gauges leave room when they vanish. */
  readonly #admitted = new Set<string>();

  constructor(maxSeries: number, gaugeStaleMs: number) {
    this.#maxSeries = maxSeries;
    this.#gaugeStaleMs = gaugeStaleMs;
  }

  /** Takes what all present replicas told (one that is missing has left) and answers the sums, at most `maxSeries` of them. */
  take(pages: readonly PageOfReplica[], nowMs: number): Record<string, number> {
    const present = new Map(pages.map((one) => [one.replica, one]));
    for (const [replica, memory] of this.#replicas) {
      if (present.get(replica)?.identity === memory.identity) continue;
      for (const [key, value] of memory.counters) this.#carry(key, value);
      this.#replicas.delete(replica);
    }
    for (const { replica, identity, page } of pages) {
      if (page === null) continue;
      let memory = this.#replicas.get(replica);
      if (memory === undefined) {
        memory = { identity, counters: new Map(), gauges: new Map(), gaugesAtMs: nowMs };
        this.#replicas.set(replica, memory);
      }
      memory.gauges = new Map();
      memory.gaugesAtMs = nowMs;
      for (const series of page.series.values()) this.#count(series, memory);
    }
    return this.#sums(nowMs);
  }

  #sums(nowMs: number): Record<string, number> {
    const sums = new Map(this.#carried);
    for (const { counters, gauges: levels, gaugesAtMs } of this.#replicas.values()) {
      for (const [key, value] of counters) sums.set(key, (sums.get(key) ?? 0) + value);
      if (nowMs - gaugesAtMs > this.#gaugeStaleMs) continue;
      for (const [key, value] of levels) {
        sums.set(key, (sums.get(key) ?? 0) + value);
      }
    }
    for (const key of this.#admitted) if (!sums.has(key)) this.#admitted.delete(key);
    return Object.fromEntries(sums);
  }

  #count({ key, kind, value }: Series, memory: ReplicaMemory): void {
    if (!this.#admitted.has(key)) {
      if (this.#admitted.size >= this.#maxSeries) return;
      this.#admitted.add(key);
    }
    if (kind === 'gauge') {
      memory.gauges.set(key, value);
      return;
    }
    const before = memory.counters.get(key);
    if (before !== undefined && value < before) this.#carry(key, before);
    memory.counters.set(key, value);
  }

  #carry(key: string, value: number): void {
    this.#carried.set(key, (this.#carried.get(key) ?? 0) + value);
  }
}
