/**
 * One generator's load from its first user to its result: lets the players act when they are due, ends what takes too long, tells the
 * seconds. Its surroundings are handed in, so that a test can play hours in milliseconds.
 *
 * After the last stage nothing new is begun; requests in hand are waited for, at most the request timeout.
 */
import { ResponseParser } from '@palier/base/http1';
import type { Clock } from '@palier/base/clock';
import type { Cancel, Timers } from '@palier/base/timers';
import type { GeneratorPlan, LoadResult, LoadSecond } from '@palier/protocol';
import { sourceOf } from './client/source.ts';
import type { OpenChannel } from './client/channel.ts';
import type { Dial } from './client/wire.ts';
import { generatorLimits } from './options.ts';
import { Deadlines } from './pacing/deadlines.ts';
import { lengthOf, peakOf } from './pacing/pacer.ts';
import { Patience } from './pacing/patience.ts';
import type { HealthSource } from './record/health.ts';
import { Recorder } from './record/recorder.ts';
import { Crowd, type Players } from './user/crowd.ts';
import { Pool } from './user/pool.ts';
import { compileScript } from './user/script.ts';
import { tracerOf } from './user/trace.ts';
import type { User, World } from './user/user.ts';

export interface RunPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly dial: Dial;
  /** Null: the plan has no WebSocket steps. */
  readonly openChannel: OpenChannel | null;
  readonly health: HealthSource;
  readonly onSecond: (second: LoadSecond) => void;
  readonly onResult: (result: LoadResult) => void;
}

export class Run {
  readonly #ports: RunPorts;
  readonly #plan: GeneratorPlan;
  readonly #originMs: number;
  readonly #startedAtEpochMs: number;
  readonly #endMs: number;
  readonly #recorder: Recorder;
  readonly #players: Players;
  readonly #deadlines = new Deadlines<User>();
  /** Who waits for, and who holds, a WebSocket. */
  readonly #waits = new Patience<User>();
  readonly #holds = new Patience<User>();
  readonly #generations = new Map<number, number>();
  readonly #stopTick: Cancel;
  #stopAlarm: Cancel | null = null;
  #alarmMs = Number.POSITIVE_INFINITY;
  #waking = false;
  #draining = false;
  #ended = false;

  /** Begins at once. */
  constructor(plan: GeneratorPlan, ports: RunPorts) {
    this.#plan = plan;
    this.#ports = ports;

    this.#originMs = ports.clock.monotonicMs();
    this.#startedAtEpochMs = ports.clock.epochMs();
    const tracer = tracerOf(plan.seed, this.#startedAtEpochMs);
    const script = compileScript(plan, tracer);
    this.#endMs = lengthOf(plan.stages);
    this.#recorder = new Recorder({
      windows: plan.windows,
      routes: script.routes,
      health: ports.health,
      tickMs: generatorLimits.tickMs,
      inFlight: () => this.#deadlines.size + this.#waits.size,
      onSecond: ports.onSecond,
      traceIdOf: tracer.idOf,
    });
    const peak = plan.arrivals?.maxConcurrent ?? peakOf(plan.stages);
    const world: World = {
      script,
      seed: plan.seed,
      client: { dial: ports.dial, now: () => this.#now(), parser: new ResponseParser(), stamp: tracer.stamp },
      site: { host: plan.target.host, secure: plan.target.tls !== null },
      startedAtEpochMs: this.#startedAtEpochMs,
      recorder: this.#recorder,
      deadlines: this.#deadlines,
      endMs: this.#endMs,
      requestTimeoutMs: plan.requestTimeoutMs,
      nextNumber: (place) => {
        const generation = this.#generations.get(place) ?? 0;
        this.#generations.set(place, generation + 1);
        return place + generation * peak;
      },
      sourceOf: plan.ownAddresses ? sourceOf : () => null,
      open: plan.arrivals !== null,
      rest: (user, untilMs) => this.#rest(user, untilMs),
      talks: this.#talks(ports.openChannel),
    };
    this.#players = plan.arrivals === null ? new Crowd(plan, world) : new Pool(plan, plan.arrivals, world);
    this.#stopTick = ports.timers.every(generatorLimits.tickMs, () => this.#tick());
    this.#wake();
  }

  /** Ends the load now; requests in hand count nowhere. */
  stop(why: string): void {
    if (this.#ended) return;
    const now = this.#now();
    for (let user = this.#deadlines.any; user !== null; user = this.#deadlines.any) user.abandon(now);
    for (let user = this.#waits.any; user !== null; user = this.#waits.any) user.abandon(now);
    this.#players.abandon(now);
    this.#end(now, why);
  }

  #talks(open: OpenChannel | null): World['talks'] {
    if (open === null) return null;
    const hold = (user: User, durationMs: number, nowMs: number): void => {
      this.#holds.add(user, durationMs, nowMs);
      if (!this.#waking && nowMs + durationMs < this.#alarmMs) this.#setAlarm();
    };
    return { open, waits: this.#waits, holds: this.#holds, hold };
  }

  #now(): number {
    return this.#ports.clock.monotonicMs() - this.#originMs;
  }

  #tick(): void {
    const now = this.#now();
    this.#recorder.turn(now);
    const limit = now - this.#plan.requestTimeoutMs;
    for (let late = this.#deadlines.overdue(limit); late !== null; late = this.#deadlines.overdue(limit)) {
      late.overdue(now);
    }
    for (let late = this.#waits.overdue(now); late !== null; late = this.#waits.overdue(now)) late.overdue(now);
    if (now >= this.#endMs) this.#drain(now);
  }

  /** Lets act whoever is due, and sets the alarm for the next. */
  #wake(): void {
    this.#stopAlarm = null;
    this.#alarmMs = Number.POSITIVE_INFINITY;
    this.#waking = true;
    const now = this.#now();
    // Late as it may be, who was due before the end has still to act or to be counted as one that never did.
    while (now < this.#endMs) {
      const held = this.#holds.overdue(Math.min(now, this.#players.dueMs));
      if (held !== null) held.held(now);
      else if (this.#players.dueMs <= now) this.#players.act(now);
      else break;
    }
    this.#waking = false;
    this.#setAlarm();
  }

  #rest(user: User, untilMs: number): void {
    if (untilMs >= this.#endMs) return;
    this.#players.rest(user, untilMs);
    if (!this.#waking && untilMs < this.#alarmMs) this.#setAlarm();
  }

  #setAlarm(): void {
    if (this.#ended || this.#draining) return;
    const due = Math.min(this.#players.dueMs, this.#holds.nextDue, this.#endMs);
    if (due >= this.#alarmMs) return;
    this.#stopAlarm?.();
    this.#alarmMs = due;
    this.#stopAlarm = this.#ports.timers.after(Math.max(1, due - this.#now()), () => this.#alarm());
  }

  #alarm(): void {
    if (this.#now() >= this.#endMs) this.#drain(this.#now());
    else this.#wake();
  }

  /** The stages are over: who thinks goes; who waits is waited for. */
  #drain(now: number): void {
    if (!this.#draining) {
      this.#draining = true;
      // The last second ends with those who were there.
      this.#recorder.turn(now);
      this.#stopAlarm?.();
      this.#players.close(now, this.#endMs);
    }
    if (this.#deadlines.size + this.#waits.size === 0) this.#end(now, null);
  }

  #end(now: number, why: string | null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stopTick();
    this.#stopAlarm?.();
    this.#ports.onResult({
      startedAtEpochMs: this.#startedAtEpochMs,
      durationMs: Math.min(now, this.#endMs),
      windows: this.#recorder.finish(now),
      endedEarly: why,
    });
  }
}
