/**
 * The mix of routes: how many of all requests each of them had. A quantile of all requests moves with the mix although no route got slower
 * (Simpson's paradox), so where the mix of two runs differs the second is asked what it would have shown with the mix of the first (direct
 * standardisation).
 */
import { Histogram, quantileError } from '@palier/base/histogram';
import type { RouteReport, ScenarioReport } from '@palier/protocol';
import type { CompareOptions } from './options.ts';
import { sentOf, type Times, unansweredLog } from './times.ts';

/** Routes, and their shares of all requests, 0…1. */
export type Mix = ReadonlyMap<string, number>;

export function mixOf({ routes }: ScenarioReport): Mix {
  const all = routes.reduce((sum, { requests }) => sum + requests, 0);
  return new Map(routes.map(({ route, requests }) => [route, requests / Math.max(1, all)]));
}

/**
 * The mix to compare with when it is not the same: that of the first run, over the routes that both have. Null: the same, as far as chance
 * allows, or no route in common.
 */
export function commonMix(before: ScenarioReport, after: ScenarioReport, options: CompareOptions): Mix | null {
  const [was, is] = [mixOf(before), mixOf(after)];
  const [n, m] = [before.total.requests, after.total.requests];
  const differs = [...new Set([...was.keys(), ...is.keys()])].some((route) => {
    const [share, other] = [was.get(route) ?? 0, is.get(route) ?? 0];
    const both = (share * n + other * m) / (n + m);
    // Four standard errors: requests of one task come together.
    const chance = 4 * Math.sqrt(both * (1 - both) * (1 / n + 1 / m));
    return Math.abs(share - other) > Math.max(options.leastMixShare, chance);
  });
  const common = [...was].filter(([route]) => is.has(route));
  const whole = common.reduce((sum, [, share]) => sum + share, 0);
  return differs && whole > 0 ? new Map(common.map(([route, share]) => [route, share / whole])) : null;
}

/** `GET /list 60 %, POST /upload 10 %`: the largest first, at most four. */
export function mixText(mix: Mix): string {
  const shares = [...mix].toSorted(([, a], [, b]) => b - a);
  const told = shares.slice(0, 4).map(([route, share]) => `${route} ${Math.round(100 * share)} %`);
  return [...told, ...(shares.length > 4 ? ['…'] : [])].join(', ');
}

/** The times of all requests if each route had its share in the mix. */
export function mixedTimes(routes: readonly RouteReport[], mix: Mix): Times {
  const parts = routes.flatMap((route) => {
    const times = Histogram.from(route.response);
    const part = mix.get(route.route) ?? 0;
    return part === 0 ? [] : [{ times, sent: sentOf(route, times), part }];
  });
  const shareAbove = (ms: number): number =>
    parts.reduce((sum, { times, sent, part }) => {
      const above = sent - times.count + times.countAbove(ms * 1000);
      return sum + (part * above) / Math.max(1, sent);
    }, 0);
  // Asked for hundreds of times: counted once, as finely as the histograms tell times apart.
  const slowestMs = Math.max(...parts.map(({ times }) => times.max)) / 1000;
  const fastestMs = Math.max(0.001, Math.min(...parts.map(({ times }) => times.min)) / 1000);
  const steps = Math.ceil(Math.log(Math.max(1, slowestMs / fastestMs)) / quantileError) + 1;
  const marks = Array.from({ length: steps + 1 }, (_, i) => {
    const log = Math.log(fastestMs) + (i - 1) * quantileError;
    return { log, above: shareAbove(Math.exp(log)) };
  });
  return {
    // A route that counts for more than its requests makes the whole as uncertain as itself (Kish's effective sample size).
    n: 1 / parts.reduce((sum, { sent, part }) => sum + part ** 2 / Math.max(1, sent), 0),
    answered: parts.reduce((sum, { times }) => sum + times.count, 0),
    logAt(above) {
      let [low, high] = [0, marks.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((marks[middle]?.above ?? 0) > above) low = middle + 1;
        else high = middle;
      }
      return marks[low]?.log ?? unansweredLog;
    },
  };
}

/** The share of failed requests, 0…1, if each route had its share in the mix. */
export function mixedErrors(routes: readonly RouteReport[], mix: Mix): number {
  return routes.reduce((sum, { route, errors, requests }) => {
    const failed = Object.values(errors).reduce((all, count) => all + count, 0);
    return sum + ((mix.get(route) ?? 0) * failed) / Math.max(1, requests);
  }, 0);
}
