/** A replica as the balancer knows it: its health, what it has in hand, and the connections to it. */
import type { HeadLimits } from '@palier/base/http1';
import type { BalancerReplica, ReplicaHttpSample } from '@palier/protocol';
import { initialHealth, type ReplicaHealth } from '../health.ts';
import { answerHeadLimits } from '../options.ts';
import type { Candidate } from '../policy.ts';
import { Conduct } from '../standing/conduct.ts';
import type { Hub } from './hub.ts';
import { Upstream, type UpstreamOwner, type UpstreamUser } from './upstream.ts';

export class Replica implements Candidate, UpstreamOwner {
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly limit: number;
  readonly weight = 1;
  readonly answerLimits: HeadLimits;
  readonly readBuffer: Buffer;
  health: ReplicaHealth = initialHealth;
  state: BalancerReplica['state'] = 'active';
  readonly conduct: Conduct;
  /** Requests in its hands. */
  outstanding = 0;
  requests = 0;
  errors = 0;
  receivedBytes = 0;
  sentBytes = 0;
  connectFailures = 0;
  newConnections = 0;
  limited = 0;
  readonly #hub: Hub;
  /** The one used last is used next: the others may end. */
  readonly #idle: Upstream[] = [];
  readonly #connections = new Set<Upstream>();
  /** Those of them that the replica may not have accepted yet; and the requests that wait until there are fewer. */
  #unproven = 0;
  readonly #wanting = new Set<UpstreamUser>();

  constructor(told: BalancerReplica, hub: Hub) {
    this.id = told.id;
    this.host = told.host;
    this.port = told.port;
    this.limit = hub.options.maxPerReplica;
    this.answerLimits = answerHeadLimits(hub.options);
    this.readBuffer = hub.readBuffer;
    this.#hub = hub;
    this.conduct = new Conduct(hub.clock.monotonicMs());
  }

  /** Of a whole replica: less while it is new or back. */
  get share(): number {
    return this.conduct.share;
  }

  /**
   * A connection for a request, idle before or new; the latter calls `ready` when it can be written to. Null when too many stand in
   * the replica's backlog: `given` is called when one is there. `repeatable`: the request may be sent again if the connection turns
   * out to be closed.
   */
  acquire(user: UpstreamUser, repeatable: boolean, nowMs: number): Upstream | null {
    this.outstanding++;
    let upstream = this.#idle.pop();
    while (
      upstream !== undefined &&
      (upstream.closed || nowMs - upstream.sinceMs >= this.#idleLimitMs(upstream, true))
    ) {
      upstream.destroy();
      upstream = this.#idle.pop();
    }
    if (upstream !== undefined && nowMs - upstream.sinceMs >= this.#idleLimitMs(upstream, repeatable)) {
      this.#idle.push(upstream);
      upstream = undefined;
    }
    if (upstream !== undefined) {
      upstream.user = user;
      upstream.gotBytes = false;
      return upstream;
    }
    if (this.#unproven < this.#hub.options.maxUnprovenConnections) return this.#open(user, nowMs);
    this.#wanting.add(user);
    return null;
  }

  /** A request has left it. `reusable`: the connection is between two messages. Null: it had none yet. */
  release(user: UpstreamUser, upstream: Upstream | null, reusable: boolean, nowMs: number): void {
    this.outstanding--;
    if (upstream === null) {
      this.#wanting.delete(user);
      return;
    }
    upstream.user = null;
    if (!reusable || this.state !== 'active' || upstream.closed) {
      upstream.destroy();
      return;
    }
    upstream.served++;
    upstream.sinceMs = nowMs;
    upstream.keepAliveTimeoutMs = upstream.parser.keepAliveTimeoutMs;
    const next = this.#firstWanting();
    if (next === undefined) this.#idle.push(upstream);
    else {
      upstream.user = next;
      upstream.gotBytes = false;
      next.given(upstream);
    }
  }

  proven(upstream: Upstream): void {
    upstream.proven = true;
    this.#unproven--;
    const next = this.#firstWanting();
    if (next !== undefined) next.given(this.#open(next, this.#hub.clock.monotonicMs()));
  }

  closed(upstream: Upstream): void {
    this.#connections.delete(upstream);
    if (!upstream.proven) this.proven(upstream);
    const at = this.#idle.indexOf(upstream);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  /** Ends idle connections before the replica does, and those that do not come about. */
  tick(nowMs: number): void {
    const { connectTimeoutMs, unprovenMs } = this.#hub.options;
    const idle = this.#idle;
    // The one that waits longest stands first.
    for (let first = idle[0]; first !== undefined; first = idle[0]) {
      if (nowMs - first.sinceMs < this.#idleLimitMs(first, true)) break;
      idle.shift();
      first.destroy();
    }
    for (const upstream of this.#connections) {
      if (upstream.proven || nowMs - upstream.sinceMs < unprovenMs) continue;
      if (upstream.connected) this.proven(upstream);
      else if (nowMs - upstream.sinceMs >= connectTimeoutMs) {
        const user = upstream.user;
        upstream.destroy();
        user?.lost(upstream, 'ETIMEDOUT');
      }
    }
  }

  closeIdle(): void {
    for (const upstream of this.#idle.splice(0)) upstream.destroy();
  }

  /** What happened since the last call. */
  takeSample(): ReplicaHttpSample {
    const sample: ReplicaHttpSample = {
      requests: this.requests,
      errors: this.errors,
      inFlight: this.outstanding,
      receivedBytes: this.receivedBytes,
      sentBytes: this.sentBytes,
      connectFailures: this.connectFailures,
      newConnections: this.newConnections,
      limited: this.limited,
      ...(this.conduct.ejected ? { ejected: true } : {}),
      ...(this.conduct.share < 1 ? { share: this.conduct.share } : {}),
    };
    this.requests = this.errors = this.receivedBytes = this.sentBytes = this.connectFailures = 0;
    this.newConnections = this.limited = 0;
    return sample;
  }

  #open(user: UpstreamUser, nowMs: number): Upstream {
    const upstream = new Upstream(this, nowMs);
    this.#connections.add(upstream);
    this.#unproven++;
    this.newConnections++;
    upstream.user = user;
    return upstream;
  }

  #firstWanting(): UpstreamUser | undefined {
    for (const user of this.#wanting) {
      this.#wanting.delete(user);
      return user;
    }
    return undefined;
  }

  /**
   * For how long a connection may have been idle and still be used. A replica that closes it while a request is on its way destroys the
   * request, and nobody can tell whether it was begun; so we are the first to close.
   */
  #idleLimitMs(upstream: Upstream, repeatable: boolean): number {
    const { upstreamIdleMs, upstreamIdleMarginMs, upstreamIdleForPostMs } = this.#hub.options;
    const stated = upstream.keepAliveTimeoutMs;
    if (stated >= 0) return Math.min(upstreamIdleMs, stated - Math.min(upstreamIdleMarginMs, stated / 2));
    return repeatable ? upstreamIdleMs : Math.min(upstreamIdleMs, upstreamIdleForPostMs);
  }
}
