/** Who is primary, from what the Sentinels say. Pure. */
import type { Node } from './link-redis.ts';

/** One Sentinel's word: where it sees the primary, and in which configuration epoch. */
export interface Word {
  readonly primary: Node;
  /** Grows with each failover (`SENTINEL MASTER`, field `config-epoch`). */
  readonly epoch: number;
}

/**
 * The word of the newest epoch; undefined when nobody said anything. A Sentinel that was cut off tells an old epoch, and one that led a
 * failover tells the new one first: asking for a majority would only wait for the slower ones (Sentinel documentation, "Configuration
 * epochs": the newest always wins).
 */
export function primaryOf(words: readonly Word[]): Word | undefined {
  return words.reduce<Word | undefined>(
    (best, word) => (best === undefined || word.epoch > best.epoch ? word : best),
    undefined,
  );
}
