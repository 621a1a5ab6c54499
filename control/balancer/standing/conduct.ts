/** What is counted of a replica for its standing: cheap enough for each answer. */
import { afterGoodAnswer, newStanding, type Seen, type Standing } from './ejection.ts';

export class Conduct {
  standing: Standing;
  /** Of a whole replica. */
  share = 1;
  failuresInRow = 0;
  /** What was told of it last. */
  toldHealthy: boolean | undefined;
  #failingSinceMs = Number.NEGATIVE_INFINITY;
  #answeredMs = Number.NEGATIVE_INFINITY;
  #requests = 0;
  #failures = 0;
  #latencyMs = 0;

  constructor(nowMs: number) {
    this.standing = newStanding(nowMs);
  }

  get ejected(): boolean {
    return this.standing.ejectedUntilMs !== null;
  }

  /** Whether this answer is worth judging at once. */
  answered(failed: boolean, latencyMs: number, nowMs: number, ejectAfterFailures: number): boolean {
    this.#requests++;
    this.#latencyMs += latencyMs;
    if (!failed) {
      this.failuresInRow = 0;
      this.#answeredMs = nowMs;
      this.standing = afterGoodAnswer(this.standing);
      return false;
    }
    this.#failures++;
    if (this.failuresInRow++ === 0) this.#failingSinceMs = nowMs;
    return !this.ejected && (this.standing.trialLeft > 0 || this.failuresInRow >= ejectAfterFailures);
  }

  /** It may be chosen from now on: a new process, or one that passes its checks again. */
  begin(nowMs: number): void {
    this.standing = { ...this.standing, backMs: nowMs };
    this.failuresInRow = 0;
  }

  /** `secondIsOver`: what was counted of the second is handed out, and begins anew. */
  seen(mayServe: boolean, secondIsOver: boolean): Seen {
    const { standing, failuresInRow } = this;
    const facts = {
      standing,
      mayServe,
      failuresInRow,
      failingSinceMs: this.#failingSinceMs,
      answeredMs: this.#answeredMs,
    };
    if (!secondIsOver) return { ...facts, requests: 0, failures: 0, meanMs: 0 };
    const [requests, failures, latencyMs] = [this.#requests, this.#failures, this.#latencyMs];
    this.#requests = this.#failures = this.#latencyMs = 0;
    return { ...facts, requests, failures, meanMs: requests === 0 ? 0 : latencyMs / requests };
  }
}
