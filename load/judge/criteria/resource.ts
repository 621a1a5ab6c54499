/**
 * Limits on CPU and memory: percentages of what one replica is allotted, of the replica that does worst. CPU is a mean over the judged
 * seconds with an interval by batch means; memory is the highest that was seen.
 */
import type { Allotment } from '@palier/protocol';
import { type JudgedWindow, replicaSamples } from '../evidence.ts';
import type { JudgeOptions } from '../options.ts';
import { batchMeansInterval } from '../statistics/batch.ts';
import { compare, type Finding, type Limit, unseen } from './finding.ts';
import { missing } from './missing.ts';

export interface ResourceQuestion {
  readonly limit: Limit;
  readonly service: string;
  readonly allotment: Allotment;
}

export function judgeCpu(question: ResourceQuestion, windows: readonly JudgedWindow[], options: JudgeOptions): Finding {
  const { limit, service, allotment } = question;
  const cores = allotment.cpuCores;
  if (cores === null) return unseen(`${service} has no CPU allotment to be judged against`);
  const replicas = valuesOf(windows, service, (sample) => sample.cpuCores);
  if (replicas.length === 0) return unseen(`no sample told the CPU time of ${service}`);
  // A replica that was there for a moment has no mean; when none was there for longer, the longest stands for all.
  const longest = Math.max(...replicas.map(({ values }) => values.length));
  const judged = replicas.filter(({ values }) => values.length >= Math.min(longest, options.minSampledSeconds));
  const findings = judged.map(({ replica, values }) => {
    const percent = values.map((value) => (100 * value) / cores);
    const value = percent.reduce((sum, one) => sum + one, 0) / percent.length;
    const interval = batchMeansInterval(percent, options.confidence);
    return { replica, value, interval: interval && { ...interval, low: Math.max(0, interval.low) }, n: values.length };
  });
  const worst = findings.toSorted((a, b) => b.value - a.value)[0] as (typeof findings)[number];
  // The interval of another replica may reach further than the worst one's.
  const outcomes = new Set(
    findings.map(({ value, interval }) => (interval === null ? 'unproved' : compare(limit, value, interval))),
  );
  const outcome = outcomes.has('broken') ? 'broken' : outcomes.has('unproved') ? 'unproved' : 'kept';
  const who = replicas.length > 1 ? `${worst.replica}, the busiest of ${replicas.length}` : worst.replica;
  const note = outcome === 'unproved' ? `${who}; ${moreSeconds(limit, worst, windows, options)}` : who;
  return { outcome, value: worst.value, interval: worst.interval, samples: worst.n, note };
}

export function judgeMemory(
  question: ResourceQuestion,
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): Finding {
  const { limit, service, allotment } = question;
  const bytes = allotment.memoryBytes;
  if (bytes === null) return unseen(`${service} has no memory allotment to be judged against`);
  const replicas = valuesOf(windows, service, (sample) => sample.rssBytes);
  if (replicas.length === 0) return unseen(`no sample told the memory of ${service}`);
  const [worst] = replicas
    .map(({ replica, values }) => ({ replica, value: (100 * Math.max(...values)) / bytes }))
    .toSorted((a, b) => b.value - a.value) as [{ replica: string; value: number }];
  const samples = replicas.reduce((sum, { values }) => sum + values.length, 0);
  const seconds = Math.max(...replicas.map(({ values }) => values.length));
  const who = replicas.length > 1 ? `${worst.replica}, the largest of ${replicas.length}` : worst.replica;
  const compared = compare(limit, worst.value, null);
  if (compared === 'kept' && seconds < options.minSampledSeconds) {
    const note = `${who}; ${missing(seconds, options.minSampledSeconds, windows, 'sampled seconds')}`;
    return { outcome: 'unproved', value: worst.value, interval: null, samples, note };
  }
  return { outcome: compared, value: worst.value, interval: null, samples, note: who };
}

function valuesOf(
  windows: readonly JudgedWindow[],
  service: string,
  read: (sample: { readonly cpuCores: number | null; readonly rssBytes: number | null }) => number | null,
): readonly { readonly replica: string; readonly values: readonly number[] }[] {
  const samples = windows.flatMap((window) => window.samples);
  return [...replicaSamples(samples, service)]
    .map(([replica, list]) => ({ replica, values: list.map(read).filter((value) => value !== null) }))
    .filter(({ values }) => values.length > 0);
}

function moreSeconds(
  limit: Limit,
  worst: {
    readonly value: number;
    readonly interval: { readonly low: number; readonly high: number } | null;
    readonly n: number;
  },
  windows: readonly JudgedWindow[],
  options: JudgeOptions,
): string {
  if (worst.interval === null) return missing(worst.n, options.minSampledSeconds, windows, 'sampled seconds');
  const half = (worst.interval.high - worst.interval.low) / 2;
  const gap = Math.abs(limit.limit - worst.value);
  const factor = gap === 0 ? Number.POSITIVE_INFINITY : Math.max(1.2, (half / gap) ** 2);
  return missing(worst.n, Math.ceil(worst.n * factor), windows, 'sampled seconds');
}
