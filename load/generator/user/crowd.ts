/**
 * Users who come and go by plan (closed): who stands in each place, and the pauses between their tasks.
 */
import type { GeneratorPlan } from '@palier/protocol';
import { Agenda } from '../pacing/agenda.ts';
import { type Move, movesOf } from '../pacing/pacer.ts';
import { User, type World } from './user.ts';

/** What a run plays, whichever the model. */
export interface Players {
  /** When something is due next; Infinity when nothing is. */
  readonly dueMs: number;
  /** Does what is due first. */
  act(nowMs: number): void;
  /** The user's task is over; it pauses until then, or, in an open model, until it is needed. */
  rest(user: User, untilMs: number): void;
  /** The stages are over: nothing new begins; what was due before `endMs` and did not begin is counted. */
  close(nowMs: number, endMs: number): void;
  /** Everybody leaves now; requests in hand count nowhere. */
  abandon(nowMs: number): void;
}

export class Crowd implements Players {
  readonly #world: World;
  readonly #moves: Generator<Move, void, void>;
  #move: Move | undefined;
  readonly #agenda = new Agenda<User>();
  readonly #users = new Map<number, User>();

  constructor(plan: GeneratorPlan, world: World) {
    this.#world = world;
    this.#moves = movesOf(plan.stages, plan.share);
    this.#move = this.#moves.next().value ?? undefined;
  }

  get dueMs(): number {
    return Math.min(this.#moveMs, this.#agenda.nextDue);
  }

  rest(user: User, untilMs: number): void {
    this.#agenda.add(untilMs, user);
  }

  act(nowMs: number): void {
    if (this.#moveMs > this.#agenda.nextDue) this.#agenda.take()?.wake();
    else this.#make(this.#move as Move, nowMs);
  }

  close(nowMs: number, endMs: number): void {
    const { recorder } = this.#world;
    while (this.#agenda.size > 0) {
      const due = this.#agenda.nextDue;
      // Not those who left meanwhile.
      if (this.#agenda.take()?.dueMs === due) recorder.neverBegan(due);
    }
    for (; this.#move?.comes === true && this.#move.atMs < endMs; this.#next()) recorder.neverBegan(this.#move.atMs);
    for (const user of this.#users.values()) user.leave(nowMs);
    this.#users.clear();
  }

  abandon(nowMs: number): void {
    for (const user of this.#users.values()) user.abandon(nowMs);
  }

  get #moveMs(): number {
    return this.#move?.atMs ?? Number.POSITIVE_INFINITY;
  }

  #make({ place, comes, atMs }: Move, nowMs: number): void {
    if (comes) this.#users.set(place, new User(this.#world, place, atMs));
    else {
      this.#users.get(place)?.leave(nowMs);
      this.#users.delete(place);
    }
    this.#next();
  }

  #next(): void {
    this.#move = this.#moves.next().value ?? undefined;
  }
}
