/**
 * A worker: claims jobs, runs them, settles them, and shows that it lives.
 *
 * One claim is under way at a time, while handlers run and results are written; what wakes it is a free place, a message, or time.
 */
import { claimOf } from '../states/claims.ts';
import { type Claimed, claimJobs } from '../store/claim.ts';
import type { Settlement } from '../store/settle.ts';
import type { Held } from '../store/workers.ts';
import { Attempt } from './attempt.ts';
import { Life } from './life.ts';
import { Settler } from './settler.ts';
import type { WorkerParts } from './parts.ts';
import { Rate, wanted } from './wanted.ts';

export interface Worker extends AsyncDisposable {
  /** Jobs whose handlers run now. */
  readonly running: number;
  /** Takes no more, lets handlers end for `stopMs`, gives back what is left. Nothing of it is lost if the process dies meanwhile. */
  stop(): Promise<void>;
}

interface Stocked {
  readonly row: Claimed;
  readonly claim: number;
  readonly sinceMs: number;
}

/** The first looks after one that took all there was come soon: who adds often adds again. */
const firstPollMs = 5;
/** Where somebody tells: a net only, for what is added in a transaction of the caller's. */
const firstToldPollMs = 40;
/**
 * Handlers begun in one turn of the event loop: those that never wait would else run the whole stock down in it, while the engine waits for the
 * next question and their results for being sent. Not fewer: the results of a turn go together, and each sending costs a commit.
 */
const mostInTurn = 200;
/** A turn ends sooner when its handlers take the processor for longer. */
const mostTurnMs = 2;
/** A claim of more would hold its locks for longer, and MariaDB walks a small table rather than to look up so many keys in it. */
const mostAtOnce = 500;
/** Unwritten results beyond which nothing more is begun. */
const mostUnsettled = 2000;
/** Results are worth a moment, even to who wants to stop at once. */
const leastDrainMs = 1000;

export class QueueWorker implements Worker {
  readonly #parts: WorkerParts;
  readonly #life: Life;
  readonly #settler: Settler;
  readonly #rate: Rate;
  readonly #attempts = new Map<number, Attempt>();
  #stock: Stocked[] = [];
  /** Of the stock, or of what is just being claimed: those that are not to be begun. */
  readonly #calledOff = new Set<number>();
  #asking = false;
  /** Begun in this turn of the event loop. */
  #begun: Attempt[] = [];
  #turning = false;
  readonly #finishedInside = new Set<number>();
  /** In the tables and not here, when it was looked last: number and claim. */
  #strange = new Set<string>();
  #turn = 0;
  /** A suspect runs, or is to. */
  #alone = false;
  #draining = false;
  #stopping = false;
  #generation = 0;
  #nudged = false;
  #wake: (() => void) | undefined;
  /** There may be more than was answered last: it was all that was asked for, or somebody told, or time has passed. */
  #open = true;
  /** The last claim took all that it asked for. */
  #behind = false;
  #firstPollMs: number;
  #pollMs: number;
  /** When to look again although nobody tells. */
  #lookAtMs = 0;
  #loop: Promise<void> | undefined;
  #stopped: Promise<void> | undefined;
  #idle: (() => void) | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    const { ground, around } = parts;
    this.#rate = new Rate(around.clock.monotonicMs());
    this.#firstPollMs = Math.min(parts.told ? firstToldPollMs : firstPollMs, parts.options.pollMs);
    this.#pollMs = this.#firstPollMs;
    this.#settler = new Settler(ground, around, {
      settled: (one, accepted) => {
        const inside = this.#finishedInside.delete(one.id);
        if (accepted === false && !inside) this.#refused(one.id);
        else this.#tell(one);
        // A place in a lane or in the queue, or the job itself, may be free for somebody now.
        if (one.event !== 'finish' || one.lane !== undefined || ground.terms.maxRunning !== Infinity) this.nudge();
        else if (this.#open) this.#nudge();
      },
    });
    this.#life = new Life(parts, {
      lost: () => this.#lose(),
      held: (rows) => this.#audit(rows),
      more: () => this.nudge(),
      suspects: () => this.#suspected(),
      idle: () => this.#attempts.size + this.#stock.length === 0,
      added: () => parts.ring(),
      free: () => this.#isFree(),
    });
  }

  get running(): number {
    return this.#attempts.size;
  }

  async start(): Promise<void> {
    await this.#life.begin();
    this.#loop = this.#work(this.#generation);
  }

  /** There may be something. */
  nudge(): void {
    this.#open = true;
    this.#pollMs = this.#firstPollMs;
    this.#nudge();
  }

  dueIn(inMs: number): void {
    this.#life.dueIn(inMs);
  }

  /** Also what is in stock, or is just being claimed: its handler is not begun. */
  cancel(id: number): void {
    const attempt = this.#attempts.get(id);
    if (attempt !== undefined) attempt.end('cancelled');
    else if (this.#asking || this.#stock.some(({ row }) => row.id === id)) this.#calledOff.add(id);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** `generation`: one that was given up ends when what it hangs in answers. */
  async #work(generation: number): Promise<void> {
    const { around } = this.#parts;
    while (!this.#stopping && generation === this.#generation) {
      this.#nudged = false;
      this.#fill();
      const most = this.#open ? this.#most() : 0;
      if (most > 0) {
        // What is told from here on is news.
        this.#open = false;
        try {
          const claimed = await this.#claim(most);
          if (generation === this.#generation) this.#life.answered();
          this.#behind = claimed >= most;
          if (this.#behind) this.#open = true;
        } catch (error) {
          around.log('warn', 'no jobs can be taken now', { queue: this.#parts.queue.name, why: String(error) });
          this.#pollMs = Math.max(this.#pollMs, 250);
        }
        this.#lookAtMs = around.clock.monotonicMs() + this.#pollMs;
      }
      if (this.#open && this.#most() > 0) {
        // A file answers in the same turn of the event loop, and others want theirs.
        await new Promise<void>((resolve) => void around.timers.soon(resolve));
      } else if (!this.#nudged) await this.#pause();
    }
  }

  /** How many to ask for now. Beside a suspect nothing runs. */
  #most(): number {
    const { concurrency, stock, stockMs } = this.#parts.options;
    if (this.#stopping || this.#alone || this.#settler.waiting >= mostUnsettled || !this.#life.alive) return 0;
    if (this.#draining) return this.#attempts.size + this.#stock.length === 0 ? 1 : 0;
    const perMs = this.#rate.perMs(this.#parts.around.clock.monotonicMs());
    const appetite = { concurrency, stock, stockMs, perMs };
    return Math.min(mostAtOnce, wanted({ ...appetite, running: this.#attempts.size, stocked: this.#stock.length }));
  }

  async #claim(most: number): Promise<number> {
    const { ground } = this.#parts;
    const state = this.#draining ? 'suspect' : 'ready';
    const { worker } = this.#life;
    const claim = claimOf(worker, this.#turn++);
    const asked = { state, most, number: claim, isBehind: this.#behind } as const;
    this.#asking = true;
    const rows = await claimJobs(ground, asked).finally(() => (this.#asking = false));
    // Given up for lost meanwhile: they are nobody's, and others will see it.
    if (worker !== this.#life.worker || !this.#life.alive) return 0;
    this.#pollMs = rows.length > 0 ? this.#firstPollMs : this.#pollLater();
    if (this.#draining) {
      this.#alone = rows.length > 0;
      this.#draining = this.#alone;
      // Now for the others.
      if (!this.#draining) this.nudge();
    }
    const sinceMs = this.#parts.around.clock.monotonicMs();
    this.#stock.push(...rows.map((row) => ({ row, claim, sinceMs })));
    if (this.#calledOff.size > 0) this.#forgetOthers();
    this.#life.reached(rows);
    this.#fill();
    return rows.length;
  }

  /** Whoever has them heard of it, too. */
  #forgetOthers(): void {
    const mine = new Set(this.#stock.map(({ row }) => row.id));
    for (const id of this.#calledOff) if (!mine.has(id)) this.#calledOff.delete(id);
  }

  #fill(): void {
    const { concurrency } = this.#parts.options;
    while (
      !this.#stopping &&
      this.#attempts.size < concurrency &&
      this.#stock.length > 0 &&
      !this.#turnIsOver() &&
      this.#settler.waiting < mostUnsettled
    ) {
      const { row, claim } = this.#stock.shift() as Stocked;
      void this.#run(this.#calledOff.delete(row.id) ? { ...row, cancel: 1 } : row, claim);
    }
  }

  #turnIsOver(): boolean {
    const [first] = this.#begun;
    const last = this.#begun.at(-1);
    if (first === undefined || last === undefined) return false;
    return this.#begun.length >= mostInTurn || last.beganMs - first.beganMs >= mostTurnMs;
  }

  /** What is done once for all that begins and ends in this turn of the event loop. */
  #afterTurn(): void {
    if (this.#turning) return;
    this.#turning = true;
    this.#parts.around.timers.soon(() => {
      this.#turning = false;
      for (const attempt of this.#begun.splice(0)) attempt.arm();
      this.#fill();
      if (this.#open && this.#most() > 0) this.#nudge();
    });
  }

  async #run(row: Claimed, claim: number): Promise<void> {
    const { ground, around, kinds, works, meters, queue } = this.#parts;
    const kind = Object.hasOwn(kinds, row.name) ? kinds[row.name] : undefined;
    const work = Object.hasOwn(works, row.name) ? works[row.name] : undefined;
    const attempt = new Attempt(row, claim, {
      ground,
      around,
      keepDeadMs: queue.keepDeadMs,
      maxBytes: queue.maxBytes,
      progress: (id, of, json) => this.#life.progress(id, of, json),
      finished: (id) => void this.#finishedInside.add(id),
      refused: (id) => this.#refused(id),
    });
    this.#attempts.set(row.id, attempt);
    this.#begun.push(attempt);
    this.#afterTurn();
    meters.began(row);
    const settlement = await attempt.run(kind, work);
    if (this.#attempts.get(row.id) === attempt) this.#attempts.delete(row.id);
    this.#rate.ended();
    meters.ended(row.name, around.clock.monotonicMs() - attempt.beganMs);
    if (settlement !== undefined) this.#settle(settlement);
    this.#alone &&= this.#attempts.size > 0;
    this.#fill();
    if (this.#attempts.size === 0) this.#idle?.();
    this.#afterTurn();
  }

  /** By the database: this worker stood still for so long that the job is another's by now. */
  #refused(job: number): void {
    const { around, queue, meters } = this.#parts;
    meters.fenced();
    around.log('warn', 'what came of a job came too late and was refused', { queue: queue.name, job });
  }

  #settle(one: Settlement): void {
    this.#settler.add(one);
    if (one.event === 'again' || (one.event === 'againLater' && (one.delayMs ?? 0) < 1000))
      this.#life.dueIn(one.delayMs ?? 0);
  }

  /** Of what has become so: what is refused is no end of the job. */
  #tell({ id, job, event, reason }: Settlement): void {
    const { around, queue, meters } = this.#parts;
    meters.settled(event);
    const told = event === 'park' ? 'a job is parked' : event === 'giveUp' ? 'a job is dead' : undefined;
    if (told !== undefined) around.log('warn', told, { queue: queue.name, id, job, reason });
  }

  /** Beaten as lost, or without a beat for a lease: nothing here counts any more, and the next claim has another number. */
  #lose(): void {
    this.#stock = [];
    for (const attempt of this.#attempts.values()) attempt.end('lost');
    this.#attempts.clear();
    this.#alone = false;
    this.#draining = false;
    this.#generation++;
    this.#open = true;
    if (!this.#stopping) this.#loop = this.#work(this.#generation);
    this.#nudge();
  }

  /**
   * Stock that was there at the last beat goes back: handlers have become slow since, and others may be idle.
   *
   * Jobs that are this worker's and that it does not know: the answer to a claim was lost. Seen so twice, they are given back. Those that are to
   * be called off are.
   */
  #audit(rows: readonly Held[]): void {
    const { queue, options, around } = this.#parts;
    this.#giveBack(around.clock.monotonicMs() - Math.max(options.stockMs, queue.leaseMs / 3));
    const known = new Set(this.#stock.map(({ row }) => row.id));
    const strange = new Set<string>();
    for (const { id, place, cancel } of rows) {
      if (cancel !== 0) this.#attempts.get(id)?.end('cancelled');
      if (this.#attempts.has(id) || known.has(id) || this.#settler.has(id)) continue;
      const name = `${id} ${place}`;
      if (!this.#strange.has(name)) strange.add(name);
      else this.#settler.add({ id, claim: place, event: 'release', keepMs: 0 });
    }
    this.#strange = strange;
  }

  /** Of the stock: what was taken before. */
  #giveBack(beforeMs: number): void {
    const old = this.#stock.filter(({ sinceMs }) => sinceMs < beforeMs);
    this.#stock = this.#stock.slice(old.length);
    for (const { row, claim } of old) {
      const { id, lane } = row;
      this.#settler.add({ id, claim, event: 'release', keepMs: 0, ...(lane === null ? {} : { lane }) });
    }
  }

  #isFree(): boolean {
    if (this.#stopping || this.#alone || this.#settler.waiting >= mostUnsettled) return false;
    const running = this.#attempts.size;
    return this.#draining ? running + this.#stock.length === 0 : running < this.#parts.options.concurrency;
  }

  /** There are jobs that lost their worker: they run here, one by one, when what is under way has ended. */
  #suspected(): void {
    this.#draining = true;
    this.nudge();
  }

  #nudge(): void {
    this.#nudged = true;
    this.#wake?.();
  }

  #pollLater(): number {
    return Math.min(this.#parts.options.pollMs, this.#pollMs * 2);
  }

  /** Until somebody tells of something, or it is time to look. */
  async #pause(): Promise<void> {
    const { around, options } = this.#parts;
    const waitMs = this.#open ? options.pollMs : Math.max(1, this.#lookAtMs - around.clock.monotonicMs());
    await new Promise<void>((resolve) => {
      const cancel = around.timers.after(waitMs, () => {
        this.#open = true;
        this.#wake?.();
      });
      this.#wake = () => {
        cancel();
        this.#wake = undefined;
        resolve();
      };
    });
  }

  async #stop(): Promise<void> {
    const { options } = this.#parts;
    this.#stopping = true;
    this.#nudge();
    await this.#within(options.stopMs, this.#loop);
    this.#giveBack(Infinity);
    await this.#quiet(options.stopMs);
    for (const attempt of this.#attempts.values()) attempt.end('stopped');
    await this.#quiet(options.stopMs);
    // A database that is away: others will notice that the worker is gone.
    await this.#within(Math.max(leastDrainMs, options.stopMs), this.#settler.drained());
    this.#settler.drop();
    await this.#life.end();
  }

  async #quiet(withinMs: number): Promise<void> {
    if (this.#attempts.size === 0) return;
    await this.#within(withinMs, new Promise<void>((resolve) => (this.#idle = resolve)));
  }

  /** Nothing of it keeps the process from ending afterwards. */
  async #within(ms: number, done: Promise<unknown> | undefined): Promise<void> {
    const over = new AbortController();
    const late = this.#parts.around.timers.sleep(Math.max(1, ms), over.signal).catch(() => {});
    await Promise.race([done, late]);
    over.abort();
  }
}
