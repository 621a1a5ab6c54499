/**
 * Keys and values in Redis, whichever way it is run; a `Router` knows the node of a key.
 *
 * A call that a node turns away with nothing done (it loads, fails over, moves the slot, is no primary any more) is repeated here until the
 * call's own deadline: callers see one slow answer instead of an error.
 */
import { ErrorReply } from '@redis/client';
import { backoffMs } from '@palier/base/backoff';
import { kitError } from '../../errors.ts';
import { checkedKey, checkedLifetime, checkedArgument, checkedTags } from '../call.ts';
import type { Deadlines } from '../deadlines.ts';
import { checkedReplicas } from '../durable/durable.ts';
import { NotNow } from '../durable/lane-redis.ts';
import { DurableLanes } from '../durable/lanes-redis.ts';
import type { HealthWatch } from '../health-watch.ts';
import type { CopyEvents, CopySource, CopySourceOptions } from '../copies/source.ts';
import type { KeepingFacts } from '../keeping/facts.ts';
import { factsOf } from '../keeping/facts-redis.ts';
import type { CallOptions, Kv, KvEngine, SetOptions, Value, WriteOptions } from '../kv.ts';
import type { CheckedStateOptions } from '../options.ts';
import type { Procedure } from '../procedure.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { CopySourceRedis } from './copy-source-redis.ts';
import { type LinkOptions, type Node, type RedisArgs, type RedisLink, type RedisReply, Unsent } from './link-redis.ts';
import { refusalOf } from './refusal.ts';
import { bytesOf, replyOf } from './reply.ts';
import type { Router } from './router.ts';
import { type Script, scriptOf } from './script.ts';
import { nodeName } from './cluster/slots.ts';

const none: readonly string[] = [];
const repeatBackoff = { firstMs: 5, maxMs: 50, floor: 0.5 };

export interface KvRedisParts {
  readonly engine: KvEngine;
  readonly router: Router;
  readonly deadlines: Deadlines;
  readonly health: HealthWatch;
  /** How further connections to its nodes are made. */
  readonly link: LinkOptions;
}

interface TurnedAway {
  readonly error: unknown;
  readonly key: string;
  readonly args: RedisArgs;
  /** Of a procedure: the command with the whole script. */
  readonly whole: (() => RedisArgs) | undefined;
  /** Of a durable call. */
  readonly replicas: number | undefined;
  readonly deadlineMs: number;
}

export class KvRedis implements Kv {
  readonly engine: KvEngine;
  readonly health: HealthWatch;
  readonly #router: Router;
  readonly #deadlines: Deadlines;
  readonly #options: CheckedStateOptions;
  readonly #around: StateSurroundings;
  readonly #scripts = new WeakMap<Procedure<unknown>, Script>();
  readonly #link: LinkOptions;
  readonly #copies = new Map<CopySource, CopyEvents>();
  readonly #lanes: DurableLanes;
  #closed = false;
  #repeating = 0;

  constructor(
    { engine, router, deadlines, health, link }: KvRedisParts,
    options: CheckedStateOptions,
    around: StateSurroundings,
  ) {
    this.engine = engine;
    this.health = health;
    this.#router = router;
    this.#deadlines = deadlines;
    this.#link = link;
    this.#options = options;
    this.#around = around;
    this.#lanes = new DurableLanes(router, deadlines, options, around);
  }

  get(key: string, options?: CallOptions): Promise<Buffer | undefined> {
    return this.#checked(() => {
      checkedKey(key, this.#options);
      return this.#send(key, ['GET', key], options?.timeoutMs, undefined, bytesOf, none);
    });
  }

  getMany(keys: readonly string[], options?: CallOptions): Promise<(Buffer | undefined)[]> {
    // One command each, pipelined: the keys may lie on different nodes.
    return Promise.all(keys.map((key) => this.get(key, options)));
  }

  set(key: string, value: Value, options: SetOptions = {}): Promise<boolean> {
    return this.#checked(() => {
      checkedKey(key, this.#options);
      const args: (string | Buffer)[] = ['SET', key, checkedArgument(value, this.#options)];
      if (options.expiresInMs !== undefined) args.push('PX', String(checkedLifetime(options.expiresInMs)));
      if (options.onlyIf !== undefined) args.push(options.onlyIf === 'absent' ? 'NX' : 'XX');
      const { timeoutMs, durable } = options;
      return this.#send(key, args, timeoutMs, checkedReplicas(durable), isThere, [key]);
    });
  }

  delete(key: string, options: WriteOptions = {}): Promise<boolean> {
    return this.#checked(() => {
      checkedKey(key, this.#options);
      const { timeoutMs, durable } = options;
      return this.#send(key, ['UNLINK', key], timeoutMs, checkedReplicas(durable), isOne, [key]);
    });
  }

  run<Result>(
    procedure: Procedure<Result>,
    keys: readonly string[],
    args: readonly (Value | number)[],
    options: WriteOptions = {},
  ): Promise<Result> {
    return this.#checked(() => {
      for (const key of keys) checkedKey(key, this.#options);
      checkedTags(procedure.name, keys);
      const { sha, text } = this.#script(procedure);
      const readOnly = procedure.readOnly === true;
      const bySha = [readOnly ? 'EVALSHA_RO' : 'EVALSHA', sha, String(keys.length), ...keys] as (string | Buffer)[];
      for (const arg of args) bySha.push(typeof arg === 'number' ? String(arg) : checkedArgument(arg, this.#options));
      const read = (reply: RedisReply): Result => procedure.read(replyOf(procedure.name, reply));
      const whole = (): RedisArgs => [readOnly ? 'EVAL_RO' : 'EVAL', text, ...bySha.slice(2)];
      const replicas = checkedReplicas(readOnly ? undefined : options.durable);
      return this.#send(keys[0] ?? '', bySha, options.timeoutMs, replicas, read, readOnly ? none : keys, whole);
    });
  }

  copySource(events: CopyEvents, options: CopySourceOptions): CopySource {
    const { timeoutMs } = this.#options;
    const sharded = this.engine === 'cluster';
    const parts = { router: this.#router, link: this.#link, deadlines: this.#deadlines, sharded, timeoutMs };
    const source = new CopySourceRedis(parts, events, options, this.#around, () => this.#copies.delete(source));
    this.#copies.set(source, events);
    return source;
  }

  async keepingFacts(options?: CallOptions): Promise<readonly KeepingFacts[]> {
    if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
    const { clock, timers } = this.#around;
    const timeoutMs = options?.timeoutMs ?? this.#options.timeoutMs;
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    while (this.#router.links().length === 0) {
      if (clock.monotonicMs() >= deadlineMs) throw kitError('PALIER_STATE_LATE', { engine: 'Redis', outcome: 'none' });
      await timers.sleep(10);
    }
    return Promise.all(
      this.#router.links().map(async (link) => {
        // A user may be let in and not be allowed to ask.
        const ask = (...args: string[]): Promise<RedisReply> =>
          link.send(args, timeoutMs).catch((error: unknown) => {
            if (error instanceof ErrorReply) return null;
            throw error;
          });
        const [memory, persistence, save] = await Promise.all([
          ask('INFO', 'memory'),
          ask('INFO', 'persistence'),
          ask('CONFIG', 'GET', 'save'),
        ]);
        return factsOf(nodeName(link.node as Node), memory, persistence, save);
      }),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const source of this.#copies.keys()) source.close();
    // A call that was turned away is under way too, though no node has it at this moment.
    do {
      await Promise.all([this.#router.drained(), this.#lanes.drained()]);
      await this.#around.timers.sleep(1);
    } while (this.#repeating > 0);
    this.#router.close();
    this.#deadlines.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What this process wrote is dropped from its own copies before the caller hears of it; what failed may have been done. */
  #written(keys: readonly string[]): void {
    if (keys.length === 0 || this.#copies.size === 0) return;
    for (const events of this.#copies.values()) for (const key of keys) events.changed(key);
  }

  #script(procedure: Procedure<unknown>): Script {
    const known = this.#scripts.get(procedure);
    if (known !== undefined) return known;
    const script = scriptOf(procedure.lua);
    this.#scripts.set(procedure, script);
    return script;
  }

  /** What is thrown before a call begins is the answer of that call. */
  #checked<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return call();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The common way makes one promise, and no timer: at 200 000 calls a second each further one costs some percent. */
  #send<Result>(
    key: string,
    args: RedisArgs,
    ownTimeoutMs: number | undefined,
    replicas: number | undefined,
    read: (reply: RedisReply) => Result,
    changes: readonly string[],
    whole?: () => RedisArgs,
  ): Promise<Result> {
    if (this.#closed) return Promise.reject(kitError('PALIER_STATE_CLOSED', { outcome: 'none' }));
    const timeoutMs = ownTimeoutMs ?? this.#options.timeoutMs;
    const startedMs = this.#around.clock.monotonicMs();
    return new Promise((resolve, reject) => {
      const answered = (reply: RedisReply): void => {
        this.#written(changes);
        try {
          resolve(read(reply));
        } catch (error) {
          reject(error);
        }
      };
      const givenUp = (error: unknown): void => {
        this.#written(changes);
        reject(error);
      };
      const failed = (error: unknown): void => {
        void this.#again({ error, key, args, whole, replicas, deadlineMs: startedMs + timeoutMs }, answered, givenUp);
      };
      const link = this.#router.linkFor(key);
      if (replicas === undefined) link.call(args, timeoutMs, startedMs, answered, failed);
      else this.#lanes.beside(link).call({ args, asking: false, replicas, timeoutMs }, startedMs, answered, failed);
    });
  }

  async #again(
    turnedAway: TurnedAway,
    answered: (reply: RedisReply) => void,
    reject: (error: unknown) => void,
  ): Promise<void> {
    this.#repeating++;
    try {
      answered(await this.#repeat(turnedAway));
    } catch (error) {
      reject(error);
    } finally {
      this.#repeating--;
    }
  }

  async #repeat({ error: first, key, args, whole, replicas, deadlineMs }: TurnedAway): Promise<RedisReply> {
    const { clock, timers, random } = this.#around;
    let error = first;
    let next = args;
    let link = this.#router.linkFor(key);
    let asking = false;
    for (let attempt = 0; ; attempt++) {
      if (!(error instanceof ErrorReply) && !(error instanceof Unsent)) throw error;
      if (this.#closed && error instanceof Unsent) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
      const refusal = error instanceof Unsent ? 'not-yet' : refusalOf(error.message);
      if (refusal === 'refused') throw this.#refused(error, key);
      if (refusal === 'no-script') {
        // Of the node that was asked, also when it was asked because another one said so.
        if (whole !== undefined) next = whole();
      } else {
        // A node that fails over, too, may not be the one any more.
        const other = error instanceof ErrorReply ? this.#router.redirect(error.message, key) : undefined;
        ({ link, asking } = other ?? { link: this.#router.linkFor(key), asking: false });
      }
      const leftMs = deadlineMs - clock.monotonicMs();
      const waitMs =
        refusal === 'no-script' || (refusal === 'elsewhere' && attempt === 0)
          ? 0
          : backoffMs(attempt, repeatBackoff, random);
      if (leftMs <= waitMs) throw error instanceof NotNow ? error.told : this.#refused(error, key);
      if (waitMs > 0) await timers.sleep(waitMs);
      try {
        return await this.#sendTo(link, next, asking, replicas, leftMs - waitMs);
      } catch (again) {
        error = again;
      }
    }
  }

  #sendTo(
    link: RedisLink,
    args: RedisArgs,
    asking: boolean,
    replicas: number | undefined,
    timeoutMs: number,
  ): Promise<RedisReply> {
    if (replicas !== undefined) return this.#lanes.beside(link).send({ args, asking, replicas, timeoutMs });
    if (asking) link.send(['ASKING'], timeoutMs).catch(() => {});
    return link.send(args, timeoutMs);
  }

  #refused(error: Error, key: string): Error {
    if (/WRONGTYPE/.test(error.message)) {
      const facts = { key, kind: 'value of another kind', expected: 'fitting one', outcome: 'none' };
      return kitError('PALIER_STATE_KIND', facts, { cause: error });
    }
    return kitError('PALIER_STATE_REFUSED', { engine: 'Redis', why: error.message, outcome: 'none' }, { cause: error });
  }
}

function isThere(reply: RedisReply): boolean {
  return reply !== null;
}

function isOne(reply: RedisReply): boolean {
  return reply === 1;
}
