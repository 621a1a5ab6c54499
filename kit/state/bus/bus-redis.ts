/**
 * A bus over Redis: `PUBLISH` on one server or a primary, sharded channels (`SPUBLISH`) on a Cluster, where a message goes to the nodes of its
 * slot only. Publishing is a procedure that gives the message its stamp; listening has a connection of its own to each node, since a slow
 * reader of a busy channel is cut off by the server, and calls should not be.
 */
import { ErrorReply } from '@redis/client';
import type { Cancel } from '@palier/base/timers';
import { kitError } from '../../errors.ts';
import { checkedValue } from '../call.ts';
import { type CallOptions, keyOf, type KvEngine, type Value } from '../kv.ts';
import type { CheckedStateOptions } from '../options.ts';
import type { Procedure } from '../procedure.ts';
import { KvRedis, type KvRedisParts } from '../redis/kv-redis.ts';
import { type Node, RedisLink } from '../redis/link-redis.ts';
import { refusalOf } from '../redis/refusal.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { Bus, Subscriber, Subscription } from './bus.ts';
import { type Chain, type ChainEvent, nextChain, unheard } from './chain.ts';
import { Hearers } from './hearers.ts';
import { maxChannels, stampKeptMs } from './options.ts';

/** How often a channel that has no connection, or lies on another node now, is looked for. */
const settleEveryMs = 50;
const askTimeoutMs = 1000;

interface Channel {
  /** As it is called on the wire; the key of its stamp too, so that both lie in one slot. */
  readonly name: string;
  readonly slot: number;
  readonly hearers: Hearers;
  chain: Chain;
  /** Where it is subscribed, and in which life of that connection. */
  at: Ear | undefined;
  attaching: boolean;
  /** Those who wait for `subscribe`. */
  readonly waiting: Set<() => void>;
}

export class BusRedis implements Bus {
  readonly engine: KvEngine;
  readonly #kv: KvRedis;
  readonly #parts: KvRedisParts;
  readonly #options: CheckedStateOptions;
  readonly #around: StateSurroundings;
  readonly #publishing: Procedure<void>;
  readonly #sharded: boolean;
  readonly #channels = new Map<string, Channel>();
  readonly #ears = new Map<Node, Ear>();
  readonly #stop: Cancel;
  #closed = false;

  constructor(parts: KvRedisParts, options: CheckedStateOptions, around: StateSurroundings) {
    this.engine = parts.engine;
    this.#sharded = parts.engine === 'cluster';
    this.#publishing = publishing(this.#sharded);
    this.#parts = parts;
    this.#options = options;
    this.#around = around;
    this.#kv = new KvRedis(parts, options, around);
    this.#stop = around.timers.every(settleEveryMs, () => this.#settle());
  }

  get health(): KvRedis['health'] {
    return this.#kv.health;
  }

  async publish(channel: string, message: Value, options?: CallOptions): Promise<void> {
    await this.#kv.run(
      this.#publishing,
      [wireName(channel, this.#parts)],
      [checkedValue(message, this.#options)],
      options,
    );
  }

  async subscribe(name: string, subscriber: Subscriber, options?: CallOptions): Promise<Subscription> {
    if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
    const channel = this.#channel(name);
    const subscription = channel.hearers.add(subscriber, () => {
      if (channel.hearers.size === 0) this.#leave(channel);
    });
    if (channel.hearers.listening) return subscription;
    const stands = new Promise<boolean>((resolve) => {
      const cancel = this.#around.timers.after(options?.timeoutMs ?? this.#options.timeoutMs, () => done(false));
      const ready = (): void => done(true);
      const done = (listens: boolean): void => {
        cancel();
        channel.waiting.delete(ready);
        resolve(listens);
      };
      channel.waiting.add(ready);
    });
    this.#settle();
    const listens = await stands;
    if (listens && !this.#closed) return subscription;
    subscription.close();
    if (this.#closed) throw kitError('PALIER_STATE_CLOSED', { outcome: 'none' });
    throw kitError('PALIER_STATE_LATE', { engine: 'Redis', outcome: 'none' });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    for (const channel of this.#channels.values()) {
      channel.hearers.clear();
      for (const ready of channel.waiting) ready();
    }
    this.#channels.clear();
    for (const ear of this.#ears.values()) ear.link.close();
    this.#ears.clear();
    await this.#kv.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #channel(channel: string): Channel {
    const name = wireName(channel, this.#parts);
    const known = this.#channels.get(name);
    if (known !== undefined) return known;
    if (this.#channels.size >= maxChannels) {
      throw kitError('PALIER_STATE_BUSY', { waiting: maxChannels, outcome: 'none' });
    }
    const made: Channel = {
      name,
      slot: this.#parts.router.slotOf(name),
      hearers: new Hearers(channel, this.#around.log),
      chain: unheard,
      at: undefined,
      attaching: false,
      waiting: new Set(),
    };
    this.#channels.set(name, made);
    return made;
  }

  #leave(channel: Channel): void {
    if (this.#channels.get(channel.name) === channel) this.#channels.delete(channel.name);
    channel.at?.leave(channel.name, this.#sharded);
    channel.at = undefined;
  }

  /** Every channel is to be heard at the node that has its slot now. */
  #settle(): void {
    for (const channel of this.#channels.values()) {
      const node = this.#parts.router.nodeOf(channel.slot);
      if (channel.at !== undefined && channel.at.node !== node) {
        channel.at.leave(channel.name, this.#sharded);
        this.#deaf(channel);
      }
      if (channel.at !== undefined || channel.attaching || node === undefined) continue;
      const ear = this.#earAt(node);
      if (ear.link.ready) void this.#attach(channel, ear);
    }
    for (const [node, ear] of this.#ears) {
      if ([...this.#channels.values()].some(({ slot }) => this.#parts.router.nodeOf(slot) === node)) continue;
      this.#ears.delete(node);
      ear.link.close();
    }
  }

  #earAt(node: Node): Ear {
    const known = this.#ears.get(node);
    if (known !== undefined) return known;
    const lost = (ear: Ear): void => {
      for (const channel of this.#channels.values()) if (channel.at === ear) this.#deaf(channel);
    };
    const moved = (name: string): void => {
      const channel = this.#channels.get(name);
      if (channel !== undefined) this.#deaf(channel);
    };
    const ear = new Ear(node, this.#parts, this.#around, { lost, moved, stands: () => this.#settle() });
    this.#ears.set(node, ear);
    return ear;
  }

  async #attach(channel: Channel, ear: Ear): Promise<void> {
    const { life } = ear;
    channel.attaching = true;
    try {
      const there = (): boolean => ear.life === life && this.#channels.get(channel.name) === channel;
      this.#next(channel, { kind: 'subscribed' });
      await ear.link.subscribe(
        channel.name,
        (bytes) => {
          if (there()) this.#heard(channel, bytes);
        },
        this.#sharded,
      );
      const stamp = await ear.link.send(['GET', channel.name], askTimeoutMs);
      if (!there()) {
        if (!this.#channels.has(channel.name)) ear.leave(channel.name, this.#sharded);
        return;
      }
      this.#next(channel, { kind: 'known', stamp: stamp === null ? '' : String(stamp) });
      channel.at = ear;
      channel.hearers.listens(true);
      for (const ready of channel.waiting) ready();
    } catch (error) {
      // Tried again at the next look: the connection is made anew, or the slot is somewhere else.
      ear.leave(channel.name, this.#sharded);
      if (error instanceof ErrorReply && refusalOf(error.message) === 'elsewhere') {
        this.#parts.router.redirect(error.message, channel.name);
      }
    } finally {
      channel.attaching = false;
    }
  }

  #heard(channel: Channel, bytes: Buffer): void {
    const { before, stamp, message } = unpacked(bytes);
    this.#next(channel, { kind: 'message', before, stamp });
    channel.hearers.message(message);
  }

  #next(channel: Channel, event: ChainEvent): void {
    const { chain, gap } = nextChain(channel.chain, event);
    channel.chain = chain;
    if (gap) channel.hearers.gap();
  }

  #deaf(channel: Channel): void {
    channel.at = undefined;
    channel.hearers.listens(false);
  }
}

/** The connection that listens at one node. */
class Ear {
  readonly node: Node;
  readonly link: RedisLink;
  /** Counts the lives of the connection. */
  life = 0;

  constructor(
    node: Node,
    { link, deadlines }: KvRedisParts,
    around: StateSurroundings,
    told: { lost(ear: Ear): void; moved(channel: string): void; stands(): void },
  ) {
    this.node = node;
    const life = {
      // In a turn of its own: the link is not known to its owner before it is made.
      begun: () => void around.timers.soon(() => told.stands()),
      lost: () => {
        this.life++;
        told.lost(this);
      },
      moved: (channel: string) => told.moved(channel),
    };
    this.link = new RedisLink(node, { ...link, life }, around, deadlines, () => {});
  }

  leave(channel: string, sharded: boolean): void {
    this.link.unsubscribe(channel, sharded).catch(() => {});
  }
}

/** Channels know no databases, keys do. */
function wireName(channel: string, { link }: KvRedisParts): string {
  return keyOf('bus', channel, String(link.database));
}

/** On the wire: the stamp before, a blank, its own stamp, a line's end, the message. */
function unpacked(bytes: Buffer): { readonly before: string; readonly stamp: string; readonly message: Buffer } {
  const end = bytes.indexOf(10);
  const [before = '', stamp = ''] = bytes.toString('latin1', 0, end).split(' ');
  return { before, stamp, message: Buffer.from(bytes.subarray(end + 1)) };
}

function publishing(sharded: boolean): Procedure<void> {
  return {
    name: sharded ? 'bus.spublish' : 'bus.publish',
    lua: `
local before = redis.call('GET', KEYS[1]) or ''
local t = redis.call('TIME')
local stamp = string.format('%d-%s.%s', (tonumber(string.match(before, '^%d+')) or 0) + 1, t[1], t[2])
redis.call('SET', KEYS[1], stamp, 'PX', ${stampKeptMs})
redis.call('${sharded ? 'SPUBLISH' : 'PUBLISH'}', KEYS[1], before .. ' ' .. stamp .. '\\n' .. ARGV[1])
return {}`,
    apply() {
      throw new TypeError('This procedure is for Redis alone; the bus of SQLite has a table.');
    },
    read: () => undefined,
  };
}
