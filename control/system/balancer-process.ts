/**
 * The balancer's process, kept running: when it dies it is started again on the same ports, and is told of all replicas anew.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { backoffMs } from '@palier/base/backoff';
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';
import type {
  BalancerCommand,
  BalancerMessage,
  BalancerReplica,
  BalancerService,
  BalancerSettings,
} from '@palier/protocol';
import { balancerEntry } from '../balancer/index.ts';
import { controlError } from '../errors.ts';
import { systemRunDefaults } from './options.ts';

export interface BalancerSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly env: Readonly<Record<string, string>>;
  /** A list for taskset; null: everywhere. */
  readonly cpus: string | null;
  hear(message: BalancerMessage): void;
  /** A new process of it. */
  started(pid: number): void;
  /** It died and runs again, in words. */
  restarted(how: string): void;
  /** It could not be started again. */
  lost(error: Error): void;
}

type Ports = Readonly<Record<string, number>>;

export class BalancerProcess {
  readonly #settings: BalancerSettings;
  readonly #around: BalancerSurroundings;
  #services: readonly BalancerService[];
  #replicas: readonly BalancerReplica[] = [];
  #child: ChildProcess | null = null;
  #exited: Promise<string> = Promise.resolve('');
  #stopping = false;
  #restarts = 0;
  #upSinceMs = 0;

  constructor(settings: BalancerSettings, services: readonly BalancerService[], around: BalancerSurroundings) {
    this.#settings = settings;
    this.#services = services;
    this.#around = around;
  }

  /** Its port for each service, once it listens. Throws PALIER_BALANCER_FAILED. */
  async start(): Promise<Ports> {
    const listening = Promise.withResolvers<Ports>();
    const child = this.#spawn(listening);
    this.#child = child;
    if (child.pid !== undefined) this.#around.started(child.pid);
    this.#send({ kind: 'start', settings: this.#settings, services: this.#services });
    const cancel = this.#around.timers.after(systemRunDefaults.balancerReadyMs, () => {
      listening.reject(failed(`no answer within ${systemRunDefaults.balancerReadyMs / 1000} s`));
    });
    void this.#exited.then((how) => listening.reject(failed(how)));
    try {
      const ports = await listening.promise;
      this.#services = this.#services.map((service) => ({ ...service, listenPort: ports[service.name] ?? 0 }));
      this.#upSinceMs = this.#around.clock.monotonicMs();
      this.#send({ kind: 'replicas', replicas: this.#replicas });
      void this.#exited.then((how) => this.#died(how));
      return ports;
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      cancel();
    }
  }

  /** The whole truth about all replicas. */
  replicas(replicas: readonly BalancerReplica[]): void {
    this.#replicas = replicas;
    this.#send({ kind: 'replicas', replicas });
  }

  /** Resolves when it has ended; it has `graceMs` to answer what is in flight. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    if (this.#child === null) return;
    this.#send({ kind: 'stop', graceMs });
    const cancel = this.#around.timers.after(graceMs + systemRunDefaults.balancerStopMs, () => this.kill());
    await this.#exited;
    cancel();
  }

  kill(): void {
    this.#stopping = true;
    this.#child?.kill('SIGKILL');
  }

  #spawn(listening: PromiseWithResolvers<Ports>): ChildProcess {
    const entry = balancerEntry();
    const conditions = entry.endsWith('.ts') ? ['--conditions=palier-source'] : [];
    const node = [process.execPath, ...conditions, entry];
    const { cpus, env } = this.#around;
    const [program, ...args] = cpus === null ? node : ['taskset', '-c', cpus, ...node];
    // A session of its own: Ctrl-C must not reach it before it can pass it over.
    const child = spawn(program as string, args, {
      env: { ...env },
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    let errors = '';
    child.stderr?.on('data', (piece: Buffer) => {
      errors = (errors + piece.toString()).slice(-1024);
    });
    child.on('message', (raw) => {
      const message = raw as BalancerMessage;
      if (message.kind === 'listening') listening.resolve(message.ports);
      else if (message.kind === 'failed') listening.reject(failed(message.message));
      else this.#around.hear(message);
    });
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) =>
        resolve(`${signal ?? `exit code ${code}`}${errors && `: ${errors.trim()}`}`),
      );
      child.once('error', (error) => resolve(error.message));
    });
    return child;
  }

  async #died(how: string): Promise<void> {
    const { clock, random, timers } = this.#around;
    this.#child = null;
    if (clock.monotonicMs() - this.#upSinceMs >= systemRunDefaults.forgetRestartsAfterMs) this.#restarts = 0;
    while (!this.#stopping) {
      if (this.#restarts >= systemRunDefaults.maxBalancerRestarts) {
        this.#around.lost(failed(`${how}, and so did ${this.#restarts} new starts`));
        return;
      }
      await timers.sleep(backoffMs(this.#restarts, systemRunDefaults.balancerRestart, random));
      this.#restarts++;
      if (this.#stopping) return;
      try {
        await this.start();
        this.#around.restarted(how);
        return;
      } catch {
        // The next turn waits longer, or gives up.
      }
    }
  }

  #send(command: BalancerCommand): void {
    if (this.#child?.connected === true) this.#child.send(command, () => {});
  }
}

function failed(how: string): Error {
  return controlError('PALIER_BALANCER_FAILED', { how });
}
