/** What a capture has beside what was there to capture: pure. The world is the simulator's own, made again of the same seed. */
import type { DrawnCluster } from '../../analysis/summary.ts';
import type { Channel } from '../../helix/world/channels.ts';
import type { World } from '../../helix/world/world.ts';

/** Who is in the channel at a moment, as the simulator's director tells. */
export interface Present {
  readonly numbers: readonly number[];
  /** How many have come since the world began. */
  readonly joined: number;
}

/** A chatter of the capture with what is stored of the account. */
export interface StoredChatter {
  readonly id: string;
  readonly createdMs: number | null;
  readonly fetched: boolean;
  readonly gone: boolean;
}

export interface CaptureCounts {
  /** Rows of the capture. */
  readonly captured: number;
  /** There before the click and after the last page. */
  readonly stayed: number;
  /** Of those: not captured. */
  readonly missing: number;
  /** Rows more than accounts. */
  readonly duplicates: number;
  /** Captured, though they were never there. */
  readonly strangers: number;
  /** Nobody asked for them. */
  readonly unasked: number;
  /** Another date than the account's, or gone though it is there, or there though it is gone. */
  readonly wrong: number;
}

export interface ClusterCounts {
  readonly planted: number;
  /** Of those: found, with nine of ten of the accounts that Twitch still tells of, and no tenth more. */
  readonly found: number;
  /** Found and not planted. */
  readonly accused: number;
}

export function countCapture(
  world: World,
  channel: Channel,
  [before, after]: readonly [Present, Present],
  rows: readonly StoredChatter[],
): CaptureCounts {
  const captured = new Set(rows.map(({ id }) => Number(id)));
  const still = new Set(after.numbers);
  const stayed = before.numbers.filter((number) => still.has(number));
  const ever = new Set<number>();
  for (let i = world.watchers(channel) + after.joined - 1; i >= 0; i--) ever.add(world.watcher(channel, i));
  return {
    captured: rows.length,
    stayed: stayed.length,
    missing: stayed.filter((number) => !captured.has(number)).length,
    duplicates: rows.length - captured.size,
    strangers: [...captured].filter((number) => !ever.has(number)).length,
    unasked: rows.filter(({ fetched }) => !fetched).length,
    wrong: rows.filter(({ id, createdMs, gone }) => {
      // When it was opened does not depend on when one asks.
      const account = world.account(Number(id), 0);
      return createdMs !== (account?.createdMs ?? null) || gone !== (account === undefined);
    }).length,
  };
}

/** `found`: of a channel whose planted accounts are all there. */
export function countClusters(
  world: World,
  channel: Channel,
  found: readonly Pick<DrawnCluster, 'fromMs' | 'toMs' | 'count'>[],
): ClusterCounts {
  const planted = world.planted(channel).map((numbers, place) => {
    const { fromMs, withinMs } = channel.clusters[place] as Channel['clusters'][number];
    return { fromMs, toMs: fromMs + withinMs, told: numbers.filter((number) => world.account(number, 0)).length };
  });
  const meets = (one: (typeof found)[number], { fromMs, toMs }: (typeof planted)[number]): boolean =>
    one.fromMs <= toMs && one.toMs >= fromMs;
  return {
    planted: planted.length,
    found: planted.filter((cluster) =>
      found.some((one) => meets(one, cluster) && one.count > 0.9 * cluster.told && one.count < 1.1 * cluster.told),
    ).length,
    accused: found.filter((one) => !planted.some((cluster) => meets(one, cluster))).length,
  };
}
