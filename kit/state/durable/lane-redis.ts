/**
 * Durable writes to one Redis primary, gathered: the writes of one turn of the event loop go out together, and one `WAIT` asks for the copies of
 * all of them; what comes meanwhile is the next group.
 *
 * `WAIT` holds up the connection on which it is sent and speaks of the writes of that connection, so the lane has one of its own. It is asked in
 * slices, so that a replica that is slow does not look like a primary that stands still. How many replicas there are is asked at most once
 * a second (`ROLE`), before anything is written: where there are too few, nothing is.
 *
 * Where somebody chooses the next primary (Sentinels), a number of copies is not enough: the one that is chosen stops following before anybody
 * is told, and the others go on confirming what will be gone. So every replica that has followed this primary must have confirmed, but for
 * those that cannot be chosen now.
 *
 * `WAIT` says nothing of what was written over another connection: it is answered at once there. So a write is acknowledged by an answer that came over the
 * connection on which it was done, and by no other; what is left of the group when that one has ended is not known.
 */
import { ErrorReply } from '@redis/client';
import { kitError } from '../../errors.ts';
import type { Deadlines, Timed } from '../deadlines.ts';
import { nodeName } from '../redis/cluster/slots.ts';
import { type Node, type RedisArgs, type RedisLink, type RedisReply, Unsent } from '../redis/link-redis.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { notDurable } from './durable.ts';
import {
  confirmedBy,
  divided,
  divideMissing,
  type Follower,
  nextQuestion,
  type Question,
  type Written,
} from './group.ts';

/** Writes in one group: a millisecond or so of a primary's work. */
export const maxGroup = 1000;
const knownForMs = 1000;
const askTimeoutMs = 1000;
/** After a connection was lost, before the next one is asked. */
const pauseMs = 10;

export interface LaneOptions {
  /** Writes of the lane that have not ended. */
  readonly maxWaiting: number;
  readonly frozenAfterMs: number;
}

/** What the lanes of one kv know together. */
export interface LanesKnow {
  /** The most replicas that any primary has had: fewer now means that some are away, as after a failover, and may come back. */
  mostReplicas: number;
  /** Writes that have not ended. */
  open: number;
  ended(): void;
  /** Of the router: the nodes that may be promoted. Undefined: nobody chooses, and the number of copies is enough. */
  readonly eligible: (() => ReadonlySet<string> | undefined) | undefined;
}

export interface LaneCall {
  readonly args: RedisArgs;
  /** The node is to be told that it was sent there (`ASK`). */
  readonly asking: boolean;
  readonly replicas: number;
  readonly timeoutMs: number;
}

/** What the lane needs of its connection. */
export type LaneLink = Pick<RedisLink, 'call' | 'send'> & { readonly node: Node | undefined };

/** Nothing was done, and it may be had a little later, here or elsewhere: `told` is for the caller whose time is over. */
export class NotNow extends Unsent {
  readonly told: Error;

  constructor(told: Error) {
    super(told.message);
    this.told = told;
  }
}

class Write implements Timed, Written {
  tick: Timed[] | undefined = undefined;
  place = 0;
  stage: 'waiting' | 'sent' | 'written' | 'over' = 'waiting';
  reply: RedisReply = null;
  /** The lane's connection that the reply came over, by its number. */
  connection = -1;
  readonly call: LaneCall;
  readonly deadlineMs: number;
  readonly resolve: (reply: RedisReply) => void;
  readonly reject: (error: unknown) => void;
  readonly #late: (write: Write) => void;

  constructor(
    call: LaneCall,
    nowMs: number,
    resolve: (reply: RedisReply) => void,
    reject: (error: unknown) => void,
    late: (write: Write) => void,
  ) {
    this.call = call;
    this.deadlineMs = nowMs + call.timeoutMs;
    this.resolve = resolve;
    this.reject = reject;
    this.#late = late;
  }

  get replicas(): number {
    return this.call.replicas;
  }

  expire(): void {
    this.#late(this);
  }
}

/** While one node is primary. */
interface Reign {
  readonly node: Node | undefined;
  /** Who has ever followed it. */
  readonly known: Set<string>;
  /** Who followed it when it was asked last. */
  seen: readonly Follower[];
  /** How many of the known ones were missing and could not be promoted. */
  away: number;
}

export class DurableLane {
  readonly #link: LaneLink;
  readonly #options: LaneOptions;
  readonly #deadlines: Deadlines;
  readonly #around: Pick<StateSurroundings, 'clock' | 'timers'>;
  readonly #know: LanesKnow;
  readonly #sliceMs: number;
  #waiting: Write[] = [];
  #open = 0;
  #playing = false;
  /** How many connections have ended: the number of this one. */
  #connection = 0;
  #seen: { readonly replicas: number; readonly atMs: number } | undefined;
  #reign: Reign;

  constructor(
    link: LaneLink,
    options: LaneOptions,
    deadlines: Deadlines,
    around: Pick<StateSurroundings, 'clock' | 'timers'>,
    know: LanesKnow,
  ) {
    this.#link = link;
    this.#options = options;
    this.#deadlines = deadlines;
    this.#around = around;
    this.#know = know;
    this.#reign = reignOf(link.node);
    this.#sliceMs = Math.max(1, Math.floor(options.frozenAfterMs / 3));
  }

  /**
   * Rejects with PALIER_STATE_DURABLE (there have never been so many replicas), PALIER_STATE_COPIES (it is done, and not confirmed), what the
   * link rejects with; or with the server's own error or `Unsent`, when nothing was done and it may be repeated.
   */
  call(call: LaneCall, nowMs: number, resolve: (reply: RedisReply) => void, reject: (error: unknown) => void): void {
    const { maxWaiting } = this.#options;
    if (this.#open >= maxWaiting) {
      reject(kitError('PALIER_STATE_BUSY', { waiting: maxWaiting, outcome: 'none' }));
      return;
    }
    const write = new Write(call, nowMs, resolve, reject, this.#late);
    this.#open++;
    this.#know.open++;
    this.#deadlines.add(write, call.timeoutMs, nowMs);
    this.#waiting.push(write);
    if (this.#playing) return;
    this.#playing = true;
    this.#around.timers.soon(() => void this.#play());
  }

  send(call: LaneCall): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      this.call(call, this.#around.clock.monotonicMs(), resolve, reject);
    });
  }

  /** The connection has ended: whoever is there now may have other replicas. */
  lost(): void {
    this.#connection++;
    this.#seen = undefined;
  }

  async #play(): Promise<void> {
    while (this.#waiting.length > 0) {
      try {
        const online = await this.#replicasOnline();
        await this.#write(this.#group(online));
      } catch (error) {
        // The link is closed, or its node has nothing for us any more. What else may go wrong passes, or ends with the deadlines.
        if (error instanceof Unsent) for (const write of this.#waiting) this.#end(write)?.reject(error);
        else await this.#around.timers.sleep(pauseMs);
      }
      this.#waiting = this.#waiting.filter(({ stage }) => stage === 'waiting');
    }
    this.#playing = false;
  }

  async #replicasOnline(): Promise<number> {
    const nowMs = this.#around.clock.monotonicMs();
    const asked = this.#waiting.reduce((most, { replicas }) => Math.max(most, replicas), 0);
    // Too few is never remembered: a replica that is back is found at once.
    if (this.#seen !== undefined && nowMs - this.#seen.atMs < knownForMs && this.#seen.replicas >= asked) {
      return this.#seen.replicas;
    }
    const replicas = this.#learn(await this.#role(askTimeoutMs))?.length ?? Number.POSITIVE_INFINITY;
    this.#seen = { replicas, atMs: nowMs };
    if (Number.isFinite(replicas)) this.#know.mostReplicas = Math.max(this.#know.mostReplicas, replicas);
    return replicas;
  }

  /** Takes the next group out of those that wait; refuses who asks for more than there is, or whose time is over by less than a tick. */
  #group(online: number): readonly Write[] {
    const nowMs = this.#around.clock.monotonicMs();
    const group: Write[] = [];
    const waiting = this.#waiting.filter(({ stage }) => stage === 'waiting');
    this.#waiting = waiting.slice(maxGroup);
    for (const write of waiting.slice(0, maxGroup)) {
      if (write.deadlineMs <= nowMs) this.#late(write);
      else if (write.replicas <= online) group.push(write);
      else {
        const told = notDurable(this.#name, `it has ${replicaCount(online)} now`, `at least ${write.replicas}`);
        this.#end(write)?.reject(write.replicas <= this.#know.mostReplicas ? new NotNow(told) : told);
      }
    }
    return group;
  }

  async #write(group: readonly Write[]): Promise<void> {
    const nowMs = this.#around.clock.monotonicMs();
    for (const write of group) this.#put(write, nowMs);
    let open = group;
    for (;;) {
      const question = nextQuestion(open, this.#around.clock.monotonicMs(), this.#sliceMs);
      if (question === undefined) return;
      let copies: number;
      try {
        copies = await this.#copies(question);
      } catch (error) {
        for (const write of open) if (write.stage === 'written') this.#end(write)?.reject(this.#uncopied(write, error));
        return;
      }
      // The question may have waited for a connection, and gone to another primary than they did.
      const past = open.filter(({ stage, connection }) => stage === 'written' && connection !== this.#connection);
      for (const write of past) this.#end(write)?.reject(this.#uncopied(write, undefined));
      const { kept, left } = divided(
        open.filter(({ stage }) => stage === 'written'),
        copies,
      );
      for (const write of kept) this.#end(write)?.resolve(write.reply);
      open = left;
      // Enough have it, and not those that must: WAIT would answer at once again.
      if (kept.length === 0 && copies < question.replicas) await this.#around.timers.sleep(pauseMs);
    }
  }

  /** How many replicas have what was written; 0 as long as one has not that may be promoted. */
  async #copies({ replicas, timeoutMs }: Question): Promise<number> {
    const limitMs = timeoutMs + this.#options.frozenAfterMs;
    const wait = (count: number) => this.#link.send(['WAIT', String(count), String(timeoutMs)], limitMs);
    const { eligible } = this.#know;
    if (eligible === undefined) return Number(await wait(replicas));
    const { known, away } = this.#reignNow();
    const [answer, role] = await Promise.all([
      wait(Math.max(replicas, known.size - away)),
      // On the wire behind it, answered after it.
      this.#role(limitMs),
    ]);
    const reign = this.#reignNow();
    const { seen } = reign;
    const after = this.#learn(role);
    // It may not be asked: the number must do.
    if (after === undefined) return Number(answer);
    const confirmed = confirmedBy(seen, Number(answer), after);
    const isWhole = confirmed.size === reign.known.size;
    const missing = isWhole ? { awaited: [], away: [] } : divideMissing(reign.known, confirmed, eligible());
    reign.away = missing.away.length;
    return missing.awaited.length > 0 ? 0 : confirmed.size;
  }

  /** A user may be allowed to write and not to ask: null. */
  #role(timeoutMs: number): Promise<RedisReply> {
    return this.#link.send(['ROLE'], timeoutMs).catch((error: unknown) => {
      if (error instanceof ErrorReply) return null;
      throw error;
    });
  }

  #learn(role: RedisReply): readonly Follower[] | undefined {
    const followers = followersOf(role);
    if (followers === undefined) return undefined;
    const reign = this.#reignNow();
    for (const { name } of followers) reign.known.add(name);
    reign.seen = followers;
    this.#know.mostReplicas = Math.max(this.#know.mostReplicas, followers.length);
    return followers;
  }

  /** A connection that was lost is the same reign: whoever left meanwhile may have been promoted. */
  #reignNow(): Reign {
    if (this.#reign.node !== this.#link.node) this.#reign = reignOf(this.#link.node);
    return this.#reign;
  }

  #put(write: Write, nowMs: number): void {
    // From here to its answer the link keeps the deadline, and knows whether it has left.
    this.#deadlines.remove(write);
    write.stage = 'sent';
    const leftMs = Math.max(1, write.deadlineMs - nowMs);
    if (write.call.asking) this.#link.send(['ASKING'], leftMs).catch(() => {});
    this.#link.call(
      write.call.args,
      leftMs,
      nowMs,
      (reply) => {
        const answeredMs = this.#around.clock.monotonicMs();
        write.stage = 'written';
        write.reply = reply;
        write.connection = this.#connection;
        this.#deadlines.add(write, Math.max(1, write.deadlineMs - answeredMs), answeredMs);
      },
      (error) => this.#end(write)?.reject(error),
    );
  }

  readonly #late = (write: Write): void => {
    const written = write.stage === 'written';
    const late = kitError('PALIER_STATE_LATE', { engine: this.#name, outcome: 'none' });
    this.#end(write)?.reject(written ? this.#uncopied(write, undefined) : late);
  };

  /** Takes it out of everything; undefined when it was over already. */
  #end(write: Write): Write | undefined {
    if (write.stage === 'over') return undefined;
    write.stage = 'over';
    this.#deadlines.remove(write);
    this.#open--;
    this.#know.open--;
    this.#know.ended();
    return write;
  }

  #uncopied({ replicas }: Write, cause: unknown): Error {
    return kitError('PALIER_STATE_COPIES', { engine: this.#name, replicas, outcome: 'unknown' }, { cause });
  }

  get #name(): string {
    const { node } = this.#link;
    return node === undefined ? 'Redis at an unknown address' : `Redis at ${node.host}:${node.port}`;
  }
}

function reignOf(node: Node | undefined): Reign {
  return { node, known: new Set(), seen: [], away: 0 };
}

/**
 * `ROLE` of a primary: `['master', offset, [[host, port, offset], …]]`, with the replicas that follow it now
 * (https://redis.io/docs/latest/commands/role/). Undefined of another role: there the write itself is turned away.
 */
export function followersOf(role: RedisReply): readonly Follower[] | undefined {
  if (!Array.isArray(role)) return undefined;
  const [name, , replicas] = role as readonly RedisReply[];
  if (String(name) !== 'master' || !Array.isArray(replicas)) return undefined;
  return (replicas as readonly (readonly RedisReply[])[]).map(([host, port, offset]) => ({
    name: nodeName({ host: String(host), port: Number(port) }),
    offset: Number(offset),
  }));
}

function replicaCount(replicas: number): string {
  return replicas === 1 ? '1 replica' : `${replicas} replicas`;
}
