/**
 * Which model a load follows, and what follows from it, in words: the first thing that a reader of its figures must know.
 */
import type { ArrivalReport, LittlesLaw, LoadModel, Scenario } from '@palier/protocol';
import { latency, whole } from './picture/text.ts';

/** `open model: arrivals at random (Poisson), at most 1,000 tasks at once`; `closed model: users think 1–3 s between tasks`. */
export function modelWords({ arrivals, thinkMs }: Pick<Scenario, 'arrivals' | 'thinkMs'>): string {
  if (arrivals === null) return `closed model: users who wait for their answers and think ${thinkWords(thinkMs)}`;
  const how = arrivals.recorded !== null ? 'recorded' : arrivals.spacing;
  return `open model: arrivals ${arrivalWords[how]}, at most ${whole(arrivals.maxConcurrent)} tasks at once`;
}

export const arrivalWords: Readonly<Record<'poisson' | 'even' | 'recorded', string>> = {
  poisson: 'at random (Poisson)',
  even: 'evenly spaced',
  recorded: 'as they were recorded',
};

/** Why response time and service time stand side by side. */
export const whyTwoTimes =
  'response time counts from the moment a user meant to send, service time from the actual send: judge by the first, the gap is waiting that the server never saw';

/** `N = X(R + Z): 98 requests/s × (12 ms + 2.0 s) = 197 users; 200 were present.` Both numbers, so that either can be doubted. */
export function lawWords(
  model: LoadModel,
  { requestsPerSecond, responseMs, thinkMs, users, usersByLaw }: LittlesLaw,
): string {
  const rate = `${few(requestsPerSecond)} requests/s`;
  return model === 'open'
    ? `N = X·R: ${rate} × ${latency(responseMs)} waiting = ${few(usersByLaw)} tasks at once; ${few(users)} were under way on average.`
    : `N = X(R + Z): ${rate} × (${latency(responseMs)} waiting + ${latency(thinkMs)} thinking) = ${few(usersByLaw)} users; ${few(users)} were present on average.`;
}

/**
 * What to do about refused arrivals. By Little's law the tasks at once grow with the rate: those let in needed `users`, all of them would
 * have needed so many times more as there were more of them, if they had taken no longer.
 */
export function refusalWords(
  { offered, refused, maxConcurrent }: ArrivalReport,
  { users }: Pick<LittlesLaw, 'users'>,
): string {
  const needed = offered === refused ? null : Math.ceil((users * offered) / (offered - refused));
  const enough = needed === null ? '' : `, which needs more than ${whole(Math.max(needed, maxConcurrent))}`;
  return `all ${whole(maxConcurrent)} of maxConcurrent were under way. Raise it if the system may have more at once${enough}; else it is too slow for this rate.`;
}

/** Below ten the digits matter. */
function few(value: number): string {
  return value < 10 ? String(Number(value.toPrecision(2))) : whole(value);
}

function thinkWords({ min, max }: Scenario['thinkMs']): string {
  const seconds = (ms: number): string => String(Number((ms / 1000).toPrecision(3)));
  return min === max ? `${seconds(min)} s` : `${seconds(min)}–${seconds(max)} s`;
}
