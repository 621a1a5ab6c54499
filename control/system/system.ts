/**
 * A whole system, running: keeper, balancer, replicas and sampler put together, started in order, stopped in the opposite one.
 */
import { mkdirSync } from 'node:fs';
import {
  type BalancerMessage,
  type BalancerReplica,
  type BalancerSecond,
  dataFolderOf,
  protocolVersion,
  type ServiceChange,
  stateFolderOf,
  type System,
  type SystemEvent,
} from '@palier/protocol';
import {
  createDriver,
  type Driver,
  type DriverReplica,
  isFree,
  isOnPath,
  type Keeper,
  listenerOf,
  processEntry,
  startKeeper,
} from '../driver/index.ts';
import { controlError } from '../errors.ts';
import { createSampler, type Sampler } from '../sample/index.ts';
import { BalancerProcess } from './balancer-process.ts';
import { conditionsOf, type RunConditions } from './conditions.ts';
import { endLeftovers } from './leftovers.ts';
import { systemRunDefaults } from './options.ts';
import { claimRunFile, readRunFile, removeRunFile, type RunFile, runFilePath, updateRunFile } from './run-file.ts';
import type { RunningSystem, SystemListener, SystemSurroundings } from './running.ts';
import { Seconds } from './seconds.ts';

/**
 * Starts it: the balancer first, so that its addresses are known, then preparations, then the replicas of each service in order. Resolves
 * when every replica is healthy and can be reached through the balancer. Rejects with the first failure, or PALIER_START_STOPPED when
 * `stop` was aborted first; nothing runs then.
 */
export async function runSystem(system: System, surroundings: SystemSurroundings): Promise<RunningSystem> {
  const run = new SystemRun(system, surroundings);
  try {
    await run.start();
    return run;
  } catch (error) {
    await run.abandon();
    throw error;
  }
}

class SystemRun implements RunningSystem {
  urls: Readonly<Record<string, string>> = {};
  conditions: RunConditions = { pinning: [], allotments: [] };
  readonly failed: Promise<Error>;
  readonly #system: System;
  readonly #around: SystemSurroundings;
  readonly #fail: (error: Error) => void;
  readonly #listeners = new Set<SystemListener>();
  readonly #reachable = new Set<string>();
  readonly #cpus: string | null;
  #runFile: RunFile;
  #claimed = false;
  #keeper: Keeper | null = null;
  #keeperLost = false;
  #balancer: BalancerProcess | null = null;
  #driver: Driver | null = null;
  #sampler: Sampler | null = null;
  #seconds: Seconds | null = null;
  #stopped: Promise<void> | null = null;
  #reachableChanged: () => void = () => {};

  constructor(system: System, surroundings: SystemSurroundings) {
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.#fail = resolve;
    this.#system = system;
    this.#around = surroundings;
    const { clock, cpus, env, onEvent } = surroundings;
    const canPin = isOnPath('taskset', env['PATH'] ?? '');
    this.#cpus = cpus !== null && cpus.length > 0 && canPin ? cpus.join(',') : null;
    this.#listeners.add({ onEvent });
    this.#runFile = {
      version: protocolVersion,
      run: `${system.name}-${process.pid}-${clock.epochMs().toString(36)}`,
      system: system.name,
      file: system.file,
      palier: { pid: process.pid, startTicks: processEntry(process.pid)?.startTicks ?? null },
      keeper: null,
      urls: {},
      groups: [],
    };
  }

  async start(): Promise<void> {
    const { stop, kill } = this.#around;
    if (kill.aborted) this.kill();
    else kill.addEventListener('abort', () => this.kill(), { once: true });
    const broken = Promise.withResolvers<never>();
    broken.promise.catch(() => {});
    const breakOff = (): void => broken.reject(controlError('PALIER_START_STOPPED', {}));
    if (stop.aborted) breakOff();
    else stop.addEventListener('abort', breakOff, { once: true });
    void this.failed.then((error) => broken.reject(error));
    try {
      // Not left in the middle: what they start must be known to be undone. They are bounded.
      for (const step of [this.#claim, this.#startKeeper, this.#startBalancer]) {
        await step.call(this);
        await Promise.race([broken.promise, undefined]);
      }
      await Promise.race([broken.promise, this.#startReplicas()]);
      await Promise.race([broken.promise, this.#awaitBalancer()]);
    } finally {
      stop.removeEventListener('abort', breakOff);
    }
  }

  /** Undoes a start that failed, wherever it stood. */
  async abandon(): Promise<void> {
    this.#stopped ??= this.#takeDown(systemRunDefaults.keeperGraceMs);
    await this.#stopped;
  }

  watch(listener: SystemListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  replicas(): readonly DriverReplica[] {
    return this.#driver?.replicas() ?? [];
  }

  async scale(service: string, count: number): Promise<void> {
    await this.#driver?.scale(service, count);
  }

  async change(service: string, change: ServiceChange): Promise<void> {
    await this.#driver?.change(service, change);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder();
    return this.#stopped;
  }

  kill(): void {
    this.#driver?.kill();
    this.#balancer?.kill();
  }

  async #claim(): Promise<void> {
    const sentence = await endLeftovers(this.#system, this.#around);
    if (sentence !== null) this.#note(sentence);
    this.#claimed = this.#makeFolders();
    if (this.#claimed) return;
    const pid = readRunFile(this.#system)?.palier.pid ?? 0;
    const file = runFilePath(this.#system);
    throw controlError('PALIER_SYSTEM_RUNNING', { system: this.#system.name, pid, file });
  }

  /** False when another palier has the run file. */
  #makeFolders(): boolean {
    try {
      mkdirSync(dataFolderOf(this.#system), { recursive: true });
      return claimRunFile(this.#system, this.#runFile);
    } catch (error) {
      const folder = stateFolderOf(this.#system);
      throw controlError('PALIER_STATE_FOLDER', { folder, how: (error as Error).message });
    }
  }

  async #startKeeper(): Promise<void> {
    const removeFile = runFilePath(this.#system);
    const keeper = await startKeeper({
      ...this.#around,
      run: this.#runFile.run,
      allotments: this.#system.services.map((service) => service.allotment),
      removeFile,
    });
    this.#keeper = keeper;
    const { services } = this.#system;
    const { cpus } = this.#around;
    const asked = cpus === null || cpus.length === 0 ? null : cpus.join(',');
    this.conditions = conditionsOf(services, keeper.cgroup, asked, this.#cpus !== null);
    void keeper.lost.then((error) => {
      this.#keeperLost = true;
      this.#fail(error);
    });
  }

  async #startBalancer(): Promise<void> {
    const services = this.#system.services.flatMap(({ name, http }) => (http === null ? [] : [{ name, ...http }]));
    for (const { name, listenPort } of services) await checkPort(name, listenPort);
    if (services.length === 0) return;
    const balancer = new BalancerProcess(this.#system.balancer, services, {
      ...this.#around,
      cpus: this.#cpus,
      hear: (message) => this.#heard(message),
      started: (pid) => this.#keeper?.guard(pid),
      restarted: (how) =>
        this.#note(`The balancer ended (${how}) and runs again on the same ports; what it had in hand is lost.`),
      lost: (error) => this.#fail(error),
    });
    this.#balancer = balancer;
    const ports = await balancer.start();
    this.urls = Object.fromEntries(Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${port}`]));
  }

  async #startReplicas(): Promise<void> {
    const { clock, timers, onOutput } = this.#around;
    const dataDir = dataFolderOf(this.#system);
    this.#sampler = createSampler({ clock, timers, note: (event) => this.#tell(event) });
    this.#driver = createDriver(this.#system.services, {
      ...this.#around,
      keeper: this.#keeper as Keeper,
      dataDir,
      urls: this.urls,
      cpus: this.#cpus,
      event: (event) => this.#tell(event),
      output: (replica, lines) => onOutput?.(replica, lines),
      changed: () => this.#changed(),
    });
    this.#seconds = new Seconds(this.#around, this.#balancer !== null, (second) => this.#sample(second));
    this.#changed();
    await this.#driver.start();
  }

  /** The balancer makes up its own mind about a replica; until it has, a request would find none. */
  async #awaitBalancer(): Promise<void> {
    const healths = this.#system.services.flatMap(({ http }) => (http === null ? [] : [http.health]));
    const longestMs = Math.max(
      0,
      ...healths.map((health) => health.healthyAfter * health.intervalMs + health.timeoutMs),
    );
    const names = new Set(Object.keys(this.urls));
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#reachableChanged = () => {
      const missing = this.replicas().some(({ id, service }) => names.has(service) && !this.#reachable.has(id));
      if (!missing) resolve();
    };
    this.#reachableChanged();
    const cancel = this.#around.timers.after(longestMs, resolve);
    await promise;
    cancel();
    this.#reachableChanged = () => {};
  }

  #heard(message: BalancerMessage): void {
    if (message.kind === 'second') this.#seconds?.heard(message.second);
    else if (message.kind === 'drained') this.#driver?.drained(message.replica);
    else if (message.kind === 'health') {
      if (message.healthy) this.#reachable.add(message.replica);
      else this.#reachable.delete(message.replica);
      this.#driver?.health(message.replica, message.healthy, message.reason);
      this.#reachableChanged();
    }
  }

  /** A replica is another one: the balancer and the run file follow. */
  #changed(): void {
    const replicas = this.replicas();
    this.#balancer?.replicas(replicas.flatMap(forBalancer));
    const keeper = this.#keeper;
    if (!this.#claimed || keeper === null) return;
    const groups = keeper.kept().map(({ pid, startTicks }) => ({ pid, startTicks }));
    const name = { pid: keeper.pid, startTicks: processEntry(keeper.pid)?.startTicks ?? null };
    this.#runFile = { ...this.#runFile, keeper: name, urls: this.urls, groups };
    updateRunFile(this.#system, this.#runFile);
  }

  async #sample(second: BalancerSecond | null): Promise<void> {
    const services = new Map(this.#system.services.map((service) => [service.name, service]));
    const replicas = this.replicas().map(({ id, service, state, pid, port, cgroup }) => {
      const path = services.get(service)?.http?.metricsPath ?? null;
      const metrics = path === null || port === null ? null : { host: '127.0.0.1', port, path };
      return { id, service, state, pid, cgroupFolders: cgroup?.folders ?? [], metrics };
    });
    const sample = await this.#sampler?.sample(replicas, second);
    if (sample !== undefined) for (const listener of this.#listeners) listener.onSample?.(sample);
  }

  async #stopInOrder(): Promise<void> {
    // Without a keeper nothing runs any more, and nobody would tell the driver so.
    if (!this.#keeperLost) await Promise.race([this.#driver?.stop(), this.#keeper?.lost]);
    await this.#takeDown(0);
  }

  async #takeDown(graceMs: number): Promise<void> {
    this.#seconds?.close();
    this.#driver?.close();
    await Promise.all([this.#keeper?.end(graceMs), this.#balancer?.stop(systemRunDefaults.balancerStopMs)]);
    this.#sampler?.close();
    if (this.#claimed) removeRunFile(this.#system);
    this.#claimed = false;
  }

  #note(message: string): void {
    this.#tell({ atMs: this.#around.clock.epochMs(), kind: 'note', service: '', replica: '', message });
  }

  #tell(event: SystemEvent): void {
    for (const listener of this.#listeners) listener.onEvent?.(event);
  }
}

async function checkPort(service: string, port: number): Promise<void> {
  if (port === 0 || (await isFree(port))) return;
  const holder = listenerOf(port);
  const by = holder === null ? '' : ` by process ${holder.pid} (${holder.command})`;
  throw controlError('PALIER_LISTEN_TAKEN', { port, service, holder: by });
}

/** As the balancer sees it: those that have been healthy, and those that drain. */
function forBalancer({ id, service, state, port }: DriverReplica): BalancerReplica[] {
  if (port === null) return [];
  const place = { id, service, host: '127.0.0.1', port };
  if (state === 'healthy' || state === 'unhealthy') return [{ ...place, state: 'active' }];
  return state === 'draining' ? [{ ...place, state: 'draining' }] : [];
}
