/** The one statement that a connection has under way, which fails when the connection ends. */
import { EngineFailure, type Failure } from '../failure.ts';

export class Wire {
  readonly #onBroken: (why: string) => void;
  #broken = false;
  #fail: ((error: EngineFailure) => void) | undefined;

  /** Told when it ends while nothing is asked. */
  constructor(onBroken: (why: string) => void) {
    this.#onBroken = onBroken;
  }

  get broken(): boolean {
    return this.#broken;
  }

  ask<Answer>(
    send: (answered: (answer: Answer) => void, failed: (failure: Failure, cause: unknown) => void) => void,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#broken) {
        reject(new EngineFailure({ kind: 'lost', why: 'the connection was closed' }, undefined));
        return;
      }
      this.#fail = reject;
      send(
        (answer) => {
          this.#fail = undefined;
          resolve(answer);
        },
        (failure, cause) => {
          this.#fail = undefined;
          reject(new EngineFailure(failure, cause));
        },
      );
    });
  }

  /** By the other side, or the network. */
  break(why: string): void {
    if (this.#broken) return;
    this.#broken = true;
    const fail = this.#fail;
    this.#fail = undefined;
    if (fail === undefined) this.#onBroken(why);
    else fail(new EngineFailure({ kind: 'lost', why }, undefined));
  }

  /** By ourselves: when nothing is asked it is no sign of how the server is. */
  giveUp(): void {
    if (this.#fail === undefined) this.#broken = true;
    else this.break('it was given up');
  }
}
