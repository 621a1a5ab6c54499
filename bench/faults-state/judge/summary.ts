/** One line for each fault: what its goals came to, and why. Pure. */
import type { Met } from '../../rows.ts';
import { aligned } from '../../table.ts';
import type { Row } from './rows.ts';

/** A fault as it was played; `failed`: it could not be, and why. */
export interface Bill {
  readonly fault: string;
  readonly rows: readonly Row[];
  readonly failed?: string;
}

const words: Readonly<Record<Met, string>> = { yes: 'kept', no: 'MISSED', unclear: 'cannot be told' };
const header = [
  'fault',
  'log-ins, gap',
  'validations, gap',
  'lost',
  'back',
  'refused wrongly',
  'accepted after end',
].concat(['node-redis, gap; lost', 'ioredis, gap; lost', '']);

/** What was not played is not kept. */
export function billMet({ rows, failed }: Bill): Met {
  const all = new Set(rows.flatMap(({ met }) => met ?? []));
  if (all.has('no')) return 'no';
  return all.has('unclear') || failed !== undefined || all.size === 0 ? 'unclear' : 'yes';
}

export function summaryTable(bills: readonly Bill[]): string {
  const lines = bills.map((bill) => {
    const ours = bill.rows.filter(({ met }) => met !== null);
    const sum = (of: (row: Row) => number): string => String(ours.reduce((total, row) => total + of(row), 0));
    const row = (who: string): Row | undefined => bill.rows.find((one) => one.who === who);
    return [
      bill.fault,
      gapText(row('log-ins')),
      gapText(row('validations, patient')),
      sum(({ lost }) => lost ?? 0),
      sum(({ back }) => back ?? 0),
      sum(({ refusedWrongly }) => refusedWrongly),
      sum(({ acceptedAfterEnd }) => acceptedAfterEnd),
      peerText(row('node-redis, writes')),
      peerText(row('ioredis, writes')),
      words[billMet(bill)],
    ];
  });
  const right = [3, 4, 5, 6];
  return [aligned([header, ...lines], right), ...bills.flatMap(reasonsOf)].join('\n');
}

/** Of each row that is not kept, what it was that is not. */
export function reasonsOf({ fault, rows, failed }: Bill): readonly string[] {
  const told = failed === undefined ? [] : [`${fault}: not played, ${failed}`];
  return told.concat(
    rows.flatMap((row) => {
      const why = row.met === 'no' || row.met === 'unclear' ? breachesOf(row) : [];
      return why.length === 0 ? [] : [`${fault}: ${row.who}: ${why.join(', ')}`];
    }),
  );
}

function breachesOf(row: Row): readonly string[] {
  const counts: readonly (readonly [number | null, string])[] = [
    [row.pending, 'pending'],
    [row.beyondDeadline, 'ended after their deadline'],
    [row.failed, 'failed'],
    [row.lost, 'acknowledged and lost'],
    [row.back, 'ended and back'],
    [row.refusedWrongly, 'refused wrongly'],
    [row.acceptedAfterEnd, 'accepted after their end'],
  ];
  const seen = counts.flatMap(([count, what]) => (count !== null && count > 0 ? [`${count} ${what}`] : []));
  const { gapMs, gapGoalMs, lateMs } = row;
  const isLong = gapGoalMs !== null && gapMs > gapGoalMs;
  const late = isLong && gapMs - lateMs <= gapGoalMs ? ` (the load itself was ${lateMs.toFixed(0)} ms late)` : '';
  return [
    ...seen,
    ...(isLong ? [`a gap of ${gapMs.toFixed(0)} ms, at most ${gapGoalMs}${late}`] : []),
    ...(row.goesOn ? [] : ['does not go on']),
  ];
}

function gapText(row: Row | undefined): string {
  if (row === undefined) return '';
  return row.gapGoalMs === null ? row.gapMs.toFixed(0) : `${row.gapMs.toFixed(0)} (${row.gapGoalMs})`;
}

function peerText(row: Row | undefined): string {
  return row === undefined ? '' : `${row.gapMs.toFixed(0)}; ${row.lost ?? 0}`;
}
