/**
 * One generator's load from its first user to its result: lets users come and go, wakes them, ends what takes too long, tells the
 * seconds. Its surroundings are handed in, so that a test can play hours in milliseconds.
 *
 * After the last stage nothing new is begun; requests in hand are waited for, at most the request timeout.
 */
import { ResponseParser } from '@palier/base/http1';
import type { Clock } from '@palier/base/clock';
import type { Cancel, Timers } from '@palier/base/timers';
import type { GeneratorPlan, LoadResult, LoadSecond } from '@palier/protocol';
import { sourceOf } from './client/source.ts';
import type { Dial } from './client/wire.ts';
import { generatorLimits } from './options.ts';
import { Agenda } from './pacing/agenda.ts';
import { Deadlines } from './pacing/deadlines.ts';
import { lengthOf, type Move, movesOf, peakOf } from './pacing/pacer.ts';
import type { HealthSource } from './record/health.ts';
import { Recorder } from './record/recorder.ts';
import { compileScript } from './user/script.ts';
import { tracerOf } from './user/trace.ts';
import { User, type World } from './user/user.ts';

export interface RunPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly dial: Dial;
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
  readonly #world: World;
  readonly #moves: Generator<Move, void, void>;
  #move: Move | undefined;
  readonly #agenda = new Agenda<User>();
  readonly #deadlines = new Deadlines<User>();
  readonly #users = new Map<number, User>();
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
      inFlight: () => this.#deadlines.size,
      onSecond: ports.onSecond,
      traceIdOf: tracer.idOf,
    });
    const peak = peakOf(plan.stages);
    this.#world = {
      script,
      seed: plan.seed,
      client: { dial: ports.dial, now: () => this.#now(), parser: new ResponseParser(), stamp: tracer.stamp },
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
      sleep: (user, untilMs) => this.#sleep(user, untilMs),
    };
    this.#moves = movesOf(plan.stages, plan.share);
    this.#move = this.#moves.next().value ?? undefined;
    this.#stopTick = ports.timers.every(generatorLimits.tickMs, () => this.#tick());
    this.#wake();
  }

  /** Ends the load now; requests in hand count nowhere. */
  stop(why: string): void {
    if (this.#ended) return;
    const now = this.#now();
    for (let user = this.#deadlines.any; user !== null; user = this.#deadlines.any) user.abandon(now);
    for (const user of this.#users.values()) user.abandon(now);
    this.#end(now, why);
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
    if (now >= this.#endMs) this.#drain(now);
  }

  /** Lets come, go and act whoever is due, and sets the alarm for the next. */
  #wake(): void {
    this.#stopAlarm = null;
    this.#alarmMs = Number.POSITIVE_INFINITY;
    this.#waking = true;
    const now = this.#now();
    for (;;) {
      const moveMs = this.#move === undefined ? Number.POSITIVE_INFINITY : this.#move.atMs;
      const due = Math.min(moveMs, this.#agenda.nextDue);
      // Late as it may be, who was due before the end has still to act or to be counted as one that never did.
      if (due > now || now >= this.#endMs) break;
      if (moveMs <= this.#agenda.nextDue) this.#make(this.#move as Move, now);
      else this.#agenda.take()?.wake();
    }
    this.#waking = false;
    this.#setAlarm();
  }

  #make({ place, comes, atMs }: Move, now: number): void {
    if (comes) this.#users.set(place, new User(this.#world, place, atMs));
    else {
      this.#users.get(place)?.leave(now);
      this.#users.delete(place);
    }
    this.#move = this.#moves.next().value ?? undefined;
  }

  #sleep(user: User, untilMs: number): void {
    if (untilMs >= this.#endMs) return;
    this.#agenda.add(untilMs, user);
    if (!this.#waking && untilMs < this.#alarmMs) this.#setAlarm();
  }

  #setAlarm(): void {
    if (this.#ended || this.#draining) return;
    const due = Math.min(this.#move?.atMs ?? this.#endMs, this.#agenda.nextDue, this.#endMs);
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
      while (this.#agenda.size > 0) {
        const due = this.#agenda.nextDue;
        // Not those who left meanwhile.
        if (this.#agenda.take()?.dueMs === due) this.#recorder.neverBegan(due);
      }
      for (
        ;
        this.#move?.comes === true && this.#move.atMs < this.#endMs;
        this.#move = this.#moves.next().value ?? undefined
      ) {
        this.#recorder.neverBegan(this.#move.atMs);
      }
      for (const user of this.#users.values()) user.leave(now);
      this.#users.clear();
    }
    if (this.#deadlines.size === 0) this.#end(now, null);
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
