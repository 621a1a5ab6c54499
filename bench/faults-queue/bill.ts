/** What was promised, and what was seen of it. Pure. */
import { type Met, worstOf } from '../rows.ts';
import type { Played } from './play.ts';

export interface Bill {
  readonly promise: string;
  readonly seen: string;
  readonly met: Met;
}

/** `wanted`: how often the database was to be killed. Nothing is told where nothing was tried. */
export function billOf(
  { counts, kills, restarts }: Pick<Played, 'counts' | 'kills' | 'restarts'>,
  wanted: number,
): Bill[] {
  const none = (promise: string, wrong: number): Bill => ({
    promise,
    seen: String(wrong),
    met: wrong === 0 ? 'yes' : 'no',
  });
  const tried = (promise: string, seen: number, least: number): Bill => {
    return { promise, seen: String(seen), met: seen >= least ? 'yes' : 'unclear' };
  };
  const { jobs, done } = counts;
  return [
    { promise: 'every job is done', seen: `${done} of ${jobs}`, met: done === jobs ? 'yes' : 'no' },
    none('jobs lost: 0', counts.lost),
    none('jobs dead: 0', counts.dead),
    none('results of fenced workers taken: 0', counts.fencedAccepted),
    none('rows written with an end that are not there once: 0', counts.effectsWrong),
    none('resumable jobs whose output is not exact: 0', counts.outputsWrong),
    tried('tried: workers killed', kills, 1),
    tried('tried: database killed under jobs', restarts, wanted),
    tried('tried: jobs begun again', counts.begunAgain, 1),
    tried('tried: late results refused', counts.refused, 1),
    tried('tried: refused while another worker was at the job', counts.refusedBeside, 1),
  ];
}

export function metOfBill(bill: readonly Bill[]): Met {
  return worstOf(bill.map(({ met }) => met));
}
