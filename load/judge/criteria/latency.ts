/**
 * Limits on p95 and p99 of the response time.
 *
 * The quantile is one of all requests: those that never got an answer (refused, reset) have no time and stand above every time, so that a
 * server cannot become faster by hanging up. The interval is one by order statistics, widened by the design effect of the seconds (slow
 * requests come together) and by the histogram's own error.
 */
import { formatDuration } from '@palier/base/duration';
import { mergeHistograms, type Histogram } from '@palier/base/histogram';
import type { RouteResult } from '@palier/protocol';
import type { JudgedWindow } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { fewestForQuantile } from '../statistics/order.ts';
import { quantileInterval, slownessOf } from '../statistics/slowness.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';
import { nothingEnded, judgedMs } from './waiting.ts';
import { missing } from './missing.ts';

export interface LatencyQuestion {
  readonly limit: Limit;
  /** 0.95 or 0.99. */
  readonly quantile: number;
  readonly minRequests: number;
  /** Null: all requests. */
  readonly route: string | null;
}

export function judgeLatency(
  question: LatencyQuestion,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const { limit, quantile, minRequests, route } = question;
  const results = windows
    .map(({ result }) => (route === null ? result.total : result.routes[route]))
    .filter((result) => result !== undefined);
  const times = mergeHistograms(results.map((result) => result.response));
  const unanswered = results.reduce((sum, result) => sum + unansweredOf(result), 0);
  const n = times.count + unanswered;
  if (n === 0 && nothingEnded(windows)) return nothingAnswered(question, judgedMs(windows));
  if (n === 0) return unseen(route === null ? 'no request was made' : 'no request to this route was made');

  const at = (rank: number): number => (rank > times.count ? Number.POSITIVE_INFINITY : times.atRank(rank) / 1000);
  const value = at(Math.max(1, Math.ceil(quantile * n)));
  const slowness = slownessOf(windows, (second) => second.response);
  const { low, high } = quantileInterval(times, unanswered, quantile, options.confidence, slowness);
  const unansweredNote = unanswered === 0 ? '' : `${unanswered} of ${n} requests were never answered`;
  if (!Number.isFinite(value)) return neverAnswered(limit, n, low, unansweredNote);

  let outcome = compare(limit, value, { low, high });
  const needed = Math.max(minRequests, fewestForQuantile(quantile, options.confidence));
  if (n < needed && outcome === 'kept') outcome = 'unproved';
  const interval = Number.isFinite(high) ? { low, high } : null;
  const note =
    outcome === 'unproved'
      ? moreRequests(question, times, n, needed, slowness(limit.limit, n), windows)
      : unansweredNote;
  return { outcome, value, interval, samples: n, note };
}

/** Refused and broken connections: counted errors without a time. A step that lacked a value was never sent and does not count. */
function unansweredOf(result: RouteResult): number {
  return Math.max(0, result.requests - (result.errors['missing-value'] ?? 0) - result.response.count);
}

/** The quantile itself had no answer: more than its share of requests hung up. It is longer than any time. */
function neverAnswered(limit: Limit, n: number, low: number, note: string): Finding {
  const value = Number.POSITIVE_INFINITY;
  const broken = compare(limit, low, { low, high: value }) === 'broken' || !Number.isFinite(low);
  return { outcome: broken ? 'broken' : 'unproved', value, interval: null, samples: n, note };
}

/** Every user waited from the first judged moment to the last. Which routes they waited for is not known. */
function nothingAnswered({ limit, route }: LatencyQuestion, ms: number): Finding {
  return {
    outcome: route === null && ms >= limit.limit ? 'broken' : 'unproved',
    value: Number.POSITIVE_INFINITY,
    interval: null,
    samples: 0,
    note: `every user waited for an answer in all ${formatDuration(ms)} that were judged`,
  };
}

function moreRequests(
  question: LatencyQuestion,
  times: Histogram,
  n: number,
  needed: number,
  effect: number,
  windows: readonly JudgedWindow[],
): string {
  if (n < needed) return missing(n, needed, windows);
  // The share above the limit must separate from the share allowed: normal approximation, good at these counts.
  const above = times.countAbove(question.limit.limit * 1000) / n;
  const gap = Math.abs(1 - question.quantile - above);
  const wanted = (1.96 ** 2 * Math.max(above, 1 / n) * (1 - above) * effect) / gap ** 2;
  return missing(n, gap === 0 ? Number.POSITIVE_INFINITY : Math.max(Math.ceil(wanted), Math.ceil(n * 1.2)), windows);
}
