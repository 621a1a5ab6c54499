/** The balancer: obeys the supervisor's commands, tells what it sees. No process in it: main.ts gives it one. */
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import type { Cancel, Timers } from '@palier/base/timers';
import type {
  BalancerCommand,
  BalancerMessage,
  BalancerQueueSample,
  BalancerReplica,
  BalancerSecond,
  BalancerService,
  BalancerSettings,
  ReplicaHttpSample,
  RouteSample,
} from '@palier/protocol';
import { HealthChecker } from './checker.ts';
import { balancerError } from './errors.ts';
import { createHub, type Hub } from './exchange/hub.ts';
import { Replica } from './exchange/replica.ts';
import { type BalancerLimits, defaultBalancerLimits } from './options.ts';
import { Service } from './service.ts';

export interface BalancerSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  /** Processor seconds that this process has used so far. */
  readonly cpuSeconds: () => number;
  readonly tell: (message: BalancerMessage) => void;
  /** After `stop`, or when it could not start: nothing is left to do. */
  readonly finished: () => void;
  readonly limits?: Partial<BalancerLimits>;
}

interface Watched {
  readonly replica: Replica;
  readonly service: Service;
  readonly checker: HealthChecker;
}

const secondMs = 1000;

export class Balancer {
  readonly #around: BalancerSurroundings;
  #hub: Hub | undefined;
  readonly #services = new Map<string, Service>();
  readonly #replicas = new Map<string, Watched>();
  readonly #cancels: Cancel[] = [];
  #cpuSeconds = 0;
  #sampledMs = 0;

  constructor(surroundings: BalancerSurroundings) {
    this.#around = surroundings;
  }

  obey(command: BalancerCommand): void {
    if (command.kind === 'start') void this.#start(command.settings, command.services);
    else if (command.kind === 'replicas') this.#setReplicas(command.replicas);
    else this.#stop(command.graceMs);
  }

  async #start(settings: BalancerSettings, services: readonly BalancerService[]): Promise<void> {
    const { clock, timers, random, limits, tell, finished } = this.#around;
    const hub = createHub({ ...defaultBalancerLimits, ...limits, ...settings }, clock, random);
    this.#hub = hub;
    const ports: Record<string, number> = {};
    // All before the first wait: `replicas` may follow at once.
    for (const told of services) this.#services.set(told.name, this.#service(told, hub));
    for (const [name, service] of this.#services) {
      try {
        ports[name] = await service.listen();
      } catch (cause) {
        const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
        const error = balancerError('PALIER_LISTEN_FAILED', { service: name, port: service.told.listenPort, code });
        tell({ kind: 'failed', code: error.code, message: error.message, hint: error.hint });
        this.#finish(finished);
        return;
      }
    }
    this.#cpuSeconds = this.#around.cpuSeconds();
    this.#sampledMs = clock.monotonicMs();
    this.#cancels.push(
      timers.every(hub.options.tickMs, () => this.#tick()),
      timers.every(secondMs, () => tell({ kind: 'second', second: this.#takeSecond() })),
    );
    tell({ kind: 'listening', ports });
  }

  #service(told: BalancerService, hub: Hub): Service {
    const { tell } = this.#around;
    return new Service(told, hub, {
      healthChanged: ({ id }, healthy, reason) => tell({ kind: 'health', replica: id, healthy, reason }),
      drained: (replica) => tell({ kind: 'drained', replica: replica.id }),
      suspect: (replica) => this.#replicas.get(replica.id)?.checker.checkNow(),
    });
  }

  #setReplicas(told: readonly BalancerReplica[]): void {
    const hub = this.#hub;
    if (hub === undefined) return;
    const named = new Map(told.map((one) => [one.id, one]));
    for (const [id, { service, replica, checker }] of this.#replicas) {
      if (named.has(id)) continue;
      checker.stop();
      this.#replicas.delete(id);
      service.remove(replica);
    }
    for (const one of told) {
      const known = this.#replicas.get(one.id);
      const service = this.#services.get(one.service);
      if (known === undefined && service !== undefined) this.#watch(new Replica(one, hub), service);
      const watched = this.#replicas.get(one.id);
      if (watched === undefined || one.state !== 'draining' || watched.replica.state === 'draining') continue;
      watched.checker.stop();
      watched.service.drain(watched.replica);
    }
  }

  #watch(replica: Replica, service: Service): void {
    const checker = new HealthChecker(replica, service.told.health, this.#around.timers, (fact) =>
      service.checked(replica, fact),
    );
    this.#replicas.set(replica.id, { replica, service, checker });
    service.add(replica);
    checker.checkNow();
  }

  #stop(graceMs: number): void {
    const hub = this.#hub;
    if (hub === undefined || hub.stopping) {
      if (hub === undefined) this.#finish(this.#around.finished);
      return;
    }
    hub.stopping = true;
    const { clock, timers } = this.#around;
    const untilMs = clock.monotonicMs() + graceMs;
    for (const service of this.#services.values()) service.stop();
    const look = (): void => {
      const left = [...this.#services.values()].reduce((sum, service) => sum + service.connections, 0);
      if (left === 0 || clock.monotonicMs() >= untilMs) this.#finish(this.#around.finished);
    };
    this.#cancels.push(timers.every(Math.min(20, hub.options.tickMs), look));
    look();
  }

  #finish(finished: () => void): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const { checker } of this.#replicas.values()) checker.stop();
    for (const { replica, service } of this.#replicas.values()) service.remove(replica);
    this.#replicas.clear();
    for (const service of this.#services.values()) {
      service.stop();
      service.destroy();
    }
    finished();
  }

  #tick(): void {
    const nowMs = this.#around.clock.monotonicMs();
    for (const service of this.#services.values()) service.tick(nowMs);
  }

  #takeSecond(): BalancerSecond {
    const { clock, cpuSeconds } = this.#around;
    const nowMs = clock.monotonicMs();
    const cpu = cpuSeconds();
    const services: Record<string, RouteSample[]> = {};
    const queues: Record<string, BalancerQueueSample> = {};
    for (const [name, service] of this.#services) {
      services[name] = service.takeSamples();
      queues[name] = service.takeQueue(nowMs);
    }
    const replicas: Record<string, ReplicaHttpSample> = {};
    for (const [id, { replica }] of this.#replicas) replicas[id] = replica.takeSample();
    const second: BalancerSecond = {
      atMs: clock.epochMs(),
      services,
      replicas,
      queues,
      cpuCores: ((cpu - this.#cpuSeconds) * 1000) / Math.max(1, nowMs - this.#sampledMs),
      clientConnections: this.#hub?.clientConnections ?? 0,
    };
    this.#cpuSeconds = cpu;
    this.#sampledMs = nowMs;
    return second;
  }
}
