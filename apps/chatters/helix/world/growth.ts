/**
 * When the people of this world opened their accounts. More each year, more at weekends and in the evening, now and then a day that
 * drew several times as many: real people all of them, whom an analysis must not accuse.
 */
import { mixed, share } from './chance.ts';

/** How many people have an account: numbers 0 … `peopleCount` − 1, in the order in which they came. */
export const peopleCount = 40_000_000;

const dayMs = 86_400_000;
const firstDayMs = Date.UTC(2011, 5, 6);
/** The last day on which anybody came; the world stands still there, whatever today is, so that a seed always makes the same one. */
const lastDayMs = Date.UTC(2026, 9, 31);
const dayCount = (lastDayMs - firstDayMs) / dayMs + 1;

/** Days on which everybody came at once (a game's release, a closed competitor), with how many times as many. */
const rushes: ReadonlyMap<string, number> = new Map([
  ['2016-07-08', 5],
  ['2018-03-15', 9],
  ['2020-03-21', 7],
  ['2020-06-23', 8],
  ['2023-02-10', 6],
]);

export interface Growth {
  /** When the person of this number opened the account. */
  openedMs(person: number): number;
}

/** The days that a seed makes; a table of 5600 numbers. */
export function growthOf(seed: number): Growth {
  const before = new Float64Array(dayCount + 1);
  for (let day = 0; day < dayCount; day++) before[day + 1] = (before[day] as number) + weight(day, seed);
  const whole = before[dayCount] as number;
  return {
    openedMs(person) {
      const target = ((person + 0.5) / peopleCount) * whole;
      const day = lastAtMost(before, target);
      return firstDayMs + day * dayMs + momentOfDay(seed, person);
    },
  };
}

/** How many come on a day, in no unit. */
function weight(day: number, seed: number): number {
  const at = new Date(firstDayMs + day * dayMs);
  const years = day / 365.25;
  const weekend = at.getUTCDay() === 0 || at.getUTCDay() === 6 ? 1.3 : 1;
  const noise = 0.85 + 0.3 * share(seed, 11, day);
  return (1 + years * 0.6) * weekend * noise * (rushes.get(at.toISOString().slice(0, 10)) ?? 1);
}

/** Twice as many at eight in the evening as at eight in the morning (a cosine), by rejection. */
function momentOfDay(seed: number, person: number): number {
  for (let turn = 0; turn < 16; turn++) {
    const moment = share(seed, 12, person, turn);
    const likely = (1.5 - 0.5 * Math.cos((moment - 8 / 24) * 2 * Math.PI)) / 2;
    if (share(seed, 13, person, turn) < likely) return Math.floor(moment * 86_400) * 1000;
  }
  return mixed(seed, 14, person) % dayMs;
}

function lastAtMost(sums: Float64Array, target: number): number {
  let low = 0;
  let high = sums.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sums[middle] as number) <= target) low = middle;
    else high = middle - 1;
  }
  return low;
}
