/** One hold: when its warm-up was over, how much of it is cut for that, and whether the rest was steady. */
import { formatDuration } from '@palier/base/duration';
import { mergeHistograms } from '@palier/base/histogram';
import type { LoadSecond, Steadiness } from '@palier/protocol';
import { chanceBounds } from '../statistics/binomial.ts';
import { figure } from '../words.ts';
import { driftOf, fewestForDrift } from './trend.ts';
import { warmUpLength } from './warm-up.ts';

/** As for a mean: fewer seconds make no five batches. */
const fewestSeconds = 15;

export interface Hold {
  readonly name: string;
  readonly startMs: number;
  readonly endMs: number;
  /** How much of its start the scenario leaves out. */
  readonly warmUpMs: number;
  /** Where else its judged part may begin, ascending, milliseconds since the load's start; the last at most at its middle. */
  readonly edges: readonly number[];
  /** Those that lie in it. */
  readonly seconds: readonly LoadSecond[];
}

export interface FailureBound {
  /** So many of the requests may fail, 0…1, before a stretch is called failing and not warming up. */
  readonly allowedShare: number;
  readonly confidence: number;
}

/**
 * A warm-up that lasted longer than the scenario's is cut, too, at the next edge. Requests that fail are no warm-up: a stretch in which
 * surely more failed than are allowed is judged.
 */
export function steadinessOf(hold: Hold, bound: FailureBound): Steadiness {
  const { name, startMs, warmUpMs: wantedMs } = hold;
  // Seconds in which nothing was answered have no mean.
  const seconds = hold.seconds.filter(({ response }) => response.count > 0);
  if (seconds.length < fewestSeconds) return { ...unknown, hold: name, cutMs: wantedMs, sentence: tooShort(name) };
  const length = warmUpLength(seconds.map(meanMs));
  if (length === null) return neverSettled(hold, seconds);
  const warmUpMs = length === 0 ? 0 : Math.max(0, (seconds[length] as LoadSecond).atMs - 1000 - startMs);
  if (warmUpMs <= wantedMs) return { ...trendOf(hold, seconds, wantedMs), warmUpMs };
  const cutMs = (hold.edges.find((edge) => edge - startMs >= warmUpMs) ?? startMs + wantedMs) - startMs;
  const failed = failureIn(between(hold.seconds, startMs + wantedMs, startMs + cutMs), bound);
  const long = `It was warming up for ${formatDuration(warmUpMs)}, and warmUp cuts ${formatDuration(wantedMs)}`;
  if (cutMs <= wantedMs || failed !== null) {
    const trend = trendOf(hold, seconds, wantedMs);
    const why = failed === null ? '' : `; but ${failed}, which is no warming up`;
    return {
      ...trend,
      warmUpMs,
      sentence: `${trend.sentence} ${long}${why}: the judged figures hold all that came later.`,
    };
  }
  const trend = trendOf(hold, seconds, cutMs);
  const uncutP95Ms = p95Of(between(seconds, startMs + wantedMs, hold.endMs));
  const instead = `so its first ${formatDuration(cutMs)} were not judged; with them the p95 would have been ${figure(uncutP95Ms)} ms`;
  return { ...trend, warmUpMs, uncutP95Ms, sentence: `${trend.sentence} ${long}, ${instead}.` };
}

const meanMs = ({ response }: LoadSecond): number => response.sum / response.count / 1000;

/** A second belongs where its middle lies. */
export const between = (seconds: readonly LoadSecond[], fromMs: number, toMs: number): readonly LoadSecond[] =>
  seconds.filter(({ atMs }) => atMs - 500 >= fromMs && atMs - 500 < toMs);

const p95Of = (seconds: readonly LoadSecond[]): number =>
  mergeHistograms(seconds.map(({ response }) => response)).quantile(0.95) / 1000;

const unknown = {
  state: 'unknown',
  warmUpMs: null,
  percentPerMinute: null,
  percentOverall: null,
  uncutP95Ms: null,
} as const;

const tooShort = (name: string): string =>
  `Whether the ${name} was steady cannot be told: it needs ${fewestForDrift} judged seconds with answers.`;

/** The part after so much of the start. */
function trendOf({ name, startMs, endMs }: Hold, seconds: readonly LoadSecond[], cutMs: number): Steadiness {
  const rest = between(seconds, startMs + cutMs, endMs);
  if (rest.length < fewestForDrift) return { ...unknown, hold: name, cutMs, sentence: tooShort(name) };
  const spanMs = endMs - startMs - cutMs;
  const share = driftOf(rest.map(meanMs));
  const percentPerMinute = (100 * share * 60_000) / spanMs;
  return {
    hold: name,
    state: share === 0 ? 'steady' : share > 0 ? 'drifting up' : 'drifting down',
    cutMs,
    warmUpMs: null,
    percentPerMinute,
    percentOverall: 100 * share,
    uncutP95Ms: null,
    sentence: trendSentence(name, share, percentPerMinute, spanMs),
  };
}

function trendSentence(name: string, share: number, percentPerMinute: number, spanMs: number): string {
  if (share === 0) return `The ${name} was steady: over ${formatDuration(spanMs)} the response time had no trend.`;
  const way = share > 0 ? 'up' : 'down';
  return `In the ${name} the response time was drifting ${way} by ${figure(Math.abs(percentPerMinute))} % a minute, ${figure(Math.abs(100 * share))} % over the ${formatDuration(spanMs)}: the figures are those of a moment, not of a steady state.`;
}

/** A steady change over the whole of it, or something else that its second half has not seen the end of. */
function neverSettled(hold: Hold, seconds: readonly LoadSecond[]): Steadiness {
  const trend = trendOf(hold, seconds, hold.warmUpMs);
  if (trend.state.startsWith('drifting')) return trend;
  const middleMs = (hold.startMs + hold.endMs) / 2;
  const [early, late] = [between(seconds, hold.startMs, middleMs), between(seconds, middleMs, hold.endMs)];
  const sentence = `The ${hold.name} was never steady: the p95 was ${figure(p95Of(early))} ms in its first half and ${figure(p95Of(late))} ms in its second, and the warm-up may not have been over in either.`;
  return { ...unknown, hold: hold.name, state: 'never steady', cutMs: hold.warmUpMs, sentence };
}

/** `8 of 90 requests failed in it`, when that is surely more than allowed. */
function failureIn(seconds: readonly LoadSecond[], { allowedShare, confidence }: FailureBound): string | null {
  const requests = seconds.reduce((sum, second) => sum + second.requests, 0);
  const failed = seconds.reduce(
    (sum, { errors }) => sum + Object.values(errors).reduce((all, count) => all + count, 0),
    0,
  );
  const isFailing = chanceBounds(failed, requests, confidence).low > allowedShare;
  return isFailing ? `${failed} of the ${requests} requests after that failed` : null;
}
