/**
 * Virtual time for tests: a `Clock` and `Timers` that move only when the test says so, and always in the same order.
 */
import type { Clock } from '@palier/base/clock';
import { sleepWith, type Timers } from '@palier/base/timers';

export interface VirtualTime {
  readonly clock: Clock;
  readonly timers: Timers;
  /**
   * Moves the time on by `byMs` and runs what falls due, in order of due time, then of planning. After each call, promises are let
   * settle, so that `await timers.sleep(…)` in the code under test goes on before the next call is due.
   */
  advance(byMs: number): Promise<void>;
  /** The same without letting promises settle: for simulations of millions of steps that use callbacks only. */
  advanceAtOnce(byMs: number): void;
  /** The wall clock jumps (NTP, suspend); the monotonic one does not notice. */
  jumpWallClock(byMs: number): void;
  /** Calls that are planned and not yet called off. */
  readonly pending: number;
  /** Milliseconds until the next planned call, or null. */
  readonly nextInMs: number | null;
}

/** Time that begins at `epochMs` (default: 2026-01-01T00:00:00Z), monotonic 0. */
export function virtualTime(epochMs: number = Date.UTC(2026, 0, 1)): VirtualTime {
  const agenda = new Agenda();
  let wallOffsetMs = epochMs;
  return {
    clock: { epochMs: () => Math.floor(wallOffsetMs + agenda.nowMs), monotonicMs: () => agenda.nowMs },
    timers: {
      after: (delayMs, run) => agenda.after(delayMs, run),
      every: (periodMs, run) => agenda.every(periodMs, run),
      soon: (run) => agenda.soon(run),
      sleep: (delayMs, signal) => sleepWith((ms, run) => agenda.after(ms, run), delayMs, signal),
    },
    async advance(byMs) {
      const untilMs = agenda.nowMs + byMs;
      await settle();
      while (agenda.step(untilMs)) await settle();
      agenda.nowMs = untilMs;
    },
    advanceAtOnce(byMs) {
      const untilMs = agenda.nowMs + byMs;
      while (agenda.step(untilMs));
      agenda.nowMs = untilMs;
    },
    jumpWallClock(byMs) {
      wallOffsetMs += byMs;
    },
    get pending() {
      return agenda.planned.length;
    },
    get nextInMs() {
      const next = agenda.planned.at(-1);
      return next === undefined ? null : next.dueMs - agenda.nowMs;
    },
  };
}

interface Planned {
  dueMs: number;
  order: number;
  readonly run: () => void;
}

/** The planned calls and the time that they see. */
class Agenda {
  nowMs = 0;
  /** The next one last, so that taking it is cheap. */
  readonly planned: Planned[] = [];
  #order = 0;

  after(delayMs: number, run: () => void): () => void {
    const call = { dueMs: this.nowMs + Math.max(1, delayMs), order: this.#order++, run };
    this.#plan(call);
    return () => this.#callOff(call);
  }

  soon(run: () => void): () => void {
    const call = { dueMs: this.nowMs, order: this.#order++, run };
    this.#plan(call);
    return () => this.#callOff(call);
  }

  every(periodMs: number, run: () => void): () => void {
    const plan = (): void => {
      call.dueMs += Math.max(1, periodMs);
      call.order = this.#order++;
      this.#plan(call);
    };
    const call: Planned = {
      dueMs: this.nowMs,
      order: 0,
      run() {
        plan();
        run();
      },
    };
    plan();
    return () => this.#callOff(call);
  }

  /** Runs the next call that is due by `untilMs`; false when there is none. */
  step(untilMs: number): boolean {
    const next = this.planned.at(-1);
    if (next === undefined || next.dueMs > untilMs) return false;
    this.planned.pop();
    this.nowMs = Math.max(this.nowMs, next.dueMs);
    next.run();
    return true;
  }

  #plan(call: Planned): void {
    let low = 0;
    let high = this.planned.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.planned[middle] as Planned;
      if (other.dueMs > call.dueMs || (other.dueMs === call.dueMs && other.order > call.order)) low = middle + 1;
      else high = middle;
    }
    this.planned.splice(low, 0, call);
  }

  #callOff(call: Planned): void {
    const place = this.planned.indexOf(call);
    if (place !== -1) this.planned.splice(place, 1);
  }
}

/** Promise callbacks all run before the next turn of the real event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
