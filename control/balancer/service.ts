/** One service: its port, its clients, its replicas, and the requests that wait for one of them. */
import net, { type AddressInfo, type Socket } from 'node:net';
import type { BalancerQueueSample, BalancerService, RouteSample } from '@palier/protocol';
import { Client } from './exchange/client.ts';
import type { Exchange, ExchangeService } from './exchange/exchange.ts';
import type { Hub } from './exchange/hub.ts';
import type { Replica } from './exchange/replica.ts';
import { type HealthFact, nextHealth } from './health.ts';
import { type Policy, policies } from './policy.ts';
import { type RouteTable, routeTable } from './routes.ts';
import { judgeStandings } from './standing/ejection.ts';
import { shareOf, takingPart } from './standing/slow-start.ts';
import { QueueStatistics, ServiceStatistics } from './statistics.ts';

export interface ServiceEvents {
  /** Whether it is chosen when there are others: it passes its checks, and is not left out for its answers. */
  healthChanged(replica: Replica, healthy: boolean, reason: string): void;
  drained(replica: Replica): void;
  /** It refused a connection: worth a check now rather than at the next interval. */
  suspect(replica: Replica): void;
}

/** How long what a replica answered is gathered before it is compared. */
const secondMs = 1000;
/** Loopback only: a proof needs no visitors. */
const listenHost = '127.0.0.1';

export class Service implements ExchangeService {
  readonly told: BalancerService;
  readonly #hub: Hub;
  readonly #events: ServiceEvents;
  readonly #policy: Policy;
  readonly #routes: RouteTable;
  readonly #statistics: ServiceStatistics;
  readonly #server: net.Server;
  readonly #clients = new Set<Client>();
  readonly #replicas = new Set<Replica>();
  /** Those that may be chosen. */
  #eligible: readonly Replica[] = [];
  readonly #waiting = new Set<Exchange>();
  readonly #queue = new QueueStatistics();
  #turn = 0;
  #judgedMs = Number.NEGATIVE_INFINITY;
  /** One of them has not its whole share yet. */
  #young = false;

  constructor(told: BalancerService, hub: Hub, events: ServiceEvents) {
    this.told = told;
    this.#hub = hub;
    this.#events = events;
    this.#policy = policies[hub.options.policy];
    this.#routes = routeTable(told.routes);
    this.#statistics = new ServiceStatistics(this.#routes.names);
    this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Resolves with the port; rejects with the system's error when it cannot be had. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: listenHost, port: this.told.listenPort, backlog: 4096 }, () => {
        this.#server.off('error', reject);
        // Out of descriptors, for one: the next connection may succeed.
        this.#server.on('error', () => {});
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** No further connection; those without a request in hand are ended. */
  stop(): void {
    this.#server.close();
    for (const client of this.#clients) client.closeIdle();
  }

  destroy(): void {
    for (const client of this.#clients) client.destroy();
  }

  get connections(): number {
    return this.#clients.size;
  }

  tick(nowMs: number): void {
    for (const client of this.#clients) client.tick(nowMs);
    for (const replica of this.#replicas) replica.tick(nowMs);
    const secondIsOver = nowMs - this.#judgedMs >= secondMs;
    if (secondIsOver) this.#judgedMs = nowMs;
    this.#judge(nowMs, secondIsOver);
    this.#grow(nowMs);
  }

  takeSamples(): RouteSample[] {
    return this.#statistics.take();
  }

  takeQueue(nowMs: number): BalancerQueueSample {
    return this.#queue.take(nowMs);
  }

  add(replica: Replica): void {
    this.#replicas.add(replica);
    this.#choices();
  }

  /** What it has in hand is left to end by itself. */
  remove(replica: Replica): void {
    replica.state = 'draining';
    replica.closeIdle();
    this.#replicas.delete(replica);
    this.#choices();
  }

  drain(replica: Replica): void {
    replica.state = 'draining';
    replica.closeIdle();
    this.#choices();
    if (replica.outstanding === 0) this.#events.drained(replica);
  }

  /** A check of the replica, or a failed connection. */
  checked(replica: Replica, fact: HealthFact): void {
    const before = replica.health.status;
    replica.health = nextHealth(replica.health, fact, this.told.health);
    if (replica.health.status === before) return;
    if (replica.health.status === 'healthy') {
      replica.conduct.begin(this.#hub.clock.monotonicMs());
      this.#grow(this.#hub.clock.monotonicMs());
    }
    this.#choices();
    this.#tell(replica, replica.health.reason);
  }

  route(method: string, target: Buffer, start: number, end: number): number {
    return this.#routes.find(method, target, start, end);
  }

  record(route: number, error: string | undefined, latencyUs: number): void {
    this.#statistics.record(route, error, latencyUs);
  }

  dispatch(exchange: Exchange, avoid?: Replica): void {
    const others = avoid === undefined ? [] : this.#eligible.filter((one) => one !== avoid);
    const all = others.length > 0 ? others : this.#eligible;
    const chosen = this.#choose(all, this.#turn++);
    if (chosen !== undefined) exchange.offer(chosen);
    else if (!this.#mayComeSoon()) exchange.refuse('no-replica');
    else if (this.#waiting.size >= this.#hub.options.maxWaiting) exchange.refuse('queue-full');
    else {
      this.#waiting.add(exchange);
      this.#countWaiting();
      exchange.wait();
    }
  }

  forget(exchange: Exchange): void {
    if (this.#waiting.delete(exchange)) this.#countWaiting();
  }

  freed(replica: Replica): void {
    if (replica.state === 'draining' && replica.outstanding === 0 && this.#replicas.has(replica)) {
      this.#events.drained(replica);
    }
    if (this.#waiting.size > 0) this.#serveWaiting();
  }

  answered(replica: Replica, failed: boolean, latencyMs: number): void {
    const { clock, options } = this.#hub;
    const nowMs = clock.monotonicMs();
    if (replica.conduct.answered(failed, latencyMs, nowMs, options.ejectAfterFailures)) this.#judge(nowMs, false);
  }

  unreachable(replica: Replica, code: string): void {
    this.checked(replica, { kind: 'unreachable', reason: `it accepts no connection (${code})` });
    this.#events.suspect(replica);
  }

  /** Where only those at their limit take part, the others do. */
  #choose(all: readonly Replica[], turn: number): Replica | undefined {
    if (this.#young) {
      const part = takingPart(all, turn);
      const chosen = part[this.#policy(part, turn)];
      if (chosen !== undefined) return chosen;
    }
    return all[this.#policy(all, turn)];
  }

  #judge(nowMs: number, secondIsOver: boolean): void {
    const replicas = [...this.#replicas];
    const seen = replicas.map((one) => one.conduct.seen(mayServe(one), secondIsOver));
    const verdicts = judgeStandings(seen, nowMs, this.#hub.options, secondIsOver);
    let changed = false;
    for (const [index, { standing, reason }] of verdicts.entries()) {
      const replica = replicas[index] as Replica;
      replica.conduct.standing = standing;
      if (reason === undefined) continue;
      changed = true;
      replica.conduct.failuresInRow = 0;
      this.#tell(replica, reason);
    }
    if (changed) {
      this.#grow(nowMs);
      this.#choices();
    }
  }

  /** Once for each change, whichever way it came about. */
  #tell(replica: Replica, reason: string): void {
    const { conduct, health } = replica;
    const healthy = health.status === 'healthy' && !conduct.ejected;
    if (conduct.toldHealthy === healthy) return;
    conduct.toldHealthy = healthy;
    this.#events.healthChanged(replica, healthy, reason);
  }

  /** Shares of those that are new or back. */
  #grow(nowMs: number): void {
    this.#young = false;
    for (const replica of this.#replicas) {
      const { conduct } = replica;
      conduct.share = shareOf(nowMs - conduct.standing.backMs, this.#hub.options);
      this.#young ||= conduct.share < 1;
    }
  }

  /** A replica at its limit will be free; one not checked yet may be healthy. */
  #mayComeSoon(): boolean {
    if (this.#eligible.length > 0) return true;
    for (const replica of this.#replicas) {
      if (replica.state === 'active' && replica.health.status === 'unknown') return true;
    }
    return false;
  }

  #choices(): void {
    const able = [...this.#replicas].filter(mayServe);
    const trusted = able.filter((one) => !one.conduct.ejected);
    // Better one that failed than none.
    this.#eligible = trusted.length > 0 ? trusted : able;
    this.#serveWaiting();
  }

  /** In the order in which they came. */
  #serveWaiting(): void {
    const mayCome = this.#mayComeSoon();
    for (const exchange of this.#waiting) {
      const chosen = this.#choose(this.#eligible, this.#turn);
      if (chosen === undefined && mayCome) return;
      this.#waiting.delete(exchange);
      this.#countWaiting();
      this.#turn++;
      if (chosen === undefined) exchange.refuse('no-replica');
      else exchange.offer(chosen);
    }
  }

  #countWaiting(): void {
    this.#queue.set(this.#waiting.size, this.#hub.clock.monotonicMs());
  }

  #accept(socket: Socket): void {
    const { options, random } = this.#hub;
    const tooMany = this.#hub.clientConnections >= options.maxClientConnections;
    if (this.#hub.clientConnections >= 2 * options.maxClientConnections) {
      // Even saying no costs a socket for a moment; beyond this there is only the door.
      this.#statistics.record(-1, 'too-many-connections', 0);
      socket.destroy();
      return;
    }
    this.#hub.clientConnections++;
    const clientAddress = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
    const edge = {
      clientAddress,
      forwardedLines: Buffer.from(`X-Forwarded-For: ${clientAddress}\r\nX-Forwarded-Proto: http\r\n`, 'latin1'),
      trustForwarded: options.trustForwarded,
      fallbackHost: `${listenHost}:${(this.#server.address() as AddressInfo | null)?.port ?? 0}`,
      random,
      traceSampled: options.traceSampled,
    };
    const client = new Client(socket, edge, this, this.#hub, (one) => {
      this.#clients.delete(one);
      this.#hub.clientConnections--;
    });
    this.#clients.add(client);
    if (tooMany) client.turnAway('too-many-connections');
    else if (this.#hub.stopping) client.turnAway('stopping');
  }
}

function mayServe({ state, health }: Replica): boolean {
  return state === 'active' && health.status === 'healthy';
}
