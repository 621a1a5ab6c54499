/** The nodes of a Cluster as they are known now: a link to each that is asked, and what each says. */
import { ErrorReply } from '@redis/client';
import { kitError } from '../../errors.ts';
import type { Address } from '../address.ts';
import { Deadlines } from '../deadlines.ts';
import { type LinkOptions, type Node, RedisLink, type RedisArgs, type RedisReply } from '../redis/link-redis.ts';
import { nodeName } from '../redis/cluster/slots.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { migrateTimeoutMs } from './options.ts';
import { type ClusterView, viewOf } from './view.ts';
import { type NodeLine, type Word, wordOf } from '../redis/cluster/word.ts';

/** A question that changes nothing. */
export const askTimeoutMs = 2000;
/** Until the nodes agree on what was changed; gossip takes about a second. */
const settleMs = 15_000;
const lookEveryMs = 20;
/** A Cluster has at most about a thousand nodes (Redis Cluster specification). */
const maxNodes = 1000;
const namePrefix = 'palier-shards-';

export class ClusterNodes {
  readonly seeds: readonly [Node, ...Node[]];
  readonly link: LinkOptions;
  /** Ids of those that answered as primaries when all were asked last. */
  primaries: readonly string[] = [];
  readonly #around: StateSurroundings;
  readonly #deadlines: Deadlines;
  readonly #links = new Map<string, RedisLink>();
  readonly #places = new Map<string, NodeLine>();
  /** By replica: whom it followed last. */
  readonly #followed = new Map<string, string>();
  #name: string | undefined;

  constructor(address: Extract<Address, { kind: 'cluster' }>, around: StateSurroundings) {
    this.seeds = address.nodes;
    // A server stands still while it hands over a large value: it is not frozen before the hand-over has had its time.
    this.link = { ...address, maxWaiting: 1000, frozenAfterMs: 2 * migrateTimeoutMs };
    this.#around = around;
    this.#deadlines = new Deadlines(around.clock, around.timers);
  }

  linkAt(node: Node): RedisLink {
    const name = nodeName(node);
    const known = this.#links.get(name);
    if (known !== undefined) return known;
    if (this.#links.size >= maxNodes)
      throw new RangeError(`A Cluster of more than ${maxNodes} nodes is not supported.`);
    const life = { begun: () => void this.#sayName(name).catch(() => {}), lost: () => {} };
    const link = new RedisLink(node, { ...this.link, life }, this.#around, this.#deadlines, () => {});
    this.#links.set(name, link);
    return link;
  }

  /** Where the node is, as the others say. */
  placeOf(id: string): NodeLine {
    const place = this.#places.get(id);
    if (place === undefined) throw kitError('PALIER_SHARDS_DOWN', { why: `the node ${id} is not known any more` });
    return place;
  }

  ask(id: string, args: RedisArgs, timeoutMs: number = askTimeoutMs): Promise<RedisReply> {
    return this.linkAt(this.placeOf(id)).send(args, timeoutMs);
  }

  /** What the node at that place says of all; undefined when it does not answer. Throws PALIER_SHARDS_NONE. */
  async wordAt(node: Node): Promise<Word | undefined> {
    try {
      return wordOf(String(await this.linkAt(node).send(['CLUSTER', 'NODES'], askTimeoutMs)), node);
    } catch (error) {
      if (!(error instanceof ErrorReply)) return undefined;
      throw kitError('PALIER_SHARDS_NONE', { where: nodeName(node), why: error.message }, { cause: error });
    }
  }

  /** What every primary that answers says. Throws PALIER_SHARDS_NONE, PALIER_SHARDS_DOWN when nobody answers. */
  async words(): Promise<readonly Word[]> {
    const first = await this.#firstWord();
    const words = new Map([[first.self.id, first]]);
    for (let news = this.#unasked(words); news.length > 0; news = this.#unasked(words)) {
      const answers = await Promise.all(news.map((line) => this.wordAt(line)));
      answers.forEach((word, i) => words.set((news[i] as NodeLine).id, word ?? silent(news[i] as NodeLine)));
    }
    for (const { nodes } of words.values()) {
      for (const line of nodes) {
        this.#places.set(line.id, line);
        if (line.role === 'replica' && line.primary !== undefined) this.#followed.set(line.id, line.primary);
      }
    }
    // Of itself a node may know no address.
    for (const { self, nodes } of words.values()) {
      for (const line of nodes) if (line.id !== self.id && !line.meeting) this.#places.set(line.id, line);
    }
    const said = [...words.values()].filter(({ nodes }) => nodes.length > 0);
    this.primaries = said.filter(({ self }) => self.role === 'primary').map(({ self }) => self.id);
    return said;
  }

  /** The node itself while it is a primary, else one that was its replica and was promoted; undefined: none is known. */
  primaryOf(id: string): string | undefined {
    return this.primaries.includes(id) ? id : this.primaries.find((primary) => this.#followed.get(primary) === id);
  }

  /** The view on which all agree, every slot with a node that answers. Throws PALIER_SHARDS_DOWN, PALIER_SHARDS_DOUBT. */
  async settled(withinMs: number = settleMs): Promise<ClusterView> {
    const { clock, timers } = this.#around;
    const untilMs = clock.monotonicMs() + withinMs;
    for (;;) {
      const view = viewOf(await this.words());
      const unserved = view.owners.flatMap((owner, slot) => (owner === undefined ? [slot] : []));
      if (unserved.length === 0 && view.doubtful.length === 0) return view;
      if (clock.monotonicMs() >= untilMs) throw unsettled(view, unserved);
      await timers.sleep(lookEveryMs);
    }
  }

  /** Waits until `look` is true. Throws PALIER_SHARDS_DOUBT with `why`. */
  async until(why: string, look: () => Promise<boolean>, withinMs: number = settleMs): Promise<void> {
    const { clock, timers } = this.#around;
    const untilMs = clock.monotonicMs() + withinMs;
    while (!(await look())) {
      if (clock.monotonicMs() >= untilMs) throw kitError('PALIER_SHARDS_DOUBT', { why });
      await timers.sleep(lookEveryMs);
    }
  }

  /**
   * Only one may move slots at a time. Whoever does is called so on its connections, which end with its process, and looks who else is: of two
   * that begin at once each sees the other, and both go. Throws PALIER_SHARDS_BUSY.
   */
  async claim(name: string): Promise<void> {
    this.#name = `${namePrefix}${name}`;
    await Promise.all([...this.#links.keys()].map((link) => this.#sayName(link)));
    // Of one that was killed a moment ago the servers may not have noticed the end.
    await this.until('', async () => (await this.#others()).length === 0, 3000).catch(async () => {
      const [other] = await this.#others();
      if (other !== undefined) throw kitError('PALIER_SHARDS_BUSY', { other });
    });
  }

  /** Addresses of others that move slots. */
  async #others(): Promise<readonly string[]> {
    const links = [...this.#links.values()].filter(({ ready }) => ready);
    const lists = await Promise.all(links.map((link) => link.send(['CLIENT', 'LIST', 'TYPE', 'normal'], askTimeoutMs)));
    return lists.flatMap((list) =>
      String(list)
        .split('\n')
        .filter((line) => line.includes(` name=${namePrefix}`) && !line.includes(` name=${this.#name} `))
        .map((line) => / addr=(\S+)/.exec(line)?.[1] ?? 'an unknown address'),
    );
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#deadlines.close();
  }

  async #sayName(link: string): Promise<void> {
    if (this.#name !== undefined) await this.#links.get(link)?.send(['CLIENT', 'SETNAME', this.#name], askTimeoutMs);
  }

  async #firstWord(): Promise<Word> {
    const words = await Promise.all(this.seeds.map((seed) => this.wordAt(seed)));
    const word = words.find((one) => one !== undefined);
    if (word !== undefined) return word;
    const known = await Promise.all([...this.#places.values()].map((line) => this.wordAt(line)));
    const other = known.find((one) => one !== undefined);
    if (other !== undefined) return other;
    throw kitError('PALIER_SHARDS_DOWN', { why: `none of ${this.seeds.map(nodeName).join(', ')} answers` });
  }

  #unasked(words: ReadonlyMap<string, Word>): readonly NodeLine[] {
    const lines = new Map<string, NodeLine>();
    for (const { nodes } of words.values()) {
      for (const line of nodes) {
        if (line.role === 'primary' && !line.failed && !line.meeting && !words.has(line.id)) lines.set(line.id, line);
      }
    }
    return [...lines.values()];
  }
}

/** In the place of what a node did not say. */
function silent(self: NodeLine): Word {
  return { self, nodes: [], going: new Map(), coming: new Map() };
}

function unsettled(view: ClusterView, unserved: readonly number[]): Error {
  if (unserved.length > 0) {
    return kitError('PALIER_SHARDS_DOWN', { why: `${unserved.length} slots are with no primary that answers` });
  }
  const slots = view.doubtful.slice(0, 5).join(', ');
  return kitError('PALIER_SHARDS_DOUBT', { why: `the nodes differ on ${view.doubtful.length} slots (${slots} …)` });
}
