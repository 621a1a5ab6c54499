/**
 * One connection to one Redis node that can be trusted with calls: each ends by its deadline, on the wire too; a server that stands still
 * is noticed as one that died; it comes back by itself.
 *
 * node-redis speaks the protocol. Its reconnecting, its queue while offline and its timeouts are not used: the first counts attempts where
 * time matters, the second has no bound in time, the third does not cover a call that is under way.
 */
import { ErrorReply, RedisClient, RESP_TYPES } from '@redis/client';
import { backoffMs } from '@palier/base/backoff';
import { certificateProblem } from '@palier/base/certificate';
import { kitError } from '../../errors.ts';
import type { Deadlines, Timed } from '../deadlines.ts';
import type { HealthEvent } from '../health.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { isBarred } from './refusal.ts';

export interface Node {
  readonly host: string;
  readonly port: number;
}

export interface LinkOptions {
  readonly username?: string;
  readonly password?: string;
  readonly database: number;
  /** TLS with the machine's certificate authorities, or those of `ca` (PEM). */
  readonly tls: boolean;
  readonly ca?: string;
  /** Calls that wait for the connection. */
  readonly maxWaiting: number;
  /** Nothing is answered for so long while something is asked: the connection is given up. */
  readonly frozenAfterMs: number;
  /** Whoever must know when a connection stands and when it ends. */
  readonly life?: LinkLife;
}

export interface LinkLife {
  begun(): void;
  /** Nothing is pushed any more over the connection that had begun. */
  lost(): void;
  /** The server is to tell what of all that is read here somebody changes (`CLIENT TRACKING`); undefined: everything. */
  changed?(key: string | undefined): void;
  /** A sharded channel lies on another node now. */
  moved?(channel: string): void;
}

/** What a command answers in the kit: lists nest. */
export type RedisReply = number | string | Buffer | null | readonly RedisReply[];
export type RedisArgs = readonly (string | Buffer)[];

const connectTimeoutMs = 1000;
const noDeadlineMs = 0;
/** A lost node is looked for at least four times a second: a failover is over within a second, and nobody is flooded. */
const reconnectBackoff = { firstMs: 20, maxMs: 250, floor: 0.5 };
/** When nothing is asked, a question of ours tells whether anybody is there. */
const watchEveryMs = 250;

type Client = ReturnType<typeof makeClient>;

/** Its fields are all there from the beginning, and its methods on the class: a call is the only thing that is made for each call. */
class Call implements Timed {
  tick: Timed[] | undefined = undefined;
  place = 0;
  /** In the list of those on the wire; -1: it waits. */
  onWire = -1;
  over = false;
  readonly args: RedisArgs;
  readonly resolve: (reply: RedisReply) => void;
  readonly reject: (error: unknown) => void;
  readonly #late: (call: Call) => void;

  constructor(
    args: RedisArgs,
    resolve: (reply: RedisReply) => void,
    reject: (error: unknown) => void,
    late: (call: Call) => void,
  ) {
    this.args = args;
    this.resolve = resolve;
    this.reject = reject;
    this.#late = late;
  }

  get sent(): boolean {
    return this.onWire >= 0;
  }

  expire(): void {
    this.#late(this);
  }
}

/** The call never left: whoever knows the way may send it elsewhere. */
export class Unsent extends Error {
  override readonly name = 'Unsent';
}

export class RedisLink {
  #node: Node | undefined;
  readonly #options: LinkOptions;
  readonly #around: StateSurroundings;
  readonly #deadlines: Deadlines;
  readonly #see: (event: HealthEvent) => void;
  readonly #stopWatching: () => void;
  #client: Client | undefined;
  #ready = false;
  #held = false;
  /** Ready and not held: a call goes out at once. */
  #flows = false;
  #closed = false;
  #attempt = 0;
  /** Waiting for a connection, the oldest first. */
  #waiting = new Set<Call>();
  /** On the wire. */
  readonly #inFlight: Call[] = [];
  readonly #followers: RedisLink[] = [];
  #lastAnswerMs: number;
  #askedSinceMs: number | undefined;
  /** Why there is no connection, as far as the last try told. */
  #why: string | undefined;
  #drained: (() => void) | undefined;

  /** Without a node it waits for `pointAt`. */
  constructor(
    node: Node | undefined,
    options: LinkOptions,
    around: StateSurroundings,
    deadlines: Deadlines,
    see: (event: HealthEvent) => void,
  ) {
    this.#node = node;
    this.#options = options;
    this.#around = around;
    this.#deadlines = deadlines;
    this.#see = see;
    this.#lastAnswerMs = around.clock.monotonicMs();
    this.#stopWatching = around.timers.every(watchEveryMs, () => this.#watch());
    this.#connect();
  }

  get node(): Node | undefined {
    return this.#node;
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** One more connection to the node: it is pointed wherever this one is, and ends with it. How it fares is nobody's health. */
  follow(own: Pick<LinkOptions, 'maxWaiting' | 'life'>): RedisLink {
    const follower = new RedisLink(this.#node, { ...this.#options, ...own }, this.#around, this.#deadlines, () => {});
    if (this.#closed) follower.retire();
    follower.hold(this.#held);
    this.#followers.push(follower);
    return follower;
  }

  /** While it is held, calls wait as if there were no connection; those under way go on. */
  hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    for (const follower of this.#followers) follower.hold(held);
    this.#flow();
  }

  /** Another node has what this one had: what is under way is lost, what waits goes there. */
  pointAt(node: Node): void {
    if (this.#closed || (node.host === this.#node?.host && node.port === this.#node.port)) return;
    for (const follower of this.#followers) follower.pointAt(node);
    const old = this.#client;
    const from = this.#name;
    this.#node = node;
    this.#why = undefined;
    this.#client = undefined;
    this.#ready = false;
    this.#flows = false;
    this.#attempt = 0;
    this.#options.life?.lost();
    this.#see({ kind: 'disconnected', reason: `${from} is no primary any more` });
    for (const call of this.#inFlight.slice()) this.#end(call)?.reject(this.#lost(undefined));
    old?.destroy();
    this.#connect();
  }

  /** Nobody tells its node: those who wait hear why when their time is over, or with `never` now, since waiting will not help. */
  lack(why: string, never: Error | undefined): void {
    if (this.#node !== undefined) return;
    this.#why = why;
    if (never !== undefined) for (const call of this.#waiting) this.#end(call)?.reject(never);
  }

  /**
   * Rejects with PALIER_STATE_LATE (outcome `none` when it never left, else `unknown`), PALIER_STATE_LOST (the connection ended while it was
   * under way: `unknown`), PALIER_STATE_BUSY, PALIER_STATE_CLOSED; or with the server's own error as it came.
   */
  send(args: RedisArgs, timeoutMs: number): Promise<RedisReply> {
    return new Promise((resolve, reject) => {
      this.call(args, timeoutMs, this.#around.clock.monotonicMs(), resolve, reject);
    });
  }

  /** As `send`, without a promise; `nowMs` is monotonic. */
  call(
    args: RedisArgs,
    timeoutMs: number,
    nowMs: number,
    resolve: (reply: RedisReply) => void,
    reject: (error: unknown) => void,
  ): void {
    if (this.#closed) {
      reject(new Unsent());
      return;
    }
    if (this.#inFlight.length + this.#waiting.size >= this.#options.maxWaiting) {
      reject(kitError('PALIER_STATE_BUSY', { waiting: this.#options.maxWaiting, outcome: 'none' }));
      return;
    }
    const call = new Call(args, resolve, reject, this.#late);
    this.#deadlines.add(call, timeoutMs, nowMs);
    if (this.#flows) this.#put(call, nowMs);
    else this.#waiting.add(call);
  }

  /** Messages of a channel, over the connection of this moment: they end with it. Rejects with `Unsent`, or what the server answers. */
  async subscribe(channel: string, listener: (bytes: Buffer) => void, sharded: boolean): Promise<void> {
    const client = this.#client;
    if (client === undefined || !this.#ready) throw new Unsent();
    if (sharded) await client.sSubscribe(channel, listener, true);
    else await client.subscribe(channel, listener, true);
  }

  async unsubscribe(channel: string, sharded: boolean): Promise<void> {
    const client = this.#client;
    if (client === undefined || !this.#ready) return;
    if (sharded) await client.sUnsubscribe(channel);
    else await client.unsubscribe(channel);
  }

  /** Each call that the server takes from anybody (`MONITOR`), over the connection of this moment, which is good for nothing else then. */
  async monitor(listener: (line: string) => void): Promise<void> {
    const client = this.#client;
    if (client === undefined || !this.#ready) throw new Unsent();
    await client.monitor((line) => listener(String(line)));
  }

  /** Resolves when nothing is under way: at the latest when the last deadline is over. */
  async drained(): Promise<void> {
    if (this.#inFlight.length + this.#waiting.size > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
  }

  close(): void {
    for (const follower of this.#followers) follower.close();
    this.#leave((call) => kitError('PALIER_STATE_CLOSED', { outcome: call.sent ? 'unknown' : 'none' }));
  }

  /** The node has nothing for us now: what waits for it is to be sent elsewhere (`Unsent`). */
  giveBack(): void {
    for (const follower of this.#followers) follower.giveBack();
    for (const call of this.#waiting) this.#end(call)?.reject(new Unsent());
  }

  /** The node has nothing for us any more: what never left is to be sent elsewhere (`Unsent`), what is under way is lost. */
  retire(): void {
    for (const follower of this.#followers) follower.retire();
    this.#leave((call) => (call.sent ? this.#lost(undefined) : new Unsent()));
  }

  #leave(reason: (call: Call) => Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#ready = false;
    this.#flows = false;
    this.#stopWatching();
    this.#options.life?.lost();
    for (const call of [...this.#waiting, ...this.#inFlight]) this.#end(call)?.reject(reason(call));
    this.#client?.destroy();
  }

  #put(call: Call, nowMs: number): void {
    if (this.#inFlight.length === 0) this.#askedSinceMs = nowMs;
    call.onWire = this.#inFlight.length;
    this.#inFlight.push(call);
    (this.#client as Client).sendCommand<RedisReply>(call.args).then(
      (reply) => {
        this.#answered();
        this.#end(call)?.resolve(reply);
      },
      (error: unknown) => {
        // What the server says is an answer; what the client says is none.
        if (error instanceof ErrorReply) {
          this.#answered();
          this.#end(call)?.reject(error);
        } else this.#end(call)?.reject(this.#lost(error));
      },
    );
  }

  /** Takes the call out of everything; undefined when it was over already. */
  #end(call: Call): Call | undefined {
    if (call.over) return undefined;
    call.over = true;
    this.#deadlines.remove(call);
    if (call.sent) {
      // The last one takes its place: their order says nothing.
      const last = this.#inFlight.pop() as Call;
      if (last !== call) {
        this.#inFlight[call.onWire] = last;
        last.onWire = call.onWire;
      }
    } else this.#waiting.delete(call);
    if (this.#drained !== undefined && this.#inFlight.length + this.#waiting.size === 0) this.#drained();
    return call;
  }

  readonly #late = (call: Call): void => {
    const outcome = call.sent ? 'unknown' : 'none';
    const why = call.sent || this.#why === undefined ? '' : ` (${this.#why})`;
    this.#see({ kind: 'failed', reason: `${this.#name} did not answer in time${why}` });
    this.#end(call)?.reject(kitError('PALIER_STATE_LATE', { engine: `Redis at ${this.#name}${why}`, outcome }));
  };

  #answered(): void {
    this.#lastAnswerMs = this.#around.clock.monotonicMs();
    this.#see({ kind: 'answered' });
  }

  #lost(cause: unknown): Error {
    return kitError('PALIER_STATE_LOST', { engine: `Redis at ${this.#name}`, outcome: 'unknown' }, { cause });
  }

  get #name(): string {
    return this.#node === undefined ? 'an unknown address' : `${this.#node.host}:${this.#node.port}`;
  }

  #connect(): void {
    if (this.#node === undefined) return;
    const client = makeClient(this.#node, this.#options);
    this.#client = client;
    // A server that stands still accepts a connection and greets nobody.
    const giveUp = this.#around.timers.after(connectTimeoutMs, () => {
      const over = this.#options.tls ? ' over TLS' : '';
      if (!this.#ready) this.#disconnected(client, new Error(`no greeting${over} within ${connectTimeoutMs} ms`));
    });
    client.on('error', (error: unknown) => this.#disconnected(client, error));
    this.#hear(client);
    client.on('end', () => this.#disconnected(client, new Error('the server closed the connection')));
    client.connect().then(
      () => {
        giveUp();
        if (this.#client !== client || this.#closed) {
          client.destroy();
          return;
        }
        this.#ready = true;
        this.#why = undefined;
        this.#attempt = 0;
        this.#lastAnswerMs = this.#around.clock.monotonicMs();
        this.#options.life?.begun();
        this.#see({ kind: 'connected' });
        this.#flow();
      },
      (error: unknown) => this.#disconnected(client, error),
    );
  }

  #flow(): void {
    this.#flows = this.#ready && !this.#held && !this.#closed;
    if (!this.#flows) return;
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      this.#put(call, this.#around.clock.monotonicMs());
    }
  }

  #hear(client: Client): void {
    const { life } = this.#options;
    if (life?.changed !== undefined) {
      client.on('invalidate', (key: Buffer | string | null) => {
        if (this.#client === client) life.changed?.(key === null ? undefined : String(key));
      });
    }
    if (life?.moved !== undefined) {
      client.on('sharded-channel-moved', (channel: string) => {
        if (this.#client === client) life.moved?.(channel);
      });
    }
  }

  /** Once for each client: what was under way is lost, and another is tried after a while. */
  #disconnected(client: Client, error: unknown): void {
    if (this.#client !== client || this.#closed) return;
    this.#client = undefined;
    this.#ready = false;
    this.#flows = false;
    this.#options.life?.lost();
    this.#why = error instanceof Error ? error.message : String(error);
    this.#see({ kind: 'disconnected', reason: `${this.#name}: ${this.#why}` });
    for (const call of this.#inFlight.slice()) this.#end(call)?.reject(this.#lost(error));
    if (willNotHelp(error)) {
      const facts = { where: this.#name, why: error.message, outcome: 'none' };
      for (const call of this.#waiting) this.#end(call)?.reject(kitError('PALIER_STATE_OPEN', facts, { cause: error }));
    }
    if (client.isOpen) client.destroy();
    const waitMs = backoffMs(this.#attempt++, reconnectBackoff, this.#around.random);
    this.#around.timers.after(waitMs, () => {
      if (!this.#closed && this.#client === undefined) this.#connect();
    });
  }

  /** Gives up a connection on which nothing was answered for too long; asks when nobody else does. */
  #watch(): void {
    if (!this.#ready || this.#client === undefined) return;
    const nowMs = this.#around.clock.monotonicMs();
    const quietSinceMs = Math.max(this.#lastAnswerMs, this.#askedSinceMs ?? nowMs);
    if (this.#inFlight.length > 0 && nowMs - quietSinceMs >= this.#options.frozenAfterMs) {
      this.#disconnected(this.#client, new Error(`nothing was answered for ${Math.round(nowMs - quietSinceMs)} ms`));
      return;
    }
    if (this.#inFlight.length === 0 && this.#flows)
      this.send(['PING'], this.#options.frozenAfterMs * 2).catch(() => {});
  }
}

/** It lets nobody in with this user and password, or is not trusted: calls need not wait for another try. */
function willNotHelp(error: unknown): error is Error {
  if (error instanceof ErrorReply) return isBarred(error.message);
  return error instanceof Error && certificateProblem(error) !== null;
}

/**
 * Without the methods of all commands: `createClient` makes a class of them for every other address, 30 ms of processor time for each connection
 * of a Cluster and for each try to come back (node-redis 6.3 keeps one such class, by the text of all options).
 */
function makeClient({ host, port }: Node, { username, password, database, tls, ca, life }: LinkOptions) {
  return new RedisClient({
    RESP: 3,
    database,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    emitInvalidate: life?.changed !== undefined,
    // None: its default of five seconds would make an AbortSignal for every call.
    commandOptions: {
      timeout: noDeadlineMs,
      typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer, [RESP_TYPES.MAP]: Array },
    },
    socket: {
      host,
      port,
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: false,
      ...(tls ? { tls: true, ...(ca === undefined ? {} : { ca }) } : {}),
    },
  });
}
