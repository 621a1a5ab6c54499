/**
 * One replica with its surroundings: carries out what the pure part (replica.ts) decides, and tells it what happened.
 */
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import type { Cancel, Timers } from '@palier/base/timers';
import type { Health, ReplicaState, Service, SystemEvent } from '@palier/protocol';
import { controlError } from '../errors.ts';
import type { CgroupPlace } from './cgroup/index.ts';
import { checkCommand } from './process/command.ts';
import { endingInWords, endingNote, saysPortTaken } from './process/ending.ts';
import { environmentOf } from './process/environment.ts';
import type { Keeper, LaunchNews } from './keeper/keeper.ts';
import type { Exit } from './keeper/message.ts';
import { remainsOf } from './keeper/remains.ts';
import type { DriverOptions } from './options.ts';
import { type OutputTail, outputTail, outputText } from './process/output.ts';
import { freePort, isFree } from './process/ports.ts';
import { expectedAnswer, probe } from './process/probe.ts';
import {
  newReplica,
  type Replica,
  type ReplicaAction,
  type ReplicaFact,
  type ReplicaRules,
  stepReplica,
} from './replica.ts';
import { portsOf } from './process/sockets.ts';

export interface SlotSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly keeper: Keeper;
  /** Palier's own environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly cpus: string | null;
  readonly options: DriverOptions;
  /** Ports of all replicas; a slot adds and removes its own. */
  readonly takenPorts: Set<number>;
  event(event: SystemEvent): void;
  output(replica: string, lines: readonly string[], dropped: number): void;
  /** The state, the pid or the port of the replica is another one. */
  changed(): void;
  /** Its first start failed. */
  failed(error: Error): void;
}

/** A replica as others see it. */
export interface DriverReplica {
  /** `api-1`; after the first restart `api-1.2`. */
  readonly id: string;
  readonly service: string;
  /** From 1; what `{{replica}}` stands for. */
  readonly number: number;
  readonly state: ReplicaState;
  readonly pid: number | null;
  readonly port: number | null;
  readonly cgroup: CgroupPlace | null;
}

const errorLines = 20;

export class Slot {
  /** From 1. */
  readonly number: number;
  readonly #service: Service;
  readonly #around: SlotSurroundings;
  readonly #rules: ReplicaRules;
  readonly #output: OutputTail;
  #replica: Replica;
  #pid: number | null = null;
  #port: number | null = null;
  #cgroup: CgroupPlace | null = null;
  #exit: Exit | null = null;
  #exiting: Promise<void> = Promise.resolve();
  #refusal: Error | null = null;
  #closed = false;
  #cancelTick: Cancel = () => {};

  /** `lives`: how many processes this place has had already. */
  constructor(
    service: Service,
    number: number,
    start: { readonly first: boolean; readonly lives: number },
    around: SlotSurroundings,
  ) {
    const { options } = around;
    this.number = number;
    this.#service = service;
    this.#around = around;
    this.#replica = newReplica(start.first, start.lives);
    this.#output = outputTail(options.maxOutputLines, options.maxOutputBytes);
    this.#rules = {
      ...options,
      startTimeoutMs: service.startTimeoutMs,
      stopTimeoutMs: service.stopTimeoutMs,
      settleMs: service.http === null ? options.settleMs : null,
      random: around.random,
    };
  }

  get view(): DriverReplica {
    return {
      id: this.#id,
      service: this.#service.name,
      number: this.number,
      state: stateOf(this.#replica),
      pid: this.#pid,
      port: this.#port,
      cgroup: this.#cgroup,
    };
  }

  /** What it wrote at last, for an error. */
  get lastOutput(): string {
    return outputText(this.#output.last(errorLines));
  }

  get lives(): number {
    return this.#replica.life;
  }

  /** Somebody wants it to end. */
  get leaving(): boolean {
    return this.#replica.stop !== 'no';
  }

  get ended(): boolean {
    return this.#replica.phase === 'ended';
  }

  /** Hears and does nothing any more. */
  close(): void {
    this.#closed = true;
    this.#cancelTick();
  }

  hear(fact: ReplicaFact): void {
    if (this.#closed) return;
    const before = this.#replica;
    const { replica, actions } = stepReplica(before, fact, this.#around.clock.monotonicMs(), this.#rules);
    this.#replica = replica;
    if (replica.dueMs !== before.dueMs) this.#planTick();
    if (replica.phase === 'ended') this.#releasePort();
    for (const action of actions) this.#act(action);
    if (stateOf(before) !== stateOf(replica) || before.life !== replica.life) this.#around.changed();
  }

  #planTick(): void {
    const { clock, timers } = this.#around;
    const { dueMs } = this.#replica;
    this.#cancelTick();
    if (dueMs === null) return;
    const tick = (): void => {
      // A timer may come a fraction of a millisecond before its time.
      if (clock.monotonicMs() < dueMs) this.#planTick();
      else this.hear({ kind: 'tick' });
    };
    this.#cancelTick = timers.after(Math.ceil(dueMs - clock.monotonicMs()), tick);
  }

  #act(action: ReplicaAction): void {
    if (action.kind === 'launch') void this.#launch(action.life);
    else if (action.kind === 'signal') this.#around.keeper.signal(this.#id, action.signal);
    else if (action.kind === 'event') this.#tell(action);
    else this.#around.failed(this.#failure(action.why, action.how));
  }

  async #launch(life: number): Promise<void> {
    const { keeper, env: base, cpus, random, takenPorts } = this.#around;
    const service = this.#service;
    const id = this.#id;
    this.#output.clear();
    this.#exit = null;
    this.#refusal = null;
    this.#releasePort();
    try {
      const port = service.http === null ? null : await freePort(takenPorts, random);
      this.#port = port;
      if (port !== null) takenPorts.add(port);
      const env = environmentOf({ ...this.#around, base, service, replica: id, number: this.number, port });
      checkCommand(service, service.command, env);
      if (this.#closed) return;
      const order = { id, argv: service.command, cwd: service.cwd, env, cpus, ...service.allotment };
      keeper.launch(order, (news) => this.#heard(life, news));
    } catch (error) {
      this.#refusal = error as Error;
      this.hear({ kind: 'refused', reason: this.#refusal.message });
    }
  }

  #heard(life: number, news: LaunchNews): void {
    if (news.kind === 'output') this.#around.output(news.id, news.lines, news.dropped);
    if (life !== this.#replica.life) return;
    if (news.kind === 'output') this.#output.push(news.lines);
    else if (news.kind === 'spawned') this.#spawned(life, news.pid, news.cgroup);
    else if (news.kind === 'refused') this.hear({ kind: 'refused', reason: news.reason });
    else if (news.kind === 'exited') this.#exiting = this.#exited(life, news);
    else {
      this.#cgroup = null;
      // Never before its exit has been told, which may look at the port first.
      void this.#exiting.then(() => life === this.#replica.life && this.hear({ kind: 'gone' }));
    }
  }

  #spawned(life: number, pid: number, cgroup: CgroupPlace | null): void {
    this.#pid = pid;
    this.#cgroup = cgroup;
    this.hear({ kind: 'spawned' });
    this.#around.changed();
    if (this.#service.http !== null) void this.#probe(life, this.#service.http.health);
  }

  async #exited(life: number, exit: Exit): Promise<void> {
    this.#exit = exit;
    this.#pid = null;
    const port = this.#replica.phase === 'starting' ? this.#port : null;
    const portTaken = port !== null && (saysPortTaken(this.#output.last(50)) || !(await isFree(port)));
    if (life !== this.#replica.life) return;
    this.hear({ kind: 'exited', how: endingInWords(exit, this.#service.allotment.memoryBytes), portTaken });
  }

  /** Asks a starting replica for its health until it answers. Afterwards the balancer asks. */
  async #probe(life: number, health: Health): Promise<void> {
    const { timers, options } = this.#around;
    const asking = (): boolean => !this.#closed && this.#replica.life === life && this.#replica.phase === 'starting';
    while (asking() && this.#port !== null) {
      const answer = await probe(this.#port, health, timers);
      if (!asking()) return;
      this.hear(answer.ok ? { kind: 'passed' } : { kind: 'failed', answer: answer.words });
      if (!answer.ok) await timers.sleep(options.startProbeMs);
    }
  }

  #failure(why: 'refused' | 'crashed' | 'unhealthy', how: string): Error {
    const service = this.#service;
    const facts = { replica: this.#id, output: this.lastOutput, port: this.#port ?? 0 };
    if (why === 'unhealthy' && service.http !== null) {
      const { health } = service.http;
      return controlError('PALIER_START_UNHEALTHY', {
        ...facts,
        seconds: service.startTimeoutMs / 1000,
        answer: how,
        path: health.path,
        expected: expectedAnswer(health),
        note: this.#elsewhere(),
      });
    }
    if (why === 'refused' && this.#refusal !== null) return this.#refusal;
    const note = this.#exit === null ? '' : endingNote(this.#exit, service.command[0] === 'sh');
    return controlError('PALIER_START_CRASHED', { ...facts, how, folder: service.cwd, note });
  }

  /** It answers nothing at its port; perhaps it listens at another one. */
  #elsewhere(): string {
    const kept = this.#around.keeper.kept().find((process) => process.id === this.#id);
    if (kept === undefined) return '';
    const ports = portsOf(remainsOf({ groups: [kept], marks: [], procsFiles: [] }));
    const right = ports.length === 0 || (this.#port !== null && ports.includes(this.#port));
    return right ? '' : `It listens at ${ports.join(', ')}. `;
  }

  #tell(action: ReplicaAction & { readonly kind: 'event' }): void {
    const output = action.output ? this.#output.last(errorLines) : [];
    this.#around.event({
      atMs: this.#around.clock.epochMs(),
      kind: action.event,
      service: this.#service.name,
      replica: this.#id,
      message: `${this.#id} ${action.message}.`,
      ...(output.length === 0 ? {} : { output }),
    });
  }

  #releasePort(): void {
    if (this.#port !== null) this.#around.takenPorts.delete(this.#port);
    this.#port = null;
  }

  get #id(): string {
    return replicaId(this.#service.name, this.number, Math.max(1, this.#replica.life));
  }
}

/** `api-1`; its second process is `api-1.2`. A service's name has no dot, so no two processes share an id. */
function replicaId(service: string, number: number, life: number): string {
  return life === 1 ? `${service}-${number}` : `${service}-${number}.${life}`;
}

function stateOf(replica: Replica): ReplicaState {
  switch (replica.phase) {
    case 'healthy':
    case 'unhealthy':
    case 'draining':
      return replica.phase;
    case 'stopping':
    case 'killing':
      return replica.stop === 'no' ? 'crashed' : 'draining';
    case 'ended':
      return 'stopped';
    case 'waiting':
      return 'crashed';
    default:
      return 'starting';
  }
}
