/**
 * Our calls of somebody else's API, over all replicas within its limit: who would be one too many waits for its turn instead of being refused.
 *
 * One line for each id in each replica, first come, first served; its head reserves the next turn in the shared bucket, so that the heads of
 * the replicas take turns. What the API answers is learned: the smaller of what we believe and what it says holds, for all replicas.
 */
import type { Cancel } from '@palier/base/timers';
import { kitError } from '../../errors.ts';
import type { Kv, StateSurroundings } from '../../state/index.ts';
import { Keys } from '../keys.ts';
import { type Limiter, openLimiter } from '../limiter.ts';
import { type CheckedLimit, checkedLimiterOptions, type WhenAway } from '../options.ts';
import { holdProcedure } from '../bucket/procedures.ts';
import { Remembered } from '../remembered.ts';
import { type Learned, learnedFrom, type UpstreamAnswer } from './learned.ts';

export interface UpstreamOptions {
  /** Part of each key: replicas with one name share the limit. */
  readonly name: string;
  /** What the API allows for each id: Twitch gives 800 points in 60 000 ms to a user's token. */
  readonly permits: number;
  readonly windowMs: number;
  /** Default: a tenth of `permits`, at least 1: an API counts from another moment than we do, so that little is used at once. */
  readonly burst?: number;
  /** With nothing left of theirs: `refills` (a bucket, as Twitch's: one comes back soon) or `resets` (a window: none before its end). Default `refills`. */
  readonly whenEmpty?: 'refills' | 'resets';
  /** Calls that may wait in one line; one more is refused with PALIER_LIMIT_LINE. Default 1000. */
  readonly maxWaiting?: number;
  /** How long a call may wait when it does not say itself; then PALIER_LIMIT_LATE. Default 30 000 ms. */
  readonly maxWaitMs?: number;
  /** Default `share`: each replica goes on with its part. `closed`: all wait until the state is back. */
  readonly whenAway?: WhenAway;
  readonly assumedReplicas?: number;
}

export interface TurnOptions {
  /** Default 1. */
  readonly cost?: number;
  readonly maxWaitMs?: number;
  readonly signal?: AbortSignal;
}

export interface Upstream extends AsyncDisposable {
  /** Resolves when it is this call's turn. Rejects with PALIER_LIMIT_LINE, PALIER_LIMIT_LATE, PALIER_LIMIT_ASK, or the signal's reason. */
  turn(id: string, options?: TurnOptions): Promise<void>;
  /** Hand in every answer of the API, refusals too. Who has reserved a turn already still takes it. */
  learn(id: string, answer: UpstreamAnswer): Promise<void>;
  close(): Promise<void>;
}

/** Throws PALIER_LIMIT_OPTION. */
export function openUpstream(kv: Kv, around: StateSurroundings, options: UpstreamOptions): Upstream {
  return new KvUpstream(kv, around, options);
}

interface Waiting {
  readonly cost: number;
  resolve(): void;
  reject(error: unknown): void;
  /** Answered already: called off, or late. */
  gone: boolean;
}

interface Line {
  readonly waiting: Waiting[];
  pumping: boolean;
}

/** The longest that an API may tell us to stay away: what is longer is asked again. */
const maxHoldMs = 900_000;
/** A head reserves no turn further away than this, so that what is learned meanwhile counts for most. */
const reserveMs = 1000;
const retryMs = 250;
const maxIds = 10_000;

class KvUpstream implements Upstream {
  readonly #kv: Kv;
  readonly #around: StateSurroundings;
  readonly #options: Required<Pick<UpstreamOptions, 'maxWaiting' | 'maxWaitMs' | 'whenEmpty'>> & UpstreamOptions;
  readonly #limiter: Limiter<'api'>;
  readonly #limit: CheckedLimit;
  readonly #keys: Keys;
  readonly #lines = new Map<string, Line>();
  /** How much smaller their limit is than what we believed, by id. */
  readonly #scales = new Remembered<number>(maxIds);
  readonly #closing = new AbortController();

  constructor(kv: Kv, around: StateSurroundings, options: UpstreamOptions) {
    this.#kv = kv;
    this.#around = around;
    this.#options = { maxWaiting: 1000, maxWaitMs: 30_000, whenEmpty: 'refills', ...options };
    const { name, permits, windowMs, whenAway = 'share', assumedReplicas } = options;
    const burst = options.burst ?? Math.max(1, Math.floor(permits / 10));
    const limiter = {
      name,
      limits: { api: { permits, windowMs, burst, maxWaitMs: maxHoldMs } },
      whenAway,
      ...(assumedReplicas === undefined ? {} : { assumedReplicas }),
      repeatRefusalMs: 0,
    };
    this.#limit = checkedLimiterOptions(limiter).limits[0] as CheckedLimit;
    this.#keys = new Keys(kv.engine, name, this.#limit);
    this.#limiter = openLimiter(kv, around, limiter);
  }

  turn(id: string, { cost = 1, maxWaitMs = this.#options.maxWaitMs, signal }: TurnOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      if (!Number.isSafeInteger(cost) || cost < 1 || cost > this.#limit.burst) {
        const expected = `a whole number from 1 to the burst, ${this.#limit.burst}`;
        throw kitError('PALIER_LIMIT_ASK', { what: `a cost of ${cost}`, expected });
      }
      const line = this.#line(id);
      const { maxWaiting } = this.#options;
      if (line.waiting.length >= maxWaiting) throw kitError('PALIER_LIMIT_LINE', { waiting: maxWaiting });
      const plans: Cancel[] = [];
      const leave = (): void => {
        waiting.gone = true;
        for (const cancel of plans) cancel();
        const place = line.waiting.indexOf(waiting);
        if (place >= 0) line.waiting.splice(place, 1);
      };
      const fail = (error: unknown): void => {
        leave();
        reject(error);
      };
      const waiting: Waiting = {
        cost,
        gone: false,
        resolve() {
          leave();
          resolve();
        },
        reject: fail,
      };
      const late = (): void => fail(kitError('PALIER_LIMIT_LATE', { maxWaitMs }));
      plans.push(this.#around.timers.after(maxWaitMs, late));
      if (signal !== undefined) {
        const stop = (): void => fail(signal.reason);
        signal.addEventListener('abort', stop, { once: true });
        plans.push(() => signal.removeEventListener('abort', stop));
      }
      line.waiting.push(waiting);
      if (!line.pumping) void this.#pump(id, line);
    });
  }

  async learn(id: string, answer: UpstreamAnswer): Promise<void> {
    const learned = learnedFrom(answer, this.#around.clock.epochMs());
    const { permits } = this.#options;
    if (learned.limit !== undefined) {
      if (learned.limit < permits) this.#scales.set(id, permits / learned.limit);
      else this.#scales.delete(id);
    }
    const aheadUs = this.#ahead(learned, this.#scales.get(id) ?? 1);
    if (aheadUs <= 0) return;
    const { intervalUs, capacityUs, horizonUs } = this.#limit.terms;
    try {
      await this.#kv.run(holdProcedure, [this.#keys.of(id).key], [intervalUs, capacityUs, horizonUs, aheadUs]);
    } catch {
      // The state is away; the next answer says it again.
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(kitError('PALIER_STATE_CLOSED', { outcome: 'none' }));
    for (const { waiting } of this.#lines.values())
      for (const one of waiting.splice(0)) one.reject(this.#closing.signal.reason);
    await this.#limiter.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #line(id: string): Line {
    const known = this.#lines.get(id);
    if (known !== undefined) return known;
    if (this.#lines.size >= maxIds) throw kitError('PALIER_LIMIT_LINE', { waiting: maxIds });
    const line = { waiting: [], pumping: false };
    this.#lines.set(id, line);
    return line;
  }

  /** One turn after the other, while somebody waits. A turn whose head has left goes to the next one. */
  async #pump(id: string, line: Line): Promise<void> {
    line.pumping = true;
    try {
      for (let head = line.waiting[0]; head !== undefined; head = line.waiting[0]) {
        const cost = Math.min(this.#limit.burst, Math.ceil(head.cost * (this.#scales.get(id) ?? 1)));
        const call = { cost, maxWaitMs: reserveMs, signal: this.#closing.signal };
        const decision = await this.#limiter.take({ api: id }, call);
        if (decision.outcome === 'admitted') {
          const next = head.gone ? line.waiting.find((one) => one.cost <= (head as Waiting).cost) : head;
          if (next === undefined) await this.#limiter.refund(decision).catch(() => {});
          else next.resolve();
        } else {
          const waitMs = decision.outcome === 'limited' ? Math.max(1, decision.retryAfterMs - reserveMs / 2) : retryMs;
          await this.#around.timers.sleep(Math.min(waitMs, reserveMs), this.#closing.signal);
        }
      }
    } catch (error) {
      for (const one of line.waiting.splice(0)) one.reject(error);
    } finally {
      line.pumping = false;
      this.#lines.delete(id);
    }
  }

  /** How far the bucket should be ahead by what they say, microseconds. */
  #ahead({ remaining, resetMs, waitMs }: Learned, scale: number): number {
    const { intervalUs, capacityUs } = this.#limit.terms;
    const awayMs = waitMs ?? (remaining === 0 && this.#options.whenEmpty === 'resets' ? resetMs : undefined);
    if (awayMs !== undefined) return Math.round(Math.min(awayMs, maxHoldMs) * 1000) + capacityUs - intervalUs;
    if (remaining === undefined) return 0;
    return capacityUs - Math.floor(remaining * scale) * intervalUs;
  }
}
