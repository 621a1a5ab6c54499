/**
 * All that a load did, by window and route, and second by second.
 *
 * A request belongs to the window of its intended send, whenever it ends; but one that a user still waits for when a judged window begins
 * belongs to that: who hangs through the judged time must not be counted as warm-up. Of a hold's early parts, any of which may yet be cut
 * as warm-up, it belongs to the one in which it ends, for the same reason. To the second it belongs in which it ended, and a window counts,
 * beside the requests that belong to it, what ended in it: a window that has both those in hand at its beginning and those in hand at its
 * end has more than a server answered in its time. Waiting,
 * thinking and presence belong to the windows over which they lasted, in parts if need be.
 */
import { Histogram } from '@palier/base/histogram';
import type { LoadErrorClass, LoadSecond, Window, WindowResult } from '@palier/protocol';
import type { Fault } from '../user/answer.ts';
import type { Traced } from '../user/trace.ts';
import { HealthMeter, type HealthSource } from './health.ts';
import { WindowTally } from './tally.ts';

export interface RecorderOptions {
  readonly windows: readonly Window[];
  readonly routes: readonly string[];
  readonly health: HealthSource;
  /** How often `turn` is meant to be called. */
  readonly tickMs: number;
  readonly inFlight: () => number;
  readonly onSecond: (second: LoadSecond) => void;
  readonly traceIdOf: (of: Traced) => string;
}

/** A request that is over; a `traceRequest` of 0: it had no trace of ours. */
export interface Done extends Traced {
  readonly route: number;
  readonly intendedMs: number;
  readonly nowMs: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #traceIdOf = (of: Traced): string | null => (of.traceRequest === 0 ? null : this.#options.traceIdOf(of));
  readonly #windows: readonly WindowTally[];
  #recent: WindowTally;
  #current = 0;
  /** In which, by the time of the last answer, answers end; null: in none. */
  #ending: WindowTally | null;

  #users = 0;

  #secondEndMs = 1000;
  #secondArrivals = 0;
  #secondRefused = 0;
  #secondRequests = 0;
  #secondErrors: Partial<Record<LoadErrorClass, number>> = {};
  readonly #secondResponse = new Histogram();
  readonly #secondService = new Histogram();
  readonly #secondLag = new Histogram();
  readonly #secondHealth: HealthMeter;
  readonly #windowHealth: HealthMeter;
  #turnedMs = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#windows = options.windows.map((window) => new WindowTally(window, this.#traceIdOf));
    this.#recent =
      this.#windows[0] ??
      new WindowTally({ name: 'nothing', startMs: 0, endMs: Number.POSITIVE_INFINITY, judged: false }, this.#traceIdOf);
    this.#ending = this.#recent;
    this.#secondHealth = new HealthMeter(options.health, 0);
    this.#windowHealth = new HealthMeter(options.health, 0);
  }

  /** The loop turned: ends what is over by now. */
  turn(nowMs: number): void {
    const stallMs = nowMs - this.#turnedMs - this.#options.tickMs;
    this.#turnedMs = nowMs;
    this.#secondHealth.stalled(stallMs);
    this.#windowHealth.stalled(stallMs);
    if (nowMs >= this.#secondEndMs) this.#endSeconds(nowMs);
    this.#endWindows(nowMs);
  }

  came(): void {
    this.#users++;
  }

  /** A user is gone that was there from `cameMs` on. */
  left(cameMs: number, nowMs: number): void {
    this.#users--;
    this.#spread(cameMs, nowMs, (tally, ms) => {
      tally.userMs += ms;
    });
  }

  /** A task was to begin; `taken` tells whether somebody was free to begin it. */
  arrived(atMs: number, nowMs: number, taken: boolean): void {
    const tally = this.#windowAt(atMs);
    if (nowMs >= this.#secondEndMs) this.#endSeconds(nowMs);
    tally.arrivals++;
    this.#secondArrivals++;
    if (taken) return;
    tally.refusedArrivals++;
    this.#secondRefused++;
  }

  /** A send is being made: a connection is opened or the request written. */
  began(intendedMs: number, nowMs: number): void {
    const tally = this.#windowAt(intendedMs);
    const lag = (nowMs - intendedMs) * 1000;
    tally.sendsDue++;
    tally.sendsMade++;
    tally.lag.record(lag);
    this.#secondLag.record(lag);
  }

  /** A send was due and will never be made. */
  neverBegan(intendedMs: number): void {
    this.#windowAt(intendedMs).sendsDue++;
  }

  /** There was no descriptor or port left for a send that had begun. */
  exhausted(intendedMs: number, nowMs: number): void {
    const tally = this.#windowAt(intendedMs);
    tally.sendsMade--;
    tally.exhausted++;
    this.#waited(intendedMs, nowMs);
  }

  retried(intendedMs: number): void {
    this.#windowAt(intendedMs).retried++;
  }

  failedStart(intendedMs: number): void {
    this.#windowAt(intendedMs).failedStarts++;
  }

  /** A request that was answered, or that was waited for in vain: it has a latency. */
  answered(done: Done, sentAtMs: number, fault: Fault | null): void {
    const { route, intendedMs, nowMs } = done;
    const tally = this.#windowOf(done).route(route);
    const responseMs = nowMs - intendedMs;
    const serviceMs = nowMs - sentAtMs;
    tally.request(done.sentBytes, done.receivedBytes);
    tally.took(responseMs, serviceMs, done);
    this.#ended(route, nowMs, fault === null);
    if (nowMs >= this.#secondEndMs) this.#endSeconds(nowMs);
    this.#secondRequests++;
    this.#secondResponse.record(responseMs * 1000);
    this.#secondService.record(serviceMs * 1000);
    if (fault !== null) this.#fault(done, fault);
    this.#waited(intendedMs, nowMs);
  }

  /** A request without a latency: no connection, or a broken one. */
  broken(done: Done, fault: Fault): void {
    this.#windowOf(done).route(done.route).request(done.sentBytes, done.receivedBytes);
    this.#ended(done.route, done.nowMs, false);
    if (done.nowMs >= this.#secondEndMs) this.#endSeconds(done.nowMs);
    this.#secondRequests++;
    this.#fault(done, fault);
    this.#waited(done.intendedMs, done.nowMs);
  }

  /** A message was dropped unread. */
  dropped(nowMs: number): void {
    this.#windowAt(nowMs).droppedMessages++;
  }

  thought(fromMs: number, toMs: number): void {
    this.#spread(fromMs, toMs, (tally, ms) => {
      tally.thinkMs += ms;
    });
  }

  /** The results; every user has left, and the recorder is done with. */
  finish(nowMs: number): WindowResult[] {
    this.turn(nowMs);
    if (this.#secondRequests > 0) this.#endSecond(nowMs);
    if (this.#current < this.#windows.length) this.#cutWindow(nowMs);
    return this.#windows.map((tally) => tally.result(this.#options.routes));
  }

  #fault(done: Done, { kind, text }: Fault): void {
    this.#windowOf(done).route(done.route).error(kind, text, done);
    this.#secondErrors[kind] = (this.#secondErrors[kind] ?? 0) + 1;
  }

  #waited(fromMs: number, toMs: number): void {
    this.#spread(fromMs, toMs, (tally, ms) => {
      tally.waitMs += ms;
    });
  }

  #spread(fromMs: number, toMs: number, add: (tally: WindowTally, ms: number) => void): void {
    const recent = this.#recent;
    if (fromMs >= recent.startMs && toMs <= recent.endMs) {
      add(recent, toMs - fromMs);
      return;
    }
    for (const tally of this.#windows) {
      const ms = Math.min(toMs, tally.endMs) - Math.max(fromMs, tally.startMs);
      if (ms > 0) add(tally, ms);
    }
  }

  #windowOf({ intendedMs, nowMs }: Done): WindowTally {
    const due = this.#windowAt(intendedMs);
    if (nowMs < due.endMs || (due.judged && !due.early)) return due;
    const isItsPart = ({ judged, early, startMs, endMs }: WindowTally): boolean =>
      judged && endMs > intendedMs && startMs <= nowMs && (nowMs < endMs || !early);
    return this.#windows.find(isItsPart) ?? due;
  }

  #ended(route: number, nowMs: number, isWell: boolean): void {
    const now = this.#ending;
    if (now === null || nowMs < now.startMs || nowMs >= now.endMs) {
      this.#ending = this.#windows.find(({ startMs, endMs }) => startMs <= nowMs && nowMs < endMs) ?? null;
    }
    this.#ending?.route(route).endedNow(isWell);
  }

  #windowAt(atMs: number): WindowTally {
    const recent = this.#recent;
    if (atMs >= recent.startMs && atMs < recent.endMs) return recent;
    for (const tally of this.#windows) {
      if (atMs < tally.endMs) {
        this.#recent = tally;
        return tally;
      }
    }
    return (this.#recent = this.#windows.at(-1) ?? recent);
  }

  #endWindows(nowMs: number): void {
    while (this.#current < this.#windows.length && nowMs >= (this.#windows[this.#current] as WindowTally).endMs) {
      this.#cutWindow(nowMs);
    }
  }

  #cutWindow(nowMs: number): void {
    (this.#windows[this.#current++] as WindowTally).health = this.#windowHealth.cut(nowMs);
  }

  #endSeconds(nowMs: number): void {
    while (nowMs >= this.#secondEndMs) this.#endSecond(nowMs);
  }

  #endSecond(nowMs: number): void {
    const second: LoadSecond = {
      atMs: this.#secondEndMs,
      users: this.#users,
      arrivals: this.#secondArrivals,
      refusedArrivals: this.#secondRefused,
      inFlight: this.#options.inFlight(),
      requests: this.#secondRequests,
      errors: this.#secondErrors,
      response: this.#secondResponse.snapshot(),
      service: this.#secondService.snapshot(),
      generator: { lag: this.#secondLag.snapshot(), ...this.#secondHealth.cut(nowMs) },
    };
    this.#secondEndMs += 1000;
    this.#secondArrivals = 0;
    this.#secondRefused = 0;
    this.#secondRequests = 0;
    this.#secondErrors = {};
    this.#secondResponse.clear();
    this.#secondService.clear();
    this.#secondLag.clear();
    this.#options.onSecond(second);
  }
}
