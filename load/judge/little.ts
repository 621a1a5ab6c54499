/**
 * Little's law, N = X(R + Z), as a check of the figures themselves. Two accounts must give the users that were present: the time they
 * waited and thought, clipped at the window's edges (what is missing is time that the generator lost), and the printed figures: X counted
 * by what ended, R the mean response time, neither of which is derived from N.
 *
 * The second holds only as far as those in hand at the edges are few: of k requests in hand, none longer than M, that began before the
 * window or end after it, k·M at each edge is accounted to the wrong side. That is allowed for, and said where it is much.
 */
import type { WindowResult } from '@palier/protocol';
import type { JudgedWindow } from './evidence.ts';
import type { JudgeOptions } from './options.ts';
import { meanResponseMs } from './summary.ts';
import { figure, withUnit } from './words.ts';

export interface LawFindings {
  readonly ok: boolean;
  readonly sentence: string;
}

/** Requests without a response time, of all: more of them, and the mean says nothing of their waiting. */
const maxUntimedShare = 0.01;
/** Said from here on. */
const looseShare = 0.25;

/** Of the windows, those that deviate most. Takes at least one. */
export function littlesLawFindings(windows: readonly JudgedWindow[], options: JudgeOptions): LawFindings {
  const accounts = windows.map((window) => accountsOf(window, options));
  const worst = accounts.toSorted((a, b) => b.time / b.timeBound - a.time / a.timeBound)[0] as Accounts;
  const miscounted = accounts.toSorted((a, b) => b.count / b.countBound - a.count / a.countBound)[0] as Accounts;
  const percent = (share: number): string => withUnit(100 * share, 'percent');
  const { userMs, waitMs, thinkMs } = worst.result;
  const loose =
    miscounted.countBound > looseShare
      ? ' (requests in hand at the edges of the judged time are many or unknown against it: the users present may have changed, and the count proves little)'
      : '';
  return {
    ok:
      worst.result.userMs > 0 &&
      accounts.every(({ time, timeBound, count, countBound }) => time <= timeBound && count <= countBound),
    sentence:
      `${figure(userMs / worst.spanMs)} users were present; by N = X(R + Z) the requests account for ${figure((waitMs + thinkMs) / worst.spanMs)}. The difference is ${percent(worst.time)}, the bound ${percent(worst.timeBound)}. ` +
      `By count: ${figure(miscounted.perSecond)} requests/s ended, ${withUnit(miscounted.responseMs, 'ms')} each: ${figure(miscounted.byCountMs / miscounted.spanMs)} of ${figure(miscounted.result.userMs / miscounted.spanMs)} users, a difference of ${percent(miscounted.count)}, the bound ${percent(miscounted.countBound)}${loose}.`,
  };
}

interface Accounts {
  readonly result: WindowResult;
  readonly spanMs: number;
  readonly perSecond: number;
  readonly responseMs: number;
  readonly byCountMs: number;
  /** Shares of the users' time. */
  readonly time: number;
  readonly timeBound: number;
  readonly count: number;
  readonly countBound: number;
}

function accountsOf({ result, durationMs, seconds }: JudgedWindow, options: JudgeOptions): Accounts {
  const { userMs, waitMs, thinkMs, total } = result;
  const spanMs = Math.max(1, durationMs);
  const share = (ms: number): number => (userMs === 0 ? 0 : ms / userMs);
  const responseMs = meanResponseMs([result]);
  const byCountMs = total.ended * responseMs + thinkMs;
  // Everybody, where nobody told.
  const told = seconds.map(({ inFlight }) => inFlight);
  const inHand = told.length === 0 ? userMs / spanMs : Math.max(1, ...told);
  // Whoever had no answer when the load ended has no request in the window, but waited in it.
  const unanswered = Math.max(0, (told.at(-1) ?? 0) - Math.max(0, total.requests - total.ended));
  const missingMs = byCountMs < userMs ? unanswered * spanMs : 0;
  const edgeMs = (2 * inHand * total.response.max) / 1000 + missingMs;
  const untimed = total.requests - total.response.count;
  const isTimed = total.response.count > 0 && untimed <= maxUntimedShare * total.requests;
  return {
    result,
    spanMs,
    perSecond: (1000 * total.ended) / spanMs,
    responseMs,
    byCountMs,
    time: share(Math.abs(userMs - waitMs - thinkMs)),
    timeBound: options.maxLittlesLawShare,
    count: isTimed ? share(Math.abs(userMs - byCountMs)) : 0,
    countBound: options.maxLittlesLawShare + (isTimed ? share(edgeMs) : 0),
  };
}
