/** The lanes of one kv: one beside each connection to a node that durable writes go to, made when the first one does. */
import type { Deadlines } from '../deadlines.ts';
import type { CheckedStateOptions } from '../options.ts';
import type { RedisLink } from '../redis/link-redis.ts';
import type { Router } from '../redis/router.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { DurableLane, type LanesKnow, maxGroup } from './lane-redis.ts';

export class DurableLanes {
  readonly #lanes = new WeakMap<RedisLink, DurableLane>();
  readonly #options: CheckedStateOptions;
  readonly #deadlines: Deadlines;
  readonly #around: StateSurroundings;
  readonly #know: LanesKnow;
  #drained: (() => void) | undefined;

  constructor(
    { eligible }: Pick<Router, 'eligible'>,
    deadlines: Deadlines,
    options: CheckedStateOptions,
    around: StateSurroundings,
  ) {
    this.#deadlines = deadlines;
    this.#options = options;
    this.#around = around;
    this.#know = {
      mostReplicas: 0,
      open: 0,
      ended: () => {
        if (this.#know.open === 0) this.#drained?.();
      },
      eligible,
    };
  }

  /** Goes where `link` goes, and ends with it. */
  beside(link: RedisLink): DurableLane {
    const known = this.#lanes.get(link);
    if (known !== undefined) return known;
    // A group, each with its ASKING, and what is asked before and after it.
    const follower = link.follow({
      maxWaiting: 2 * maxGroup + 10,
      life: { begun: () => {}, lost: () => lane.lost() },
    });
    const lane = new DurableLane(follower, this.#options, this.#deadlines, this.#around, this.#know);
    this.#lanes.set(link, lane);
    return lane;
  }

  /** Resolves when nothing is under way: at the latest when the last deadline is over. */
  async drained(): Promise<void> {
    if (this.#know.open > 0) await new Promise<void>((resolve) => (this.#drained = resolve));
  }
}
