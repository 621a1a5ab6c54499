/**
 * Users who play a task whenever one arrives (open): who has been free longest plays it; when nobody is, somebody new comes, as long as
 * there are fewer than allowed; then the arrival is refused, and counted.
 */
import type { GeneratorPlan, PlannedArrivals } from '@palier/protocol';
import { arrivalsOf, concurrencyOf } from '../pacing/arrivals.ts';
import type { Players } from './crowd.ts';
import { User, type World } from './user.ts';

export class Pool implements Players {
  readonly #world: World;
  readonly #share: GeneratorPlan['share'];
  readonly #arrivals: Generator<number, void, void>;
  #dueMs: number;
  readonly #maxCount: number;
  readonly #users: User[] = [];
  /** Who is free, the longest first: a ring, since nobody stands in it twice. */
  readonly #free: (User | undefined)[];
  #first = 0;
  #freeCount = 0;

  constructor(plan: GeneratorPlan, arrivals: PlannedArrivals, world: World) {
    this.#world = world;
    this.#share = plan.share;
    this.#arrivals = arrivalsOf({ ...plan, arrivals });
    this.#maxCount = concurrencyOf(arrivals.maxConcurrent, plan.share);
    this.#free = Array.from({ length: this.#maxCount }, () => undefined);
    this.#dueMs = this.#next();
  }

  get dueMs(): number {
    return this.#dueMs;
  }

  act(nowMs: number): void {
    const atMs = this.#dueMs;
    this.#dueMs = this.#next();
    const free = this.#take();
    const taken = free !== undefined || this.#users.length < this.#maxCount;
    this.#world.recorder.arrived(atMs, nowMs, taken);
    if (free !== undefined) free.play(atMs);
    else if (taken) this.#users.push(new User(this.#world, this.#nextPlace(), atMs));
  }

  rest(user: User): void {
    this.#free[(this.#first + this.#freeCount++) % this.#maxCount] = user;
  }

  close(nowMs: number, endMs: number): void {
    const { recorder } = this.#world;
    for (; this.#dueMs < endMs; this.#dueMs = this.#next()) {
      recorder.arrived(this.#dueMs, nowMs, true);
      recorder.neverBegan(this.#dueMs);
    }
    for (const user of this.#users) user.leave(nowMs);
  }

  abandon(nowMs: number): void {
    for (const user of this.#users) user.abandon(nowMs);
  }

  #take(): User | undefined {
    if (this.#freeCount === 0) return undefined;
    const user = this.#free[this.#first];
    this.#first = (this.#first + 1) % this.#maxCount;
    this.#freeCount--;
    return user;
  }

  /** Places are shared out as those of a closed model are. */
  #nextPlace(): number {
    return this.#share.index + this.#share.of * this.#users.length;
  }

  #next(): number {
    return this.#arrivals.next().value ?? Number.POSITIVE_INFINITY;
  }
}
