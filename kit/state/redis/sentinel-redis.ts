/**
 * A primary that Sentinels watch: one link, pointed at whoever is primary.
 *
 * All Sentinels are asked once a second, and twenty times a second while the primary cannot be reached. Their announcement
 * (`+switch-master`) comes once and may be missed; a question may not (Redis, "Guidelines for Redis clients with support for Sentinel").
 */
import type { Cancel } from '@palier/base/timers';
import { Deadlines } from '../deadlines.ts';
import { HealthWatch } from '../health-watch.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { KvRedisParts } from './kv-redis.ts';
import { type LinkOptions, type Node, RedisLink, type RedisReply } from './link-redis.ts';
import { primaryOf, type Word } from './primary.ts';

export interface SentinelAddress {
  readonly nodes: readonly [Node, ...Node[]];
  /** The name under which the Sentinels know the primary. */
  readonly primary: string;
}

const tickMs = 50;
/** While all is well, every twentieth tick. */
const calmTicks = 20;
const askTimeoutMs = 400;

export function sentinelParts(address: SentinelAddress, link: LinkOptions, around: StateSurroundings): KvRedisParts {
  const deadlines = new Deadlines(around.clock, around.timers);
  const health = new HealthWatch(around.clock);
  const watcher = new SentinelWatcher(address, link, around, deadlines, health);
  const router = {
    linkFor: () => watcher.link,
    links: () => [watcher.link],
    slotOf: () => 0,
    nodeOf: () => watcher.link.node,
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
  readonly #around: StateSurroundings;
  readonly #stop: Cancel;
  #epoch = -1;
  #ticks = 0;
  #asking = false;

  constructor(
    { nodes, primary }: SentinelAddress,
    options: LinkOptions,
    around: StateSurroundings,
    deadlines: Deadlines,
    health: HealthWatch,
  ) {
    this.#name = primary;
    this.#around = around;
    // A Sentinel has no databases, and its users are its own: none is asked for here.
    const { username: _user, password: _password, ...plain } = options;
    this.#sentinels = nodes.map((node) => new RedisLink(node, { ...plain, database: 0 }, around, deadlines, () => {}));
    // Nowhere yet: calls wait for the first word.
    this.link = new RedisLink(undefined, options, around, deadlines, (event) => health.see(event));
    this.#stop = around.timers.every(tickMs, () => this.#tick());
    void this.ask();
  }

  close(): void {
    this.#stop();
    this.link.close();
    for (const sentinel of this.#sentinels) sentinel.close();
  }

  async ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const words = await Promise.all(this.#sentinels.map((sentinel) => this.#word(sentinel)));
    this.#asking = false;
    const word = primaryOf(words.filter((one) => one !== undefined));
    // An older epoch is the word of one that was cut off.
    if (word === undefined || word.epoch < this.#epoch) return;
    if (word.epoch > this.#epoch && this.#epoch >= 0) {
      this.#around.log('warn', 'another Redis is primary', {
        name: this.#name,
        host: word.primary.host,
        port: word.primary.port,
      });
    }
    this.#epoch = word.epoch;
    this.link.pointAt(word.primary);
  }

  #tick(): void {
    if (!this.link.ready || ++this.#ticks % calmTicks === 0) void this.ask();
  }

  async #word(sentinel: RedisLink): Promise<Word | undefined> {
    try {
      const facts = fieldsOf(await sentinel.send(['SENTINEL', 'MASTER', this.#name], askTimeoutMs));
      const [host, port, epoch] = [facts.get('ip'), Number(facts.get('port')), Number(facts.get('config-epoch'))];
      return host === undefined || !(port > 0) ? undefined : { primary: { host, port }, epoch: epoch || 0 };
    } catch {
      // Away, or it knows no such name: another one may.
      return undefined;
    }
  }
}

function fieldsOf(reply: RedisReply): Map<string, string> {
  const fields = new Map<string, string>();
  if (!Array.isArray(reply)) return fields;
  const flat = reply as readonly RedisReply[];
  for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), String(flat[i + 1]));
  return fields;
}
