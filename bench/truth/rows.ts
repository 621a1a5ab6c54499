/** From what was told and what is true to the table, and to whether ours keeps its goal. Pure. */
import { quietCores } from '../rows.ts';
import type { Met } from '../rows.ts';
import { type Figures, isEnough, offBy, type QuantileName, quantileNames } from './figures.ts';

/** The largest share that one of our quantiles may be off. */
export const goal = 0.02;

/**
 * `log`: from a request's arrival to its answer, by the server's log of this very run, and the wire. `due`: from the moment that it was due
 * to its answer; ours by the log, the peers' by arithmetic.
 */
export type Against = 'log' | 'due';

export interface TruthRow {
  readonly server: string;
  readonly tool: string;
  readonly isOurs: boolean;
  readonly against: Against;
  /** Those that the server counted. */
  readonly requests: number;
  readonly told: Figures;
  readonly truth: Figures;
  /** Errors that the tool told of, and those that the server made; null where none are made on purpose. */
  readonly errors: { readonly told: number; readonly made: number };
  /** Processor cores used by other programs and other guests of the host meanwhile. */
  readonly elsewhere: number;
  /** How long the server was ready to run and had no core: what it cannot log. */
  readonly serverWaitedMs: number;
}

export function metOf(rows: readonly TruthRow[], isWhole: boolean): Met {
  const ours = rows.filter((row) => row.isOurs);
  const missed = ours.filter((row) => missedOf(row).length > 0);
  if (missed.some(({ elsewhere }) => elsewhere <= quietCores)) return 'no';
  return missed.length > 0 || ours.length === 0 || !isWhole ? 'unclear' : 'yes';
}

/** The quantiles of a row that are off by more than the goal, or not told though there are enough requests. */
export function missedOf({ told, truth, requests }: TruthRow): readonly QuantileName[] {
  return quantileNames.filter((name) => {
    if (!isEnough(name, requests)) return false;
    const off = offBy(told[name], truth[name]);
    return off === null || Math.abs(off) > goal;
  });
}

export const tableHead: readonly string[] = [
  'server',
  'client',
  'against',
  'requests',
  ...[...quantileNames, 'max'].flatMap((name) => [`${name}, ms`, 'off']),
  'errors',
];

/** Below the server's name. */
export function cellsOf(row: TruthRow): readonly string[] {
  const { tool, against, requests, told, truth, errors } = row;
  const figures = ([...quantileNames, 'max'] as const).flatMap((name) => {
    const isShown = name === 'max' || isEnough(name, requests);
    return isShown ? [ms(told[name]), percent(offBy(told[name], truth[name]))] : ['few', ''];
  });
  const made = errors.told === 0 && errors.made === 0 ? '' : `${errors.told} of ${errors.made}`;
  return ['', tool, against, String(requests), ...figures, made];
}

/** What arithmetic says beforehand; and, for the queue, theory. */
export function knownCells(server: string, name: string, requests: number, figures: Figures): readonly string[] {
  const all = ([...quantileNames, 'max'] as const).flatMap((quantile) => [ms(figures[quantile]), '']);
  return [server, name, '', String(requests), ...all, ''];
}

function ms(value: number | null): string {
  return value === null ? '–' : value.toFixed(value >= 1000 ? 0 : 1);
}

/** Within ±10 % with a digit; beyond it without. */
function percent(share: number | null): string {
  if (share === null) return '';
  const value = 100 * share;
  const size = Math.abs(value);
  return `${value < 0 ? '−' : '+'}${size.toFixed(size < 9.95 ? 1 : 0)} %`;
}
