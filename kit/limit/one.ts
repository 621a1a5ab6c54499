/** The way of most calls: one permission of one limit, at once or not at all. It makes one promise and one decision. */
import type { Entry } from './batches.ts';
import { type Decision, type LimitState, type Receipt, shown, stateOf } from './decision.ts';
import type { Answer, Ask } from './bucket/gcra.ts';
import type { Asked } from './keys.ts';

/** What it needs of the buckets. */
export interface OneHome {
  /** The state has answered. */
  seen(): void;
  refused(key: string, aheadUs: number, sentMs: number): void;
  giveBack(asked: readonly Asked[], answers: readonly Answer[], nowUs: number, cost: number): Promise<void>;
}

const onePermission: Ask = { cost: 1, extra: 0, maxWaitUs: 0 };

/** Decided by the state. What it tells of the limit is worked out when it is asked for. */
export class One implements Decision, Receipt {
  readonly outcome: 'admitted' | 'limited';
  readonly degraded = false;
  readonly retryAfterMs: number;
  readonly waitedMs = 0;
  spent = false;
  readonly #home: OneHome;
  readonly #asked: readonly Asked[];
  readonly #answers: readonly Answer[];
  readonly #nowUs: number;

  constructor(home: OneHome, asked: readonly Asked[], answers: readonly Answer[], nowUs: number) {
    const { admitted, waitUs } = answers[0] as Answer;
    this.outcome = admitted ? 'admitted' : 'limited';
    this.retryAfterMs = admitted ? 0 : Math.ceil(waitUs / 1000);
    this.#home = home;
    this.#asked = asked;
    this.#answers = answers;
    this.#nowUs = nowUs;
  }

  get limits(): readonly LimitState[] {
    const { tatUs, admitted, waitUs } = this.#answers[0] as Answer;
    return [stateOf((this.#asked[0] as Asked).limit, 1, tatUs - this.#nowUs, !admitted, waitUs)];
  }

  get receipts(): readonly Receipt[] {
    return this.outcome === 'admitted' ? [this] : [];
  }

  giveBack(): Promise<void> {
    return this.#home.giveBack(this.#asked, this.#answers, this.#nowUs, 1);
  }

  toJSON(): Decision {
    return shown(this);
  }
}

/** Until it is decided. */
export class OneTaking implements Entry {
  readonly asked: readonly Asked[];
  readonly ask: Ask = onePermission;
  readonly addedMs: number;
  readonly #home: OneHome;
  readonly #whenAway: (asked: Asked, error: unknown) => Decision;
  readonly #resolve: (decision: Decision) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    asked: Asked,
    addedMs: number,
    home: OneHome,
    whenAway: (asked: Asked, error: unknown) => Decision,
    resolve: (decision: Decision) => void,
    reject: (error: unknown) => void,
  ) {
    this.asked = [asked];
    this.addedMs = addedMs;
    this.#home = home;
    this.#whenAway = whenAway;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  answered(nowUs: number, answers: readonly Answer[]): void {
    const { admitted, tatUs } = answers[0] as Answer;
    this.#home.seen();
    if (!admitted) this.#home.refused((this.asked[0] as Asked).key, tatUs - nowUs, this.addedMs);
    this.#resolve(new One(this.#home, this.asked, answers, nowUs));
  }

  failed(error: unknown): void {
    try {
      this.#resolve(this.#whenAway(this.asked[0] as Asked, error));
    } catch (mistake) {
      this.#reject(mistake);
    }
  }
}
