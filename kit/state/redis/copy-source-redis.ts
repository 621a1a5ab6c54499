/**
 * Reads from Redis that are taken back when somebody changes what was read: a connection of its own to each node, on which the server
 * pushes the keys that changed (`CLIENT TRACKING`, RESP3). Answers and pushes come in one order there, so neither overtakes the other.
 *
 * A lane is proven by its answers, and five times in `staleWithinMs` by asking the node for its role: a node that is no primary any more ends
 * the lane. A Cluster's node is asked for its slots instead, and proven by nothing else: from when a slot is on its way, a key that was not there
 * may be written at the other end, of which this one hears and tells nothing. What is left of an entry's life comes with its value, of one moment.
 */
import { ErrorReply } from '@redis/client';
import type { Cancel } from '@palier/base/timers';
import type { CopyEvents, CopySource, CopySourceOptions, Lane, SourceRead } from '../copies/source.ts';
import type { Deadlines } from '../deadlines.ts';
import type { StateSurroundings } from '../surroundings.ts';
import { slotCount } from './cluster/slots.ts';
import { keptSlots, type OwnSlots, ownSlots } from './cluster/word.ts';
import { type LinkOptions, type Node, RedisLink, type RedisReply } from './link-redis.ts';
import { refusalOf } from './refusal.ts';
import { replyOf } from './reply.ts';
import type { Router } from './router.ts';
import { type Script, scriptOf } from './script.ts';

export interface CopySourceParts {
  readonly router: Router;
  readonly link: LinkOptions;
  readonly deadlines: Deadlines;
  /** A Cluster, whose slots may move. */
  readonly sharded: boolean;
  /** Of a read that does not say itself. */
  readonly timeoutMs: number;
}

/** Of whoever names no reader. */
const plain = "return {redis.call('GET', KEYS[1])}";
/** Nodes that are read from at once; beyond it nothing is kept. */
const maxLanes = 1000;
const askTimeoutMs = 1000;

export class CopySourceRedis implements CopySource {
  readonly maxStaleMs: number = Number.POSITIVE_INFINITY;
  readonly #parts: CopySourceParts;
  readonly #events: CopyEvents;
  readonly #around: StateSurroundings;
  readonly #ended: () => void;
  readonly #tracked = new Map<Node, TrackedNode>();
  readonly #idleMs: number;
  readonly #script: Script;
  readonly #reads: string;
  readonly #stop: Cancel;
  #closed = false;

  constructor(
    parts: CopySourceParts,
    events: CopyEvents,
    options: CopySourceOptions,
    around: StateSurroundings,
    ended: () => void,
  ) {
    this.#parts = parts;
    this.#events = events;
    this.#around = around;
    this.#ended = ended;
    this.#reads = options.reader?.name ?? 'a value';
    this.#script = scriptOf(withLife(options.reader?.lua ?? plain));
    // When nothing was read for so long, nothing of it is in memory any more.
    this.#idleMs = 2 * options.maxAgeMs;
    this.#stop = around.timers.every(Math.max(5, Math.floor(options.staleWithinMs / 5)), () => this.#prove());
  }

  read(key: string, timeoutMs: number = this.#parts.timeoutMs): Promise<SourceRead | undefined> {
    const { router, sharded } = this.#parts;
    const slot = router.slotOf(key);
    const tracked = this.#at(router.nodeOf(slot));
    const lane = tracked?.lane;
    if (tracked === undefined || lane === undefined) return Promise.resolve(undefined);
    const sentMs = this.#around.clock.monotonicMs();
    tracked.usedMs = sentMs;
    const answered = (answer: RedisReply): SourceRead => {
      if (!sharded) lane.prove(sentMs);
      const [leftMs, reply] = answer as readonly [number, RedisReply];
      return { reply: replyOf(this.#reads, reply), leftMs: leftMs >= 0 ? leftMs : undefined, lane, slot };
    };
    const failed = (error: unknown): Promise<SourceRead | undefined> | undefined => {
      if (!(error instanceof ErrorReply)) throw error;
      const refusal = refusalOf(error.message);
      // A server that was told the whole script knows it.
      if (refusal === 'no-script') {
        return tracked.link.send(['EVAL_RO', this.#script.text, '1', key], timeoutMs).then(answered, failed);
      }
      // The kv asks again, follows, waits or refuses; what a node turned away is learned from here already.
      if (refusal === 'elsewhere') router.redirect(error.message, key);
      return undefined;
    };
    return tracked.link.send(['EVALSHA_RO', this.#script.sha, '1', key], timeoutMs).then(answered, failed);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    for (const { link } of this.#tracked.values()) link.close();
    this.#tracked.clear();
    this.#ended();
  }

  #at(node: Node | undefined): TrackedNode | undefined {
    if (node === undefined || this.#closed) return undefined;
    const known = this.#tracked.get(node);
    if (known !== undefined || this.#tracked.size >= maxLanes) return known;
    const tracked = new TrackedNode(node, this.#parts, this.#events, this.#around);
    this.#tracked.set(node, tracked);
    return tracked;
  }

  #prove(): void {
    const nowMs = this.#around.clock.monotonicMs();
    for (const [node, tracked] of this.#tracked) {
      if (nowMs - tracked.usedMs > this.#idleMs) {
        this.#tracked.delete(node);
        tracked.link.close();
      } else void tracked.prove();
    }
  }
}

/** One node, and the life of the connection to it. */
class TrackedNode {
  readonly link: RedisLink;
  lane: RedisLane | undefined;
  usedMs: number;
  readonly #node: Node;
  readonly #router: Router;
  readonly #events: CopyEvents;
  readonly #around: StateSurroundings;
  readonly #sharded: boolean;
  #asking = false;

  constructor(
    node: Node,
    { router, link, deadlines, sharded }: CopySourceParts,
    events: CopyEvents,
    around: StateSurroundings,
  ) {
    this.#node = node;
    this.#router = router;
    this.#events = events;
    this.#around = around;
    this.#sharded = sharded;
    this.usedMs = around.clock.monotonicMs();
    this.link = new RedisLink(node, { ...link, life: this }, around, deadlines, () => {});
  }

  begun(): void {
    const nowMs = this.#around.clock.monotonicMs();
    this.lane = new RedisLane(this.#node, this.#router, nowMs, this.#sharded);
    // Nothing is kept before it is known which slots the node has.
    if (this.#sharded) void this.prove();
  }

  lost(): void {
    const { lane } = this;
    this.lane = undefined;
    if (lane === undefined) return;
    lane.end();
    this.#events.lost(lane);
  }

  changed(key: string | undefined): void {
    if (key === undefined) this.#events.cleared();
    else this.#events.changed(key);
  }

  /** One question at a time: while it is not answered nothing is proven, however often one asks. */
  async prove(): Promise<void> {
    const { lane } = this;
    if (this.#asking || !this.link.ready) return;
    this.#asking = true;
    const sentMs = this.#around.clock.monotonicMs();
    try {
      const reply = await this.link.send(this.#sharded ? ['CLUSTER', 'NODES'] : ['ROLE'], askTimeoutMs);
      const own = this.#sharded ? ownSlots(String(reply)) : undefined;
      const primary = own?.primary ?? (Array.isArray(reply) && String(reply[0]) === 'master');
      if (!primary) this.lost();
      else if (lane !== undefined) lane.prove(sentMs, own);
      // A replica that was made primary again.
      else if (this.lane === undefined && this.link.ready) this.begun();
    } catch (error) {
      // A user who may not ask for the role gets an answer all the same; a lost connection has ended the lane.
      if (error instanceof ErrorReply && !this.#sharded) lane?.prove(sentMs);
    } finally {
      this.#asking = false;
    }
  }
}

class RedisLane implements Lane {
  provenMs: number;
  readonly #node: Node;
  readonly #router: Router;
  #alive = true;
  #own: OwnSlots | undefined;
  /** By its own word, as of `provenMs`; undefined: there are no slots. */
  #kept: Uint8Array | undefined;

  constructor(node: Node, router: Router, provenMs: number, sharded: boolean) {
    this.#node = node;
    this.#router = router;
    this.provenMs = provenMs;
    this.#kept = sharded ? new Uint8Array(slotCount) : undefined;
  }

  holds(slot: number): boolean {
    return this.#alive && !this.gone(slot) && this.#router.nodeOf(slot) === this.#node;
  }

  gone(slot: number): boolean {
    return this.#kept !== undefined && this.#kept[slot] === 0;
  }

  prove(sentMs: number, own?: OwnSlots): void {
    if (!this.#alive || sentMs < this.provenMs) return;
    this.provenMs = sentMs;
    if (own === undefined || own.text === this.#own?.text) return;
    this.#own = own;
    this.#kept = keptSlots(own);
  }

  end(): void {
    this.#alive = false;
  }
}

/** What is left of the key's life (PTTL), and what the reader answers. */
function withLife(lua: string): string {
  return `local function read()
${lua}
end
return {redis.call('PTTL', KEYS[1]), read()}`;
}
