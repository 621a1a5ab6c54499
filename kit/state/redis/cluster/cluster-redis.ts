/**
 * A Redis Cluster: a link for each primary, and the map of slots that says which one has a key.
 *
 * The map is asked for once in five seconds, at once when a node says that it is wrong, and twenty times a second while a primary cannot be
 * reached: from any node that answers. A call for a slot that nobody has waits for the map, until its deadline.
 */
import calculateSlot from 'cluster-key-slot';
import type { Cancel } from '@palier/base/timers';
import { Deadlines } from '../../deadlines.ts';
import { HealthWatch } from '../../health-watch.ts';
import type { StateSurroundings } from '../../surroundings.ts';
import type { KvRedisParts } from '../kv-redis.ts';
import { type LinkOptions, type Node, RedisLink } from '../link-redis.ts';
import { redirection } from '../refusal.ts';
import { nodeName, slotCount, slotRanges } from './slots.ts';

const tickMs = 50;
/** While all is well, every hundredth tick. */
const calmTicks = 100;
const askTimeoutMs = 400;
/** A node that calls were sent on to and that is not in the map, as one that is getting its first slot, is kept for so long after the last. */
const guestMs = 10_000;
/** Primaries and seeds that are linked to; a Cluster has at most about a thousand nodes (Redis Cluster specification). */
const maxLinks = 1000;

export function clusterParts(
  seeds: readonly [Node, ...Node[]],
  link: LinkOptions,
  around: StateSurroundings,
): KvRedisParts {
  const deadlines = new Deadlines(around.clock, around.timers);
  const health = new HealthWatch(around.clock);
  const router = new ClusterRouter(seeds, link, around, deadlines, health);
  return { engine: 'cluster', router, deadlines, health, link };
}

class ClusterRouter {
  readonly #seeds: readonly [Node, ...Node[]];
  readonly #options: LinkOptions;
  readonly #around: StateSurroundings;
  readonly #deadlines: Deadlines;
  readonly #health: HealthWatch;
  readonly #links = new Map<string, RedisLink>();
  /** Whose health counts: how a replica is does not matter. Empty until the map is known. */
  readonly #primaries = new Set<string>();
  /** Nodes that calls were sent on to, until the map has them: when the last one was. */
  readonly #guests = new Map<string, number>();
  readonly #slots: (RedisLink | undefined)[] = Array.from({ length: slotCount });
  readonly #stop: Cancel;
  #ticks = 0;
  #asking = false;
  #next = 0;

  constructor(
    seeds: readonly [Node, ...Node[]],
    options: LinkOptions,
    around: StateSurroundings,
    deadlines: Deadlines,
    health: HealthWatch,
  ) {
    this.#seeds = seeds;
    this.#options = options;
    this.#around = around;
    this.#deadlines = deadlines;
    this.#health = health;
    for (const seed of seeds) this.#linkTo(seed);
    this.#stop = around.timers.every(tickMs, () => this.#tick());
    void this.#ask();
  }

  linkFor(key: string): RedisLink {
    // Before the map is known any node will do: it answers MOVED, and the call follows.
    return this.#slots[calculateSlot(key)] ?? this.#anyLink();
  }

  links(): readonly RedisLink[] {
    // What a redirection told is not the map.
    if (this.#primaries.size === 0) return [];
    return [...new Set(this.#slots.filter((link) => link !== undefined))];
  }

  slotOf(key: string): number {
    return calculateSlot(key);
  }

  nodeOf(slot: number): Node | undefined {
    return this.#slots[slot]?.node;
  }

  redirect(message: string): { readonly link: RedisLink; readonly asking: boolean } | undefined {
    const to = redirection(message);
    const asking = message.startsWith('ASK ');
    // While a slot is on its way the map is still right, and each call of the slot comes by here.
    if (!asking && !message.startsWith('TRYAGAIN')) void this.#ask();
    if (to === undefined || to.host === '') return undefined;
    const link = this.#linkTo(to);
    if (!this.#primaries.has(nodeName(to))) this.#guests.set(nodeName(to), this.#around.clock.monotonicMs());
    if (!asking) this.#slots[to.slot] = link;
    return { link, asking };
  }

  drained(): Promise<unknown> {
    return Promise.all([...this.#links.values()].map((link) => link.drained()));
  }

  close(): void {
    this.#stop();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  get #ailing(): boolean {
    return this.#slots.some((link) => link === undefined || !link.ready);
  }

  #tick(): void {
    if (this.#ailing || ++this.#ticks % calmTicks === 0) void this.#ask();
  }

  #anyLink(): RedisLink {
    for (const link of this.#links.values()) if (link.ready) return link;
    return this.#linkTo(this.#seeds[0]);
  }

  #linkTo(node: Node): RedisLink {
    const name = nodeName(node);
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    if (this.#links.size >= maxLinks)
      throw new RangeError(`A Cluster of more than ${maxLinks} nodes is not supported.`);
    const link = new RedisLink(node, this.#options, this.#around, this.#deadlines, (event) => {
      if (this.#primaries.size === 0 || this.#primaries.has(name)) this.#health.see(event, name);
    });
    this.#links.set(name, link);
    return link;
  }

  /** One node after the other, those that are there first, until one answers. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      for (const seed of this.#seeds) this.#linkTo(seed);
      const links = [...this.#links.values()].filter((link) => link.ready);
      for (let i = 0; i < links.length; i++) {
        const link = links[(this.#next + i) % links.length] as RedisLink;
        const ranges = slotRanges(
          await link.send(['CLUSTER', 'SLOTS'], askTimeoutMs).catch(() => null),
          link.node as Node,
        );
        if (ranges.length === 0) continue;
        this.#learn(ranges);
        // The next question goes to another one: a node that was cut off must not be believed for ever.
        this.#next++;
        return;
      }
    } finally {
      this.#asking = false;
    }
  }

  #learn(ranges: ReturnType<typeof slotRanges>): void {
    const seeds = new Set(this.#seeds.map(nodeName));
    const before = new Set(this.#primaries);
    this.#primaries.clear();
    this.#slots.fill(undefined);
    for (const { from, to, primary } of ranges) {
      const link = this.#linkTo(primary);
      const name = nodeName(primary);
      this.#primaries.add(name);
      // It was connected to before its health counted: as one that is getting its first slot, or was a replica.
      if (before.size > 0 && !before.has(name) && link.ready) this.#health.see({ kind: 'connected' }, name);
      this.#slots.fill(link, from, to + 1);
    }
    const nowMs = this.#around.clock.monotonicMs();
    for (const [name, link] of this.#links) {
      if (this.#primaries.has(name)) {
        this.#guests.delete(name);
        continue;
      }
      this.#health.forget(name);
      // What is under way there would be lost, and a node that has not heard of it yet drew this map.
      if (nowMs - (this.#guests.get(name) ?? Number.NEGATIVE_INFINITY) < guestMs) continue;
      this.#guests.delete(name);
      if (seeds.has(name)) {
        link.giveBack();
        continue;
      }
      this.#links.delete(name);
      link.retire();
    }
  }
}
