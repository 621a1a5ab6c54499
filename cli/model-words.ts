/**
 * Which model a load follows, and what follows from it, in words: the first thing that a reader of its figures must know.
 */
import type { LittlesLaw, LoadModel, Scenario, ScenarioReport } from '@palier/protocol';
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
export const whyTwoTimes: readonly [string, string] = [
  'Response time counts from the intended send, service time from the actual one.',
  'Judge by the first: the gap between them is waiting that the server never saw.',
];

/** `N = X(R + Z): 98 requests/s × (12 ms + 2.0 s) = 198 users; 200 were present.` Both numbers, so that either can be doubted. */
export function lawWords(model: LoadModel, littlesLaw: LittlesLaw): string {
  const { requestsPerSecond, responseMs, thinkMs, users, usersByLaw } = littlesLaw;
  const rate = `${few(requestsPerSecond)} requests/s`;
  // In an open model only a user who holds a WebSocket thinks.
  return model === 'open' && thinkMs === 0
    ? `N = X·R: ${rate} × ${latency(responseMs)} = ${few(usersByLaw)} tasks at once; ${few(users)} were under way.`
    : `N = X(R + Z): ${rate} × (${latency(responseMs)} + ${latency(thinkMs)}) = ${few(usersByLaw)} users; ${few(users)} were present.`;
}

/** Why arrivals were refused, and how many tasks at once would have let all of them in. */
export function refusalWords(scenario: Pick<ScenarioReport, 'arrivals' | 'series' | 'total'>): string {
  const { maxConcurrent = 0 } = scenario.arrivals ?? {};
  const needed = neededAtOnce(scenario);
  const enough = needed > maxConcurrent ? `; at this rate about ${whole(needed)} are needed` : '';
  return `all ${whole(maxConcurrent)} (maxConcurrent) were under way${enough}. Raise it if the system may have more at once, else it is too slow for this rate.`;
}

/**
 * By Little's law over the worst span in which some were refused, N = arrivals × the requests of a task × their time, and three times √N
 * for what bunches of them add. The time is that of those let in: with more of them the system may take longer.
 */
function neededAtOnce({ arrivals, series, total }: Pick<ScenarioReport, 'arrivals' | 'series' | 'total'>): number {
  const began = (arrivals?.offered ?? 0) - (arrivals?.refused ?? 0);
  const perTask = began === 0 ? 1 : Math.max(1, total.requests / began);
  const spans = series.filter(({ refusedPerSecond }) => refusedPerSecond > 0);
  const most = Math.max(
    0,
    ...spans.map(({ arrivalsPerSecond, p50Ms }) => arrivalsPerSecond * perTask * ((p50Ms ?? 0) / 1000)),
  );
  const needed = most + 3 * Math.sqrt(most);
  const step = needed < 100 ? 10 : 10 ** Math.floor(Math.log10(needed) - 1) * 5;
  return Math.ceil(needed / step) * step;
}

/** Below ten the digits matter. */
function few(value: number): string {
  return value < 10 ? String(Number(value.toPrecision(2))) : whole(value);
}

function thinkWords({ min, max }: Scenario['thinkMs']): string {
  const seconds = (ms: number): string => String(Number((ms / 1000).toPrecision(3)));
  return min === max ? `${seconds(min)} s` : `${seconds(min)}–${seconds(max)} s`;
}
