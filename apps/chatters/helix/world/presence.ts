/**
 * Who is in a channel now: people come and go ten times a second, and those who came last stand first. A page is a stretch of that
 * list as it is at that moment, so that whoever reads it page by page meets some twice and misses others, as with the real one.
 */
import type { Clock } from '@palier/base/clock';
import { mixed, shuffled } from './chance.ts';
import type { Channel } from './channels.ts';
import type { World } from './world.ts';

export interface PresenceOptions {
  /** What share of a channel comes within a minute; as many go. */
  readonly driftPerMinute: number;
  readonly seed: number;
}

export interface Presence {
  /** The account numbers `from` … `from + count - 1`, counted from whoever came last, and how many there are. */
  page(from: number, count: number, atMs: number): { readonly numbers: readonly number[]; readonly total: number };
  /** Everybody who is there, and how many have come since the world began: its `watcher` names them, those of the beginning first. */
  everybody(atMs: number): { readonly numbers: readonly number[]; readonly joined: number };
}

/** Each channel's, begun when it is first looked at. Undefined: there is no such channel. */
export type Presences = (channelId: string) => Presence | undefined;

const tickMs = 100;
/** Nobody looked for so long: what happened meanwhile is one change of at most so many ticks. */
const mostTicks = 600;

export function openPresences(world: World, clock: Clock, options: PresenceOptions): Presences {
  const opened = new Map<string, Presence>();
  return (id) => {
    const channel = world.channel(id);
    if (channel === undefined) return undefined;
    const presence = opened.get(id) ?? openPresence(world, channel, clock.epochMs(), options);
    opened.set(id, presence);
    return presence;
  };
}

export function openPresence(world: World, channel: Channel, beginMs: number, options: PresenceOptions): Presence {
  const { driftPerMinute, seed } = options;
  const count = world.watchers(channel);
  // The last stands first in a page: joining is a push.
  const present = Array.from({ length: count }, (_, i) => world.watcher(channel, shuffled(i, count, seed)));
  const perTick = (count * driftPerMinute) / (60_000 / tickMs);
  let joined = 0;
  let tick = Math.floor(beginMs / tickMs);

  function advance(atMs: number): void {
    const now = Math.floor(atMs / tickMs);
    for (let left = Math.min(now - tick, mostTicks); left > 0; left--) {
      const turn = now - left;
      const changes = Math.floor(perTick) + (mixed(seed, 61, turn) / 0x1_0000_0000 < perTick % 1 ? 1 : 0);
      for (let change = 0; change < changes; change++) {
        present.splice(mixed(seed, 62, turn, change) % present.length, 1);
        present.push(world.watcher(channel, count + joined));
        joined += 1;
      }
    }
    tick = Math.max(tick, now);
  }

  return {
    page(from, wanted, atMs) {
      advance(atMs);
      const end = present.length - from;
      return {
        numbers: present.slice(Math.max(0, end - wanted), Math.max(0, end)).toReversed(),
        total: present.length,
      };
    },
    everybody(atMs) {
      advance(atMs);
      return { numbers: [...present], joined };
    },
  };
}
