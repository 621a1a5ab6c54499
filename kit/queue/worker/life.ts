/**
 * The sign of life of a worker, and what it does for all: it beats, looks whether the others do, takes the jobs of those that do not, lets
 * delayed jobs take their turns, writes progress, forgets what is old; and proves that the queue is consumed.
 */
import type { Cancel } from '@palier/base/timers';
import { enter, fire } from '../schedule/schedules.ts';
import { claimable, type Claimed } from '../store/claim.ts';
import { heldUnder } from '../store/ground.ts';
import { type ParkedPlace, reviveParked } from '../store/desk.ts';
import { forgetEmpty, forgetEnded } from '../store/forget.ts';
import { promoteDue } from '../store/due.ts';
import { beat, beats, buryWorker, enrol, type Held, heldBy, resign, strays } from '../store/workers.ts';
import type { WorkerParts } from './parts.ts';
import { Watched } from './watched.ts';

export interface LifeEvents {
  /** Nothing that this worker holds is its own any more. */
  lost(): void;
  /** What the tables say that this worker has. */
  held(rows: readonly Held[]): void;
  /** Jobs have become ready. */
  more(): void;
  /** There are jobs that must run alone. */
  suspects(): void;
  /** Whether it could run more. */
  free(): boolean;
  /** Whether nothing runs. */
  idle(): boolean;
  /** Jobs were added for all. */
  added(): void;
}

/** A delayed job is noticed so soon, unless it was due to be seen earlier. */
const mostDueMs = 1000;
const leastDueMs = 5;
/** What is no matter of moments is done so seldom. */
const tidyEveryBeats = 4;
/** More than a worker may run, have in stock and have settled without an answer. */
const mostHeld = 20_000;
/** Schedules are looked at so often at least: the engine's clock may have been set. */
const mostScheduleMs = 60_000;

export class Life {
  readonly #parts: WorkerParts;
  readonly #events: LifeEvents;
  readonly #watched: Watched;
  readonly #progress = new Map<number, { readonly claim: number; readonly json: string }>();
  #worker = 0;
  #lastBeatMs = 0;
  #beats = 0;
  #alive = false;
  #ticking: Promise<void> | undefined;
  #looking = false;
  #over = false;
  #stopBeating: Cancel | undefined;
  #cancelDue: Cancel | undefined;
  #cancelFire: Cancel | undefined;
  #others = 0;
  #dueAtMs = 0;
  #answeredMs = 0;
  #askedMs: number | undefined;
  #reached = 0;
  #parkedPlace: ParkedPlace | undefined;
  #parkedLeft = false;

  constructor(parts: WorkerParts, events: LifeEvents) {
    this.#parts = parts;
    this.#events = events;
    this.#watched = new Watched(parts.queue.leaseMs);
  }

  get worker(): number {
    return this.#worker;
  }

  get alive(): boolean {
    return this.#alive;
  }

  async begin(): Promise<void> {
    const { ground, around, queue } = this.#parts;
    await this.#enrol();
    await this.#takeUpParked();
    await enter(ground, this.#parts.planned);
    this.#stopBeating = around.timers.every(Math.max(1, Math.floor(queue.leaseMs / 3)), () => {
      this.#ticking ??= this.#tick().finally(() => (this.#ticking = undefined));
      this.#watch();
    });
    this.dueIn(0);
    if (this.#parts.planned.length > 0) this.#fireIn(0);
  }

  async end(): Promise<void> {
    this.#over = true;
    this.#alive = false;
    this.#stopBeating?.();
    this.#cancelDue?.();
    this.#cancelFire?.();
    // It would find its own row gone, and begin anew.
    await this.#ticking;
    try {
      await this.#writeProgress();
      await resign(this.#parts.ground, this.#worker);
    } catch {
      // Others will find that it beats no more.
    }
  }

  /** A claim was answered: the worker is consuming. */
  answered(): void {
    this.#answeredMs = this.#nowMs();
    this.#askedMs = undefined;
  }

  /** How far the turns have come: new ones stand behind it. */
  reached(rows: readonly Claimed[]): void {
    if (!this.#parts.queue.fair || rows.length === 0) return;
    const turn = Math.max(...rows.map(({ turn }) => turn));
    if (turn <= this.#reached) return;
    this.#reached = turn;
    const { sql, db, queue } = this.#parts.ground;
    const update = db
      .updateTable('palier_queues')
      .set({ reached: turn })
      .where('id', '=', queue)
      .where('reached', '<', turn);
    void sql.run(update).catch(() => {});
  }

  progress(id: number, claim: number, json: string): void {
    this.#progress.set(id, { claim, json });
  }

  /** A job will be due by then. */
  dueIn(inMs: number): void {
    if (this.#over) return;
    const delayMs = Math.max(leastDueMs, Math.min(mostDueMs, inMs));
    const atMs = this.#nowMs() + delayMs;
    if (this.#cancelDue !== undefined && atMs >= this.#dueAtMs) return;
    this.#cancelDue?.();
    this.#dueAtMs = atMs;
    this.#cancelDue = this.#parts.around.timers.after(delayMs, () => void this.#lookForDue());
  }

  #nowMs(): number {
    return this.#parts.around.clock.monotonicMs();
  }

  async #enrol(): Promise<void> {
    const { ground, options } = this.#parts;
    const sentMs = this.#nowMs();
    this.#worker = await enrol(ground, options.name);
    this.#lastBeatMs = sentMs;
    this.#alive = true;
    this.#answeredMs = this.#nowMs();
  }

  async #lookForDue(): Promise<void> {
    this.#cancelDue = undefined;
    if (this.#looking || this.#over) return;
    this.#looking = true;
    let nextInMs = mostDueMs;
    try {
      const due = await promoteDue(this.#parts.ground);
      nextInMs = due.nextInMs ?? mostDueMs;
      if (due.promoted > 0) this.#events.more();
    } catch {
      // The next look may fare better; that the database is away is told by itself.
    } finally {
      this.#looking = false;
    }
    this.dueIn(nextInMs);
  }

  async #tick(): Promise<void> {
    try {
      if (!this.#over) await this.#beat();
    } catch {
      // Told by the database itself; the lease runs on.
    }
  }

  async #beat(): Promise<void> {
    const { ground, around, queue, meters } = this.#parts;
    if (!this.#alive) {
      await this.#enrol();
      this.#events.more();
    }
    const sentMs = this.#nowMs();
    if (!(await beat(ground, this.#worker))) {
      around.log('warn', 'this worker was given up for lost; it begins anew', {
        queue: queue.name,
        worker: this.#worker,
      });
      this.#loseAll();
      await this.#enrol();
      this.#events.more();
      return;
    }
    this.#lastBeatMs = sentMs;
    this.#events.held(await heldBy(ground, this.#worker, mostHeld));
    await this.#writeProgress();
    await this.#bury();
    await meters.refresh();
    // Not all at once: while one runs suspects alone, the others go on.
    const mine = this.#events.idle() || around.random.next() * (this.#others + 1) < 1;
    if (mine && (await claimable(ground, 'suspect', 1)).length > 0) this.#events.suspects();
    if (this.#beats++ % tidyEveryBeats === 0) await this.#tidy();
    if (this.#parkedLeft) await this.#takeUpParked();
  }

  async #tidy(): Promise<void> {
    const { ground } = this.#parts;
    await forgetEnded(ground);
    await forgetEmpty(ground);
    // A worker of an older version may have parked them after this one came.
    this.#parkedLeft = true;
  }

  /** A part of them at each beat, until they were all looked at. */
  async #takeUpParked(): Promise<void> {
    const { ground, kinds } = this.#parts;
    const known = new Map(Object.entries(kinds).map(([name, { version }]) => [name, version]));
    const { revived, next } = await reviveParked(ground, known, this.#parkedPlace);
    this.#parkedPlace = next;
    this.#parkedLeft = next !== undefined;
    if (revived > 0) this.#events.more();
  }

  #fireIn(inMs: number): void {
    if (this.#over) return;
    const delayMs = Math.max(leastDueMs, Math.min(mostScheduleMs, inMs));
    this.#cancelFire = this.#parts.around.timers.after(delayMs, () => void this.#fire());
  }

  /** Recurring jobs: any worker may be the one that adds them. */
  async #fire(): Promise<void> {
    const { ground, planned } = this.#parts;
    try {
      const { added, nextInMs } = await fire(ground, planned);
      if (added.length > 0) this.#events.added();
      this.#fireIn(nextInMs);
    } catch {
      this.#fireIn(mostDueMs);
    }
  }

  /** Without a beat for a lease the others may have taken its jobs already. */
  #checkLease(): void {
    const { around, queue } = this.#parts;
    if (!this.#alive || this.#nowMs() - this.#lastBeatMs < queue.leaseMs) return;
    around.log('warn', 'no beat of this worker was answered for a lease; it begins anew', { queue: queue.name });
    this.#loseAll();
  }

  #loseAll(): void {
    this.#alive = false;
    this.#progress.clear();
    this.#parts.meters.lost();
    this.#events.lost();
  }

  async #bury(): Promise<void> {
    const { ground, around, queue, meters } = this.#parts;
    const there = await beats(ground);
    const lost: { readonly id: number; readonly beat?: number }[] = this.#watched.see(
      there,
      this.#worker,
      this.#nowMs(),
    );
    this.#others = there.length - 1;
    // What runs is looked through, so seldom.
    const astray = this.#beats % tidyEveryBeats === 1 ? await strays(ground) : [];
    for (const id of astray) if (id !== this.#worker) lost.push({ id });
    for (const one of lost) {
      const taken = await buryWorker(ground, one);
      if (taken === undefined) continue;
      around.log('warn', 'a worker was lost', { queue: queue.name, worker: one.id, ...taken });
      meters.settled('crash', taken.freed);
      meters.settled('condemn', taken.condemned);
      if (taken.freed > 0) this.#events.more();
    }
  }

  async #writeProgress(): Promise<void> {
    const { sql, db, engine } = this.#parts.ground;
    const written = [...this.#progress];
    if (written.length === 0) return;
    this.#progress.clear();
    await sql.atomically(
      written.map(([id, { claim, json }]) =>
        db
          .updateTable('palier_jobs')
          .set({ progress: json })
          .where('id', '=', id)
          .where(heldUnder(engine, [claim])),
      ),
    );
  }

  #watch(): void {
    if (this.#over) return;
    this.#watchdog();
    this.#checkLease();
  }

  /**
   * Proves consumption: whoever could run more is made to ask, and is answered. Silence for `stallMs` is told, and this worker begins anew
   * under another number: whatever hangs, hangs under the old one.
   */
  #watchdog(): void {
    const { options, around, queue, meters } = this.#parts;
    const nowMs = this.#nowMs();
    if (!this.#alive || !this.#events.free()) this.answered();
    const silentMs = nowMs - this.#answeredMs;
    if (silentMs < options.stallMs / 2) return;
    this.#askedMs ??= nowMs;
    this.#events.more();
    if (nowMs - this.#askedMs < options.stallMs / 2) return;
    meters.stalled();
    around.log('error', 'this worker does not consume; it begins anew', {
      queue: queue.name,
      silentMs: Math.round(silentMs),
    });
    this.answered();
    this.#loseAll();
  }
}
