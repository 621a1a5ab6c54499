/**
 * Who is primary, from what the Sentinels say and from what the replica that they chose says of itself. Pure.
 *
 * A failover goes through steps (sentinel.c, `sentinelFailoverStateMachine`; as measured with Redis 7.0): a replica is selected, about a
 * tenth of a second later it is told to be primary and is one at once, and only up to a second later the Sentinel that leads has looked and
 * says so. Meanwhile the old primary, if it lives, goes on acknowledging what will be gone. So from the selection on calls are held, and
 * they go to the selected one as soon as it says itself that it is primary.
 */
import { sameNode } from '../redis/cluster/slots.ts';
import type { Node } from '../redis/link-redis.ts';

/** One Sentinel's word: where it sees the primary, and in which configuration epoch. */
export interface Word {
  readonly primary: Node;
  /** Grows with each failover (`SENTINEL MASTER`, field `config-epoch`). */
  readonly epoch: number;
  /** It leads a failover and has selected a replica, of which it does not know yet that it is primary. */
  readonly promoting: boolean;
  /** Replicas that it would take as the next primary: none that it calls down, or that may not be one. By `nodeName`. */
  readonly eligible: readonly string[];
}

export interface Choice {
  /** Where calls go; undefined before the first word. */
  readonly primary: Node | undefined;
  /** Of the newest word believed; -1 before the first one. */
  readonly epoch: number;
  readonly promotion: Promotion | undefined;
}

export interface Promotion {
  /** Which replica was selected; undefined when only the state of the failover is known. */
  readonly selected: Node | undefined;
  readonly sinceMs: number;
  /** When somebody last said that it is under way. */
  readonly heardMs: number;
  /** The selected one is primary by its own word, and calls go there. */
  readonly done: boolean;
}

export const noChoice: Choice = { primary: undefined, epoch: -1, promotion: undefined };

/** The selected one is told a tenth of a second after its selection; who is not primary after so long may never be. */
export const maxHeldMs = 1000;
/** A promotion that was done is told by a Sentinel within about a second: one that nobody knows of for so long was given up. */
const untoldMs = 3000;
/** The Sentinel that leads may miss an answer or two. */
const unheardMs = 300;

/**
 * The word of the newest epoch; undefined when nobody said anything. A Sentinel that was cut off tells an old epoch, and one that led a
 * failover tells the new one first: asking for a majority would only wait for the slower ones (Sentinel documentation, "Configuration
 * epochs": the newest always wins).
 */
export function newestOf(words: readonly Word[]): Word | undefined {
  return words.reduce<Word | undefined>(
    (best, word) => (best === undefined || word.epoch > best.epoch ? word : best),
    undefined,
  );
}

/** After the Sentinels were asked. */
export function afterWords(choice: Choice, words: readonly Word[], nowMs: number): Choice {
  const newest = newestOf(words);
  // An older epoch is the word of one that was cut off.
  if (newest === undefined || newest.epoch < choice.epoch) return choice;
  const isNews = newest.epoch > choice.epoch;
  const promoting = words.some((word) => word.promoting && word.epoch === newest.epoch);
  const promotion = nextPromotion(isNews ? undefined : choice.promotion, promoting, nowMs);
  const primary = promotion?.done === true ? choice.primary : newest.primary;
  return { primary, epoch: newest.epoch, promotion };
}

/** After a Sentinel announced whom it selected in the place of `of` (`+selected-slave`). */
export function afterSelection(choice: Choice, selected: Node, of: Node, nowMs: number): Choice {
  if (choice.primary === undefined || !sameNode(of, choice.primary) || sameNode(selected, of)) return choice;
  return { ...choice, promotion: { selected, sinceMs: nowMs, heardMs: nowMs, done: false } };
}

/** After `node` said that it is primary. */
export function afterRole(choice: Choice, node: Node): Choice {
  const { promotion } = choice;
  if (promotion?.selected === undefined || promotion.done || !sameNode(promotion.selected, node)) return choice;
  return { ...choice, primary: node, promotion: { ...promotion, done: true } };
}

/** Calls wait: the primary is about to be replaced, and what it acknowledges may be gone. */
export function isHeld({ promotion }: Choice, nowMs: number): boolean {
  return promotion !== undefined && !promotion.done && nowMs - promotion.sinceMs < maxHeldMs;
}

/**
 * Which replicas may be promoted, by all Sentinels together; undefined when not more than half of them have said anything. One that only
 * some of them call down may be.
 */
export function eligibleOf(words: readonly Word[], sentinels: number): ReadonlySet<string> | undefined {
  return words.length * 2 > sentinels ? new Set(words.flatMap(({ eligible }) => eligible)) : undefined;
}

function nextPromotion(before: Promotion | undefined, promoting: boolean, nowMs: number): Promotion | undefined {
  if (before === undefined) {
    return promoting ? { selected: undefined, sinceMs: nowMs, heardMs: nowMs, done: false } : undefined;
  }
  if (promoting) return { ...before, heardMs: nowMs };
  return nowMs - before.heardMs < (before.done ? untoldMs : unheardMs) ? before : undefined;
}
