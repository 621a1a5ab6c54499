/** What a service's clients got, by route, since it was last asked for. */
import { Histogram } from '@palier/base/histogram';
import type { BalancerQueueSample, RouteSample } from '@palier/protocol';

interface RouteCounts {
  requests: number;
  readonly errors: Map<string, number>;
  readonly latency: Histogram;
}

export class ServiceStatistics {
  readonly #names: readonly string[];
  readonly #routes: (RouteCounts | undefined)[];

  /** The last name is for requests of no route. The classes of errors are a closed list, so this is all that it can grow to. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#routes = names.map(() => undefined);
  }

  /** `route` -1: unknown, because the request could not be read. */
  record(route: number, error: string | undefined, latencyUs: number): void {
    const index = route < 0 ? this.#names.length - 1 : route;
    const counts = (this.#routes[index] ??= { requests: 0, errors: new Map(), latency: new Histogram() });
    counts.requests++;
    counts.latency.record(latencyUs);
    if (error !== undefined) counts.errors.set(error, (counts.errors.get(error) ?? 0) + 1);
  }

  /** The routes that were asked for since the last call. */
  take(): RouteSample[] {
    const samples: RouteSample[] = [];
    for (const [index, counts] of this.#routes.entries()) {
      if (counts === undefined || counts.requests === 0) continue;
      const { requests, errors, latency } = counts;
      samples.push({
        route: this.#names[index] as string,
        requests,
        errors: Object.fromEntries(errors),
        latency: latency.snapshot(),
      });
      counts.requests = 0;
      errors.clear();
      latency.clear();
    }
    return samples;
  }
}

/** How many waited for a replica, and how long all together, since it was last asked for. */
export class QueueStatistics {
  #waiting = 0;
  #sinceMs = 0;
  #most = 0;
  #queued = 0;
  #waitedMs = 0;

  /** So many wait now. */
  set(waiting: number, nowMs: number): void {
    this.#account(nowMs);
    this.#queued += Math.max(0, waiting - this.#waiting);
    this.#most = Math.max(this.#most, waiting);
    this.#waiting = waiting;
  }

  take(nowMs: number): BalancerQueueSample {
    this.#account(nowMs);
    const sample = { mostWaiting: this.#most, queued: this.#queued, waitedMs: this.#waitedMs };
    this.#most = this.#waiting;
    this.#queued = 0;
    this.#waitedMs = 0;
    return sample;
  }

  #account(nowMs: number): void {
    this.#waitedMs += this.#waiting * (nowMs - this.#sinceMs);
    this.#sinceMs = nowMs;
  }
}
