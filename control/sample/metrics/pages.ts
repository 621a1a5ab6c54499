/**
 * The metrics pages of the replicas, with a word about each that cannot be read as it should.
 */
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { ReplicaState, SystemEvent } from '@palier/protocol';
import type { SamplerOptions } from '../options.ts';
import type { SampledReplica } from '../replica.ts';
import { fetchPage } from './fetch.ts';
import type { DatedPage } from './runtime.ts';
import { type MetricsPage, parseMetrics } from './text.ts';

const asked: ReadonlySet<ReplicaState> = new Set<ReplicaState>(['healthy', 'unhealthy', 'draining']);

export interface PageSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly note: (event: SystemEvent) => void;
}

export class MetricsPages {
  readonly #surroundings: PageSurroundings;
  readonly #options: Required<SamplerOptions>;
  /** What was last said of a replica's page: a thing is said once, however many seconds it lasts. */
  readonly #said = new Map<string, Problem | null>();
  readonly #closing = new AbortController();

  constructor(surroundings: PageSurroundings, options: Required<SamplerOptions>) {
    this.#surroundings = surroundings;
    this.#options = options;
  }

  /** In the order of the replicas; null for one that has no page, is not asked in its state, or could not be read. */
  read(replicas: readonly SampledReplica[]): Promise<(DatedPage | null)[]> {
    const present = new Set(replicas.map(({ id }) => id));
    for (const id of this.#said.keys()) if (!present.has(id)) this.#said.delete(id);
    return Promise.all(replicas.map((replica) => this.#page(replica)));
  }

  close(): void {
    this.#closing.abort();
  }

  async #page(replica: SampledReplica): Promise<DatedPage | null> {
    if (replica.metrics === null || !asked.has(replica.state)) return null;
    const { metricsTimeoutMs: timeoutMs, maxPageBytes: maxBytes, maxSeries } = this.#options;
    const limits = { timeoutMs, maxBytes, signal: this.#closing.signal };
    const fetched = await fetchPage(replica.metrics, this.#surroundings.timers, limits);
    const atMs = this.#surroundings.clock.monotonicMs();
    if ('problem' in fetched) {
      // One that is being stopped closes its page with its door: nothing to tell.
      if (replica.state !== 'draining') this.#tell(replica, { kind: 'fetch', text: fetched.problem });
      return null;
    }
    const page = parseMetrics(fetched.text, maxSeries);
    this.#tell(replica, problemOf(page, maxSeries));
    return page.series.size + page.notNumbers.size === 0 ? null : { atMs, page };
  }

  #tell({ id, service }: SampledReplica, problem: Problem | null): void {
    const before = this.#said.get(id) ?? null;
    this.#said.set(id, problem);
    if (before?.kind === problem?.kind) return;
    const message = `The metrics page of ${id} ${problem === null ? 'can be read again' : problem.text}.`;
    const atMs = this.#surroundings.clock.epochMs();
    this.#surroundings.note({ atMs, kind: 'note', service, replica: id, message });
  }
}

interface Problem {
  readonly kind: 'fetch' | 'format' | 'lines' | 'series';
  /** Completes "the metrics page of api-1 …". */
  readonly text: string;
}

function problemOf({ badLines, leftOut, series }: MetricsPage, maxSeries: number): Problem | null {
  if (badLines > 0 && series.size === 0) return { kind: 'format', text: 'is not in the text format of Prometheus' };
  if (leftOut > 0) return { kind: 'series', text: `has more than ${maxSeries} series; only the first are kept` };
  if (badLines === 0) return null;
  return { kind: 'lines', text: 'has lines that are not in the text format of Prometheus; they are passed over' };
}
