/** For each hold: when its warm-up was over, and whether the judged part was steady. */
import { formatDuration } from '@palier/base/duration';
import { mergeHistograms } from '@palier/base/histogram';
import type { LoadSecond, Phase, Steadiness } from '@palier/protocol';
import type { ScenarioEvidence } from '../evidence.ts';
import { figure } from '../words.ts';
import { driftOf, fewestForDrift } from './trend.ts';
import { warmUpLength } from './warm-up.ts';

/** As for a mean: fewer seconds make no five batches. */
const fewestSeconds = 15;

/** Nothing for a spike, which is not meant to be steady. */
export function steadinessOf({ scenario, phases, seconds }: ScenarioEvidence): readonly Steadiness[] {
  if (scenario.judge === 'everything') return [];
  return phases.flatMap((phase) => (phase.judged === null ? [] : [ofHold(phase, phase.judged, seconds)]));
}

function ofHold(
  { name, startMs, endMs }: Phase,
  judged: { readonly startMs: number },
  all: readonly LoadSecond[],
): Steadiness {
  // Seconds in which nothing was answered have no mean.
  const seconds = all.filter(({ atMs, response }) => atMs - 500 >= startMs && atMs - 500 < endMs && response.count > 0);
  const cutMs = judged.startMs - startMs;
  const length = seconds.length < fewestSeconds ? null : warmUpLength(seconds.map(meanMs));
  const ended = length === null ? undefined : seconds[length];
  if (length === null || ended === undefined) return unknown(name, cutMs, seconds.length < fewestSeconds);
  const warmUpMs = length === 0 ? 0 : ended.atMs - 1000 - startMs;
  const settledMs = startMs + Math.max(cutMs, warmUpMs);
  const settled = seconds.filter(({ atMs }) => atMs - 500 >= settledMs);
  if (settled.length < fewestForDrift) return { ...unknown(name, cutMs, true), warmUpMs };
  const spanMs = endMs - settledMs;
  const share = driftOf(settled.map(meanMs));
  const percentPerMinute = (100 * share * 60_000) / spanMs;
  const state = share === 0 ? 'steady' : share > 0 ? 'drifting up' : 'drifting down';
  const isLate = warmUpMs > cutMs;
  const p95Ms = mergeHistograms(settled.map(({ response }) => response)).quantile(0.95) / 1000;
  return {
    hold: name,
    state,
    cutMs,
    warmUpMs,
    percentPerMinute,
    percentOverall: 100 * share,
    settledP95Ms: isLate ? p95Ms : null,
    sentence: `${sentenceOf(name, share, percentPerMinute, spanMs)}${isLate ? warmUpSentence(warmUpMs, cutMs, p95Ms) : ''}`,
  };
}

const meanMs = ({ response }: LoadSecond): number => response.sum / response.count / 1000;

function sentenceOf(name: string, share: number, percentPerMinute: number, spanMs: number): string {
  if (share === 0) return `The ${name} was steady: over ${formatDuration(spanMs)} the response time had no trend.`;
  const way = share > 0 ? 'up' : 'down';
  return `In the ${name} the response time was drifting ${way} by ${figure(Math.abs(percentPerMinute))} % a minute, ${figure(Math.abs(100 * share))} % over the ${formatDuration(spanMs)}: the figures are those of a moment, not of a steady state.`;
}

function warmUpSentence(warmUpMs: number, cutMs: number, p95Ms: number): string {
  return ` It was still warming up for ${formatDuration(warmUpMs)}, and warmUp cuts ${formatDuration(cutMs)}, so the judged figures hold a part of that; the p95 of the rest was ${figure(p95Ms)} ms.`;
}

function unknown(hold: string, cutMs: number, isShort: boolean): Steadiness {
  const why = isShort
    ? `it needs ${fewestForDrift} judged seconds with answers`
    : 'it may have been warming up all the time';
  const sentence = `Whether the ${hold} was steady cannot be told: ${why}.`;
  return {
    hold,
    state: 'unknown',
    cutMs,
    warmUpMs: null,
    percentPerMinute: null,
    percentOverall: null,
    settledP95Ms: null,
    sentence,
  };
}
