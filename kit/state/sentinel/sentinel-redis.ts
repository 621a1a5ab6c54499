/**
 * A primary that Sentinels watch: one link, pointed at whoever is primary.
 *
 * All Sentinels are asked once a second, and twenty times a second while the primary cannot be reached or is being replaced. What they
 * announce comes once and may be missed; a question may not (Redis, "Guidelines for Redis clients with support for Sentinel"). Whom they
 * selected is heard as well, since it comes first: that one is asked itself a hundred times a second.
 */
import { PalierError } from '@palier/base/error';
import type { Cancel } from '@palier/base/timers';
import { Deadlines } from '../deadlines.ts';
import { HealthWatch } from '../health-watch.ts';
import type { KvRedisParts } from '../redis/kv-redis.ts';
import { type LinkOptions, type Node, RedisLink } from '../redis/link-redis.ts';
import { sameNode } from '../redis/cluster/slots.ts';
import type { StateSurroundings } from '../surroundings.ts';
import {
  afterRole,
  afterSelection,
  afterWords,
  type Choice,
  eligibleOf,
  isHeld,
  maxHeldMs,
  noChoice,
  type Word,
} from './choice.ts';
import { isPrimary, selectionOf, wordOf } from './word.ts';

export interface SentinelAddress {
  readonly nodes: readonly [Node, ...Node[]];
  /** The name under which the Sentinels know the primary. */
  readonly primary: string;
}

const tickMs = 50;
/** While all is well, every twentieth tick. */
const calmTicks = 20;
const askTimeoutMs = 400;
/** How often the selected replica is asked whether it is primary. */
const roleEveryMs = 10;

export function sentinelParts(address: SentinelAddress, link: LinkOptions, around: StateSurroundings): KvRedisParts {
  const deadlines = new Deadlines(around.clock, around.timers);
  const health = new HealthWatch(around.clock);
  const watcher = new SentinelWatcher(address, link, around, deadlines, health);
  const router = {
    linkFor: () => watcher.link,
    links: () => [watcher.link],
    slotOf: () => 0,
    nodeOf: () => watcher.link.node,
    eligible: () => watcher.eligible(),
    // READONLY: a failover has happened, and the call is repeated once the new primary is known.
    redirect: () => void watcher.ask(),
    drained: () => watcher.link.drained(),
    close: () => watcher.close(),
  };
  return { engine: 'sentinel', router, deadlines, health, link };
}

class SentinelWatcher {
  readonly link: RedisLink;
  readonly #sentinels: readonly RedisLink[];
  readonly #name: string;
  readonly #options: LinkOptions;
  readonly #around: StateSurroundings;
  readonly #deadlines: Deadlines;
  readonly #stop: Cancel;
  #choice: Choice = noChoice;
  #words: readonly Word[] = [];
  #ticks = 0;
  #asking = false;
  /** To the replica that was selected. */
  #selected: RedisLink | undefined;

  constructor(
    { nodes, primary }: SentinelAddress,
    options: LinkOptions,
    around: StateSurroundings,
    deadlines: Deadlines,
    health: HealthWatch,
  ) {
    this.#name = primary;
    this.#options = options;
    this.#around = around;
    this.#deadlines = deadlines;
    this.#sentinels = nodes.map((node) => this.#sentinel(node));
    // Nowhere yet: calls wait for the first word.
    this.link = new RedisLink(undefined, options, around, deadlines, (event) => health.see(event));
    this.#stop = around.timers.every(tickMs, () => this.#tick());
    void this.ask();
  }

  close(): void {
    this.#stop();
    this.link.close();
    this.#selected?.close();
    for (const sentinel of this.#sentinels) sentinel.close();
  }

  /** Which replicas may be promoted, as of the last answers; whoever asks doubts, so they are asked anew. */
  eligible(): ReadonlySet<string> | undefined {
    void this.ask();
    return eligibleOf(this.#words, this.#sentinels.length);
  }

  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const answers = await Promise.allSettled(this.#sentinels.map((sentinel) => this.#word(sentinel)));
    this.#asking = false;
    // Who is away, or knows no such name, has no word; another one may.
    this.#words = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (this.#words.length === 0)
      this.#tellWhy(answers.flatMap((one) => (one.status === 'rejected' ? one.reason : [])));
    this.#choose(afterWords(this.#choice, this.#words, this.#nowMs));
  }

  #sentinel(node: Node): RedisLink {
    // A Sentinel has no databases, and its users are its own: none is asked for here.
    const { username: _user, password: _password, ...plain } = this.#options;
    const life = { begun: () => void listen(), lost: () => {} };
    const link = new RedisLink(node, { ...plain, database: 0, life }, this.#around, this.#deadlines, () => {});
    const hear = (bytes: Buffer): void => this.#hear(bytes.toString());
    // A user who may not listen, or a connection that ended: what is asked is enough, and later.
    const listen = (): Promise<void> => link.subscribe('+selected-slave', hear, false).catch(() => {});
    return link;
  }

  #hear(message: string): void {
    const selection = selectionOf(message, this.#name);
    if (selection === undefined) return;
    const { selected, of } = selection;
    this.#choose(afterSelection(this.#choice, selected, of, this.#nowMs));
    void this.ask();
  }

  #choose(choice: Choice): void {
    const { primary } = this.#choice;
    this.#choice = choice;
    if (choice.primary !== undefined) {
      const { host, port } = choice.primary;
      if (primary !== undefined && !sameNode(primary, choice.primary)) {
        this.#around.log('warn', 'another Redis is primary', { name: this.#name, host, port });
      }
      this.link.pointAt(choice.primary);
    }
    this.link.hold(isHeld(choice, this.#nowMs));
    const { promotion } = choice;
    if (promotion?.selected !== undefined && !promotion.done) void this.#follow(promotion.selected);
  }

  /** None of them says where the primary is. */
  #tellWhy(errors: readonly Error[]): void {
    const [first] = errors;
    if (first === undefined) return;
    const noneEver = errors.every((error) => error instanceof PalierError && error.code === 'PALIER_STATE_OPEN');
    this.link.lack(`no Sentinel says where ${this.#name} is: ${first.message}`, noneEver ? first : undefined);
  }

  #tick(): void {
    this.link.hold(isHeld(this.#choice, this.#nowMs));
    const calm = this.link.ready && this.#choice.promotion === undefined;
    if (!calm || ++this.#ticks % calmTicks === 0) void this.ask();
  }

  /** Asks the selected one until it is primary or the failover is over, one way or the other. */
  async #follow(node: Node): Promise<void> {
    if (this.#selected !== undefined) return;
    const link = new RedisLink(node, this.#options, this.#around, this.#deadlines, () => {});
    this.#selected = link;
    const untilMs = this.#nowMs + maxHeldMs;
    while (this.#isAwaited(node) && this.#nowMs < untilMs) {
      // Away, or it may not be asked: then the Sentinels' word is waited for.
      const role = await link.send(['ROLE'], askTimeoutMs).catch(() => null);
      if (isPrimary(role)) this.#choose(afterRole(this.#choice, node));
      else await this.#around.timers.sleep(roleEveryMs);
    }
    link.close();
    this.#selected = undefined;
  }

  #isAwaited(node: Node): boolean {
    const { promotion } = this.#choice;
    return promotion?.selected !== undefined && !promotion.done && sameNode(promotion.selected, node);
  }

  async #word(sentinel: RedisLink): Promise<Word | []> {
    const ask = (what: string) => sentinel.send(['SENTINEL', what, this.#name], askTimeoutMs);
    // In this order: of a failover between two of them, the new address beside the old epoch is told, and is right.
    return wordOf(...(await Promise.all([ask('MASTER'), ask('GET-MASTER-ADDR-BY-NAME'), ask('REPLICAS')]))) ?? [];
  }

  get #nowMs(): number {
    return this.#around.clock.monotonicMs();
  }
}
