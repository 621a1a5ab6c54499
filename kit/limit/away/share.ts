/**
 * A limit without the shared state: each replica admits its part of the rate. Together they admit no more than the rate, and at one moment
 * no more than the burst or one for each replica, on top of what the shared state had admitted before it went.
 */
import { take, type Terms } from '../bucket/gcra.ts';
import { Remembered } from '../remembered.ts';

/** The part of one of so many. */
function shareOf({ intervalUs, capacityUs }: Terms, replicas: number): Terms {
  const burst = Math.max(1, Math.floor(capacityUs / intervalUs / replicas));
  return { intervalUs: intervalUs * replicas, capacityUs: burst * intervalUs * replicas, horizonUs: 0 };
}

export interface ShareAnswer {
  /** How much is taken, as a time of the whole limit. */
  readonly aheadUs: number;
  /** 0: admitted. */
  readonly waitUs: number;
}

export class LocalShare {
  /** When each part will have drained, on this process' clock. The oldest is forgotten first: an id's part may be had twice then. */
  readonly #tats: Remembered<number>;

  constructor(most: number) {
    this.#tats = new Remembered(most);
  }

  /** From all or from none. Undefined: a part is smaller than what is asked for, so that it can never be admitted. */
  take(
    asked: readonly { readonly key: string; readonly terms: Terms }[],
    cost: number,
    replicas: number,
    nowMs: number,
  ): readonly ShareAnswer[] | undefined {
    const nowUs = Math.floor(nowMs * 1000);
    const answers = asked.map(({ key, terms }) => {
      const part = shareOf(terms, replicas);
      const fits = cost * part.intervalUs <= part.capacityUs;
      return fits ? take(this.#tats.get(key), nowUs, part, { cost, extra: 0, maxWaitUs: 0 }) : undefined;
    });
    if (answers.includes(undefined)) return undefined;
    const known = answers as readonly NonNullable<(typeof answers)[number]>[];
    if (known.every(({ admitted }) => admitted)) {
      for (const [index, { key }] of asked.entries()) this.#tats.set(key, known[index]?.tatUs as number);
    }
    return known.map(({ tatUs, waitUs }, index) => {
      const { terms } = asked[index] as (typeof asked)[number];
      const part = shareOf(terms, replicas);
      // The whole limit's states show this part: what it has left of its own burst.
      const leftUs = (part.capacityUs - (tatUs - nowUs)) / replicas;
      return { aheadUs: Math.round(terms.capacityUs - Math.max(0, leftUs)), waitUs };
    });
  }
}
