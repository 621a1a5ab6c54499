/** The shards of a Cluster, a plan for them and its carrying out in words. Pure. */
import type { MoveProgress, Plan, ShardsLook } from '@palier/kit/state/shards';
import { bar, clockTime, type Paint, whole } from './picture/index.ts';

/** Moves that are shown one by one; the JSON has all. */
const maxMoveLines = 20;
const barWidth = 20;

export function lookLines(look: ShardsLook, paint: Paint): string[] {
  const most = Math.max(...look.shards.map(({ timeShare }) => timeShare));
  const shards = look.shards.map(({ node, replicas, slots, keys, callsPerSecond, timeShare }) => [
    node,
    String(replicas.length),
    whole(slots),
    whole(keys),
    whole(callsPerSecond),
    percent(timeShare),
    most > 0 ? bar(timeShare / most, barWidth) : '',
  ]);
  const hottest = look.hottest.map(({ slot, node, keys, callsPerSecond, timeShare, tag, key }) => [
    String(slot),
    node,
    whole(keys),
    whole(callsPerSecond),
    percent(timeShare),
    tag === undefined ? shownKey(key ?? '') : `{${shownKey(tag)}}`,
  ]);
  return [
    ...table([['node', 'replicas', 'slots', 'keys', 'calls/s', 'time', ''], ...shards], [1, 2, 3, 4, 5]),
    '',
    `Imbalance ${paint('bold', look.imbalance.toFixed(2))} ${paint('dim', '(load of the busiest shard by the mean of all; 1 is even)')}`,
    ...(hottest.length === 0
      ? [paint('dim', 'Nothing was asked of any slot while it was watched.')]
      : ['', ...table([['slot', 'node', 'keys', 'calls/s', 'time', 'tag or key'], ...hottest], [0, 2, 3, 4])]),
    ...(look.halfDone === 0
      ? []
      : ['', paint('yellow', `${look.halfDone} slots were begun to be moved and are not: --rebalance goes on.`)]),
  ];
}

export function planLines(plan: Plan, look: ShardsLook, dryRun: boolean, paint: Paint): string[] {
  const nodes = new Map(look.shards.map(({ id, node }) => [id, node]));
  const name = (id: string): string => nodes.get(id) ?? id;
  const told = plan.indivisible.map((slot) =>
    paint('yellow', `Slot ${slot} alone is more than a shard's share; no move divides it, only keys with other tags.`),
  );
  if (plan.moves.length === 0) return ['', 'Nothing is to be moved.', ...told];
  const moves = plan.moves
    .slice(0, dryRun ? maxMoveLines : 0)
    .map(({ slot, from, to }) => [String(slot), name(from), '→', name(to)]);
  const more = dryRun ? plan.moves.length - moves.length : 0;
  return [
    '',
    `${whole(plan.moves.length)} slots ${dryRun ? 'would move' : 'move'}; imbalance ${plan.before.toFixed(2)} → ${plan.after.toFixed(2)}`,
    ...table(moves, [0]),
    ...(more > 0 ? [`  and ${whole(more)} more (--json has all)`] : []),
    ...told,
  ];
}

export function progressLine({ movedSlots, ofSlots, movedKeys, leftMs }: MoveProgress): string {
  const share = bar(movedSlots / ofSlots, barWidth);
  return `${share} ${whole(movedSlots)} of ${whole(ofSlots)} slots, ${whole(movedKeys)} keys, ${clockTime(leftMs)} left`;
}

export function stoppedLine(url: string | undefined): string {
  const words = ['palier shards', ...(url === undefined ? [] : [url.replace(/\/\/[^@/]*@/, '//…@')]), '--rebalance'];
  return `Stopped after the slot in hand; every slot is whole. To go on: ${words.join(' ')}`;
}

/** `added`: primaries that were added without replicas. */
export function loneLine({ shards }: ShardsLook, added: number, paint: Paint): string[] {
  const lone = shards.filter(({ replicas }) => replicas.length === 0).map(({ node }) => node);
  if (added === 0 || lone.length === 0 || lone.length === shards.length) return [];
  const names = lone.slice(0, 8).join(', ');
  return [
    paint(
      'yellow',
      `Without a replica: ${names}. The others have some; --add-replicas gives them to nodes that are added.`,
    ),
  ];
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

/** A key is anybody's: nothing of it may steer a terminal. */
function shownKey(key: string): string {
  return key.replace(/[^\x20-\x7e]/g, '?').slice(0, 48);
}

function table(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows.map((row) =>
    row
      .map((cell, column) =>
        right.includes(column) ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number),
      )
      .join('  ')
      .trimEnd(),
  );
}
