/**
 * The replicas of a system: started in the order of the services, kept running, stopped in the opposite order.
 */
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';
import type { Service, ServiceChange, SystemEvent } from '@palier/protocol';
import { controlError } from '../errors.ts';
import type { Keeper } from './keeper/keeper.ts';
import { type DriverOptions, driverDefaults } from './options.ts';
import { prepareService } from './prepare.ts';
import { type DriverReplica, Slot, type SlotSurroundings } from './slot.ts';

export interface DriverSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly keeper: Keeper;
  /** Palier's own environment; replicas get it with their service's on top. */
  readonly env: Readonly<Record<string, string>>;
  /** What `{{dataDir}}` stands for. It exists. */
  readonly dataDir: string;
  /** What `{{services.NAME.url}}` stands for. */
  readonly urls: Readonly<Record<string, string>>;
  /** Where replicas run, as a list for taskset; null: everywhere. */
  readonly cpus: string | null;
  readonly options?: Partial<DriverOptions>;
  event(event: SystemEvent): void;
  /** Lines that a replica (or a preparation) wrote; `dropped` before them were lost. */
  output(replica: string, lines: readonly string[], dropped: number): void;
  /** `replicas()` answers something else now. */
  changed(): void;
}

export interface Driver {
  /** Prepares and starts everything; rejects with the first failure, and leaves what runs to `kill()`. */
  start(): Promise<void>;
  replicas(): readonly DriverReplica[];
  /** What the balancer saw. */
  health(replica: string, healthy: boolean, reason: string): void;
  drained(replica: string): void;
  /** Resolves when they are healthy, or those that are too many have ended. Throws PALIER_SCALE_RANGE, PALIER_SERVICE_UNKNOWN. */
  scale(service: string, count: number): Promise<void>;
  /**
   * Ends the replicas of a service and starts as many that differ from the system file in `change`; in nothing when it is empty. Resolves
   * when they are healthy. Throws PALIER_CHANGE_FAILED when one of them ended or was not healthy in time, PALIER_SERVICE_UNKNOWN.
   */
  change(service: string, change: ServiceChange): Promise<void>;
  /** Drains and stops, the last service first. Resolves when nothing is left. */
  stop(): Promise<void>;
  /** Kills everything at once; a `stop()` under way resolves. */
  kill(): void;
  /** Does nothing any more; what still runs is the keeper's to end. */
  close(): void;
}

export function createDriver(services: readonly Service[], surroundings: DriverSurroundings): Driver {
  return new Fleet(services, surroundings);
}

class Fleet implements Driver {
  readonly #services: readonly Service[];
  /** Those that differ from the file at the moment. */
  readonly #changed = new Map<string, Service>();
  readonly #around: SlotSurroundings;
  readonly #slots = new Map<string, Slot[]>();
  /** By `service/number`: how many processes a place that was given up had had. */
  readonly #lives = new Map<string, number>();
  readonly #failed: PromiseWithResolvers<never> = Promise.withResolvers<never>();
  readonly #watchers = new Set<() => void>();
  readonly #told: () => void;
  #stopping = false;

  constructor(services: readonly Service[], surroundings: DriverSurroundings) {
    this.#services = services;
    this.#told = () => surroundings.changed();
    this.#failed.promise.catch(() => {});
    this.#around = {
      ...surroundings,
      options: { ...driverDefaults, ...surroundings.options },
      takenPorts: new Set(),
      event: (event) => surroundings.event(event),
      output: (replica, lines, dropped) => surroundings.output(replica, lines, dropped),
      changed: () => this.#hear(),
      failed: (error) => this.#failed.reject(error),
    };
  }

  async start(): Promise<void> {
    await Promise.race([this.#startAll(), this.#failed.promise]);
  }

  async #startAll(): Promise<void> {
    for (const service of this.#services) {
      if (this.#stopping) return;
      await prepareService(service, this.#around);
    }
    for (const service of this.#services) await this.#grow(service, service.replicas.min, true);
  }

  replicas(): readonly DriverReplica[] {
    return [...this.#slots.values()].flatMap((slots) => slots.map((slot) => slot.view));
  }

  health(replica: string, healthy: boolean, reason: string): void {
    this.#slot(replica)?.hear(healthy ? { kind: 'passed' } : { kind: 'failed', answer: reason });
  }

  drained(replica: string): void {
    this.#slot(replica)?.hear({ kind: 'drained' });
  }

  async scale(name: string, count: number): Promise<void> {
    const service = this.#changed.get(name) ?? this.#written(name);
    const { min, max } = service.replicas;
    if (!Number.isInteger(count) || count < min || count > max) {
      throw controlError('PALIER_SCALE_RANGE', { service: name, count, min, max });
    }
    const surplus = this.#active(name)
      .toSorted((a, b) => a.number - b.number)
      .slice(count);
    if (surplus.length > 0) await this.#end(surplus);
    else await this.#grow(service, count, false);
  }

  async change(name: string, { env = {}, allotment = {} }: ServiceChange): Promise<void> {
    const written = this.#written(name);
    const service: Service = {
      ...written,
      env: { ...written.env, ...env },
      allotment: { ...written.allotment, ...allotment },
    };
    this.#changed.set(name, service);
    const before = this.#active(name);
    // First ended, then started: two versions never share what the service keeps, and each new one takes an old one's place.
    await this.#end(before);
    const started = before.map(() => this.#add(service, false));
    const fell = (): Slot | undefined => started.find((slot) => slot.ended || slot.view.state === 'crashed');
    await this.#until(() => this.#stopping || fell() !== undefined || started.every(isUp));
    const fallen = fell();
    if (fallen !== undefined && !this.#stopping) {
      throw controlError('PALIER_CHANGE_FAILED', { replica: fallen.view.id, output: fallen.lastOutput });
    }
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#failed.reject(controlError('PALIER_START_STOPPED', {}));
    for (const service of this.#services.toReversed()) await this.#end(this.#slots.get(service.name) ?? []);
  }

  kill(): void {
    this.#stopping = true;
    this.#failed.reject(controlError('PALIER_START_STOPPED', {}));
    for (const slots of this.#slots.values()) for (const slot of slots) slot.hear({ kind: 'kill' });
  }

  close(): void {
    this.#stopping = true;
    for (const slots of this.#slots.values()) for (const slot of slots) slot.close();
  }

  #written(name: string): Service {
    const service = this.#services.find((one) => one.name === name);
    if (service !== undefined) return service;
    throw controlError('PALIER_SERVICE_UNKNOWN', {
      service: name,
      services: this.#services.map((one) => one.name).join(', '),
    });
  }

  /** Starts replicas until there are `count`, a few at a time; resolves when all new ones are healthy. */
  async #grow(service: Service, count: number, first: boolean): Promise<void> {
    const started: Slot[] = [];
    while (!this.#stopping && this.#active(service.name).length < count) {
      const busy = (): boolean => {
        const starting = started.filter((slot) => !isUp(slot) && !slot.ended);
        return starting.length >= this.#around.options.maxStartingCount;
      };
      await this.#until(() => this.#stopping || !busy());
      if (this.#stopping) return;
      started.push(this.#add(service, first));
    }
    await this.#until(() => this.#stopping || started.every((slot) => isUp(slot) || slot.ended));
  }

  /** A new replica in the lowest free place. */
  #add(service: Service, first: boolean): Slot {
    const slots = this.#slots.get(service.name) ?? [];
    const used = new Set(slots.map((slot) => slot.number));
    let number = 1;
    while (used.has(number)) number++;
    const lives = this.#lives.get(`${service.name}/${number}`) ?? 0;
    const slot = new Slot(service, number, { first, lives }, this.#around);
    this.#slots.set(service.name, [...slots, slot]);
    slot.hear({ kind: 'begin' });
    return slot;
  }

  async #end(slots: readonly Slot[]): Promise<void> {
    for (const slot of slots) slot.hear({ kind: 'stop' });
    await this.#until(() => slots.every((slot) => slot.ended));
  }

  #active(service: string): Slot[] {
    return (this.#slots.get(service) ?? []).filter((slot) => !slot.ended && !slot.leaving);
  }

  #slot(id: string): Slot | undefined {
    return [...this.#slots.values()].flat().find((slot) => slot.view.id === id);
  }

  #hear(): void {
    for (const [name, slots] of this.#slots) {
      for (const slot of slots) this.#lives.set(`${name}/${slot.number}`, slot.lives);
    }
    this.#told();
    // Once told of, what has ended is nobody's concern.
    for (const [name, slots] of this.#slots) {
      this.#slots.set(
        name,
        slots.filter((slot) => !slot.ended),
      );
    }
    for (const watcher of this.#watchers) watcher();
  }

  /** Looks again after every change of a replica. */
  #until(done: () => boolean): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }
}

function isUp(slot: Slot): boolean {
  const { state } = slot.view;
  return state === 'healthy' || state === 'unhealthy';
}
