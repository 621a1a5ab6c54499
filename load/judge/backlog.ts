/**
 * Whether, in an open model, more came than was answered through the whole of a hold: then every figure is that of a moment, and a limit
 * that was kept is one that was not broken yet.
 */
import type { Scenario } from '@palier/protocol';
import type { JudgedWindow } from './evidence.ts';
import type { JudgeOptions } from './options.ts';
import { figure, withUnit } from './words.ts';

/** Means of fewer seconds are no quarters. */
const fewestSeconds = 8;
/** On a straight line each step between quarters is a third of the whole; a standstill, and a system that warms up, lack one of them. */
const leastStepShare = 0.15;
/** Standard deviations. */
const beyondChance = 3;

/** Null where no window is meant to be steady, or long enough to tell. */
export function backlogFindings(
  { arrivals, judge }: Scenario,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): { readonly ok: boolean; readonly sentence: string } | null {
  if (arrivals === null || arrivals.recorded !== null || judge === 'everything') return null;
  const backlogs = windows.flatMap((window) => backlogOf(window, options) ?? []);
  const worst = backlogs.toSorted((a, b) => Number(b.grows) - Number(a.grows) || b.growth - a.growth)[0];
  if (worst === undefined) return null;
  const { name, grows, from, to, growth, began, bound } = worst;
  const share = (count: number): string => withUnit((100 * Math.max(0, count)) / Math.max(1, began), 'percent');
  const course = `the requests in hand were ${figure(from)} in its first quarter and ${figure(to)} in its last`;
  const bounded = `the bound is ${share(bound)}`;
  return {
    ok: !grows,
    sentence: grows
      ? `In the ${name} the backlog grew all through: ${course}. Of ${figure(began)} tasks that began ${share(growth)} were added to it; ${bounded}. More comes than is answered, so a limit that was kept is one that was not broken yet.`
      : `In the ${name} no backlog grew all through: ${course}, ${share(growth)} of the ${figure(began)} that began; ${bounded}.`,
  };
}

interface Backlog {
  readonly name: string;
  readonly grows: boolean;
  /** Requests in hand: means of the window's first and last quarter. */
  readonly from: number;
  readonly to: number;
  /** Over the whole window, by that; tasks. */
  readonly growth: number;
  readonly began: number;
  /** Growth up to here is chance, or too little to matter; tasks. */
  readonly bound: number;
}

/** By how much a window's tasks under way grew; null where it is too short to tell. */
function backlogOf({ name, result, seconds }: JudgedWindow, options: JudgeOptions): Backlog | null {
  if (seconds.length < fewestSeconds) return null;
  const quarter = (i: number): number => {
    const part = seconds.slice(Math.floor((i * seconds.length) / 4), Math.floor(((i + 1) * seconds.length) / 4));
    return part.reduce((sum, { inFlight }) => sum + inFlight, 0) / part.length;
  };
  const [from, second, third, to] = [quarter(0), quarter(1), quarter(2), quarter(3)];
  const began = result.arrivals - result.refusedArrivals;
  // Both what comes and what ends vary by chance, at most about as Poisson processes do.
  const bound = Math.max(options.maxBacklogShare * began, beyondChance * Math.sqrt(2 * began));
  // The middles of the first and the last are three quarters of the window apart.
  const growth = (to - from) / 0.75;
  const least = leastStepShare * (to - from);
  return {
    name,
    grows: growth > bound && second - from >= least && third - second >= least && to - third >= least,
    from,
    to,
    growth,
    began,
    bound,
  };
}
