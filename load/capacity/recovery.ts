/**
 * After the break: an overload is held for some seconds, then the load steps down until the limits are kept again. A pure decision over
 * the seconds of that load.
 *
 * A system is metastable when it stays broken although the load has gone back to what it carried before: retries, queues or caches keep
 * it down (Bronson, Aghayev, Charapko, Zhu, "Metastable Failures in Distributed Systems", HotOS 2021).
 */
import type { LimitsFile, LoadSecond, Recovery } from '@palier/protocol';
import { keepsLimits } from './live.ts';
import type { RecoveryOptions } from './recovery-options.ts';

/** One level of the load, in the order of time. */
export interface RecoveryStep {
  readonly level: number;
  readonly durationMs: number;
}

/** When each step was held; milliseconds since the start of the load. */
export interface HeldStep {
  readonly level: number;
  readonly startMs: number;
  readonly endMs: number;
}

/** The overload, then the levels from above. `playable` makes a level one that can be played. */
export function recoverySteps(
  edge: number,
  playable: (level: number) => number,
  options: RecoveryOptions,
): readonly RecoveryStep[] {
  const { overloadShare, overloadMs, stepShares, stepMs, lastStepMs } = options;
  const down = [...new Set(stepShares.map((share) => playable(edge * share)))];
  return [
    { level: playable(edge * overloadShare), durationMs: overloadMs },
    ...down.map((level, i) => ({ level, durationMs: i === down.length - 1 ? lastStepMs : stepMs })),
  ];
}

/**
 * What is known so far; null: it has not recovered yet. `held[0]` is the overload. Recovered is a step whose limits were kept from some
 * second on, for `keptForMs` at least, up to the last second of it that is known.
 */
export function recoveryOf(
  held: readonly HeldStep[],
  seconds: readonly LoadSecond[],
  limits: LimitsFile,
  options: RecoveryOptions,
): { readonly level: number; readonly afterMs: number } | null {
  for (const { level, startMs, endMs } of held.slice(1)) {
    const inside = seconds.filter(({ atMs }) => atMs - 500 >= startMs && atMs - 500 < endMs);
    const told = stretches(inside).map((stretch) => ({ stretch, kept: keepsLimits(stretch, limits) }));
    // What has been kept since the last stretch that broke the limits; one without answers proves nothing.
    const brokenAt = told.findLastIndex(({ kept }) => kept === false);
    const good = told.slice(brokenAt + 1).flatMap(({ kept, stretch }) => (kept === true ? stretch : []));
    const first = good[0];
    const last = good.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs + 1000 < options.keptForMs) continue;
    return { level, afterMs: Math.max(0, first.atMs - 1000 - startMs) };
  }
  return null;
}

/** The report of it. `edge` is the limit that had been found; `unit` its word. */
export function recoveryReport(
  held: readonly HeldStep[],
  recovered: ReturnType<typeof recoveryOf>,
  edge: number,
  unit: string,
): Recovery {
  const overloadLevel = held[0]?.level ?? 0;
  const metastable = recovered === null;
  const last = held.at(-1);
  const from = `After an overload of ${figure(overloadLevel)} ${unit}`;
  const waited = last === undefined ? 0 : (last.endMs - last.startMs) / 1000;
  const sentence = metastable
    ? `${from} the limits were not kept again within ${figure(waited)} s even at ${figure(last?.level ?? 0)} ${unit}: the system is metastable, it stays broken at a load that it had carried.`
    : `${from} the limits were kept again at ${figure(recovered.level)} ${unit} (${Math.round((100 * recovered.level) / edge)} % of the limit), ${figure(recovered.afterMs / 1000)} s after the load had stepped down to it.`;
  return {
    overloadLevel,
    recoversAtLevel: recovered?.level ?? null,
    recoveryMs: recovered?.afterMs ?? null,
    metastable,
    sentence,
  };
}

/** Seconds together that have enough answers for a quantile. */
function stretches(seconds: readonly LoadSecond[]): readonly (readonly LoadSecond[])[] {
  const answers = seconds.reduce((sum, { requests }) => sum + requests, 0);
  const size = Math.max(1, Math.min(5, Math.ceil((20 * seconds.length) / Math.max(1, answers))));
  return Array.from({ length: Math.ceil(seconds.length / size) }, (_, i) => seconds.slice(i * size, (i + 1) * size));
}

function figure(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
