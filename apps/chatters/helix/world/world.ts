/**
 * A world of accounts and channels made from a seed: nothing is stored, each account is computed from its id, so that a channel of 200 000
 * costs a list of numbers.
 */
import { mixed, share, shuffled } from './chance.ts';
import { type Channel, channelsOf, type PlantedCluster, type Streamer, streamersOf } from './channels.ts';
import { growthOf, peopleCount } from './growth.ts';
import { displayed, personLogin, seriesLogin } from './names.ts';

/** An account as Helix tells it (Get Users). */
export interface Account {
  readonly id: string;
  readonly login: string;
  readonly displayName: string;
  readonly createdMs: number;
  readonly broadcasterType: '' | 'affiliate' | 'partner';
}

export interface WorldOptions {
  readonly seed: number;
  readonly hugePeople: number;
  readonly moderators: number;
  /** How long a renamer keeps a login. */
  readonly renameEveryMs: number;
}

export interface World {
  readonly channels: readonly Channel[];
  readonly streamers: readonly Streamer[];
  channel(id: string): Channel | undefined;
  streamer(id: string): Streamer | undefined;
  /** Who watches a channel when the world begins, as account numbers, and, from `people` on, who joins later. */
  watcher(channel: Channel, index: number): number;
  /** How many there are when the world begins. */
  watchers(channel: Channel): number;
  /** What an account number is at a time; undefined: deleted or suspended, as Get Users leaves it out, though Get Chatters lists it. */
  account(number: number, atMs: number): Account | undefined;
  /** How the chatters list names it. */
  chatter(number: number, atMs: number): Pick<Account, 'id' | 'login' | 'displayName'>;
  /** Account numbers of each planted cluster, for tests. */
  planted(channel: Channel): readonly (readonly number[])[];
}

/** Planted accounts have numbers of their own: a channel has so many, a cluster so many of them. */
const plantedFrom = 100_000_000;
const perChannel = 100_000;
const perCluster = 10_000;
/** Known helpers of chats: the same accounts everywhere. */
const bots = ['nightbot', 'moobot', 'streamelements', 'streamlabs', 'soundalerts', 'wizebot'];
const botsFrom = 90_000_000;

export function makeWorld({ seed, hugePeople, moderators, renameEveryMs }: WorldOptions): World {
  const channels = channelsOf(hugePeople);
  const streamers = streamersOf(channels, moderators);
  const growth = growthOf(seed);
  const byId = new Map(channels.map((channel, index) => [channel.id, { channel, index }]));
  const streamerById = new Map(streamers.map((streamer) => [streamer.id, streamer]));
  const indexOf = (channel: Channel): number => byId.get(channel.id)?.index ?? 0;
  const plantedNumber = (channel: Channel, cluster: number, member: number): number =>
    plantedFrom + indexOf(channel) * perChannel + cluster * perCluster + member;

  function loginOf(number: number, atMs: number): string {
    // One of the people, too, and in other chats like them.
    const streamer = streamerById.get(String(number));
    if (streamer !== undefined) return streamer.login;
    if (isBot(number)) return bots[number - botsFrom] as string;
    const planted = clusterOf(channels, number);
    if (planted?.cluster.stem) return seriesLogin(planted.cluster.stem, planted.member, seed);
    return personLogin(number, seed, renamers.has(number) ? Math.floor(atMs / renameEveryMs) : 0);
  }

  function createdMs(number: number): number {
    if (isBot(number)) return Date.UTC(2014, 2, 1 + (number - botsFrom) * 90);
    const planted = clusterOf(channels, number);
    if (planted === undefined) return growth.openedMs(number);
    const { fromMs, withinMs } = planted.cluster;
    return fromMs + Math.floor(share(seed, 41, planted.place) * (withinMs / 1000)) * 1000;
  }

  function named(number: number, atMs: number): Pick<Account, 'id' | 'login' | 'displayName'> {
    const login = loginOf(number, atMs);
    return { id: String(number), login, displayName: displayed(login) };
  }

  const world: World = {
    channels,
    streamers,
    channel: (id) => byId.get(id)?.channel,
    streamer: (id) => streamerById.get(id),
    watchers: (channel) =>
      channel.people + channel.raiders + bots.length + channel.clusters.reduce((sum, { size }) => sum + size, 0),
    watcher(channel, index) {
      let rest = index;
      if (rest < bots.length) return botsFrom + rest;
      rest -= bots.length;
      for (const [cluster, { size }] of channel.clusters.entries()) {
        if (rest < size) return plantedNumber(channel, cluster, rest);
        rest -= size;
      }
      return shuffled(rest, peopleCount, mixed(seed, 51, indexOf(channel)));
    },
    account(number, atMs) {
      const nobody =
        number >= plantedFrom ? clusterOf(channels, number) === undefined : number >= peopleCount && !isBot(number);
      const streams = streamerById.has(String(number));
      if (nobody || (!streams && share(seed, 42, number) < goneShare(number))) return undefined;
      const broadcasterType = streams ? 'affiliate' : rankOf(number, seed);
      return { ...named(number, atMs), createdMs: createdMs(number), broadcasterType };
    },
    chatter: named,
    planted: (channel) =>
      channel.clusters.map(({ size }, cluster) =>
        Array.from({ length: size }, (_, member) => plantedNumber(channel, cluster, member)),
      ),
  };
  const renamers = renamersOf(world);
  return world;
}

/** The planted cluster that an account number is of. */
function clusterOf(
  channels: readonly Channel[],
  number: number,
): { cluster: PlantedCluster; member: number; place: number } | undefined {
  if (number < plantedFrom) return undefined;
  const place = number - plantedFrom;
  const cluster = channels[Math.floor(place / perChannel)]?.clusters[Math.floor((place % perChannel) / perCluster)];
  const member = place % perCluster;
  return cluster === undefined || member >= cluster.size ? undefined : { cluster, member, place };
}

function isBot(number: number): boolean {
  return number >= botsFrom && number < botsFrom + bots.length;
}

/** The last people of each channel. */
function renamersOf(world: World): ReadonlySet<number> {
  const renamers = new Set<number>();
  for (const channel of world.channels) {
    const count = world.watchers(channel);
    for (let i = count - channel.renamers; i < count; i++) renamers.add(world.watcher(channel, i));
  }
  return renamers;
}

/** One of two hundred people is gone by now; of what one hand opened, one of twelve. */
function goneShare(number: number): number {
  if (number >= plantedFrom) return 1 / 12;
  return isBot(number) ? 0 : 1 / 200;
}

function rankOf(number: number, seed: number): Account['broadcasterType'] {
  const rank = share(seed, 43, number);
  if (number >= peopleCount || rank > 0.04) return '';
  return rank > 0.001 ? 'affiliate' : 'partner';
}
