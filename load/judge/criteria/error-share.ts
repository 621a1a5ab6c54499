/**
 * Limits on the share of requests that failed.
 *
 * Kept only when the one-sided 95 % upper bound (Clopper–Pearson) lies below the limit: 1500 requests without an error do not prove 0.1 %,
 * 2995 do. Errors come in clusters (a crash takes what is in flight), so they are counted with their design effect.
 */
import { formatDuration } from '@palier/base/duration';
import type { JudgedWindow } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { type Batch, designEffect } from '../statistics/batch.ts';
import { chanceBounds, trialsToProveBelow } from '../statistics/binomial.ts';
import { stretches } from '../statistics/slowness.ts';
import { grouped } from '../words.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';
import { missing } from './missing.ts';
import { nothingEnded, judgedMs } from './waiting.ts';

const batchCount = 30;
const maxTrials = 1e9;

export function judgeErrorShare(
  limit: Limit,
  route: string | null,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const { requests, errors } = countErrors(windows, route);
  if (requests === 0 && nothingEnded(windows)) return noneEnded(windows);
  if (requests === 0) return unseen(route === null ? 'no request was made' : 'no request to this route was made');
  const effect = errors === 0 ? 1 : errorEffect(windows, requests);
  const bounds = chanceBounds(errors / effect, requests / effect, options.confidence);
  const interval = { low: bounds.low * 100, high: bounds.high * 100 };
  const value = (100 * errors) / requests;
  const outcome = compare(limit, value, interval);
  const counts = `${grouped(errors)} of ${grouped(requests)} requests failed`;
  if (outcome !== 'unproved') return { outcome, value, interval, samples: requests, note: counts };
  const needed = trialsToProveBelow(limit.limit / 100, errors / requests, options.confidence, maxTrials);
  const more =
    needed === null
      ? 'a longer run would tell whether it is really above'
      : missing(requests, Math.ceil(needed * effect), windows);
  return { outcome, value, interval, samples: requests, note: `${counts}; ${more}` };
}

/** A request that waits is no error before its timeout. */
function noneEnded(windows: readonly JudgedWindow[]): Finding {
  const note = `no request ended in the ${formatDuration(judgedMs(windows))} that were judged; in a hold longer than requestTimeout those that time out are errors`;
  return { outcome: 'unproved', value: Number.POSITIVE_INFINITY, interval: null, samples: 0, note };
}

function countErrors(
  windows: readonly JudgedWindow[],
  route: string | null,
): { readonly requests: number; readonly errors: number } {
  let [requests, errors] = [0, 0];
  for (const { result } of windows) {
    const counted = route === null ? result.total : result.routes[route];
    if (counted === undefined) continue;
    requests += counted.requests;
    for (const count of Object.values(counted.errors)) errors += count;
  }
  return { requests, errors };
}

/** Seconds are of all routes; of a route's fewer requests fewer errors come together. */
function errorEffect(windows: readonly JudgedWindow[], requests: number): number {
  const batches = errorBatches(windows);
  const total = batches.reduce((sum, batch) => sum + batch.trials, 0);
  return 1 + (designEffect(batches) - 1) * Math.min(1, requests / Math.max(1, total));
}

function errorBatches(windows: readonly JudgedWindow[]): Batch[] {
  const all = windows.reduce((sum, window) => sum + window.seconds.length, 0);
  const perBatch = Math.max(1, Math.ceil(all / batchCount));
  return windows.flatMap((window, stratum) =>
    stretches(window.seconds, perBatch).map((seconds) => ({
      stratum,
      trials: seconds.reduce((sum, second) => sum + second.requests, 0),
      hits: seconds.reduce((sum, second) => sum + Object.values(second.errors).reduce((a, b) => a + b, 0), 0),
    })),
  );
}
