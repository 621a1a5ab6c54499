/** Runs the contestants of a bench alternately and collects the samples. A run that fails is a sample that says why; the others go on. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench, Contestant, Field, Sample } from './bench.ts';
import { orderOf } from './order.ts';
import type { Progress } from './progress.ts';

/** Between two runs, so that closed connections and freed memory of one are not the next one's. */
const restMs = 200;

export interface Outing {
  readonly caseName: string;
  readonly round: number;
  readonly contestant: Contestant;
}

/** All runs in order: case by case, each with its rounds, so that the pairs stand close together in time. */
export function outingsOf(bench: Bench, field: Field, present: readonly Contestant[], rounds: number): Outing[] {
  return bench.cases.flatMap((caseName) =>
    Array.from({ length: rounds }, (_, round) =>
      orderOf(
        present.filter((contestant) => field.fits?.(contestant.name, caseName) ?? true),
        round,
      ).map((contestant) => ({ caseName, round, contestant })),
    ).flat(),
  );
}

export async function runOutings(field: Field, outings: readonly Outing[], progress: Progress): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const outing of outings) {
    progress.step(`${outing.contestant.name}, ${outing.caseName}, round ${outing.round + 1}`);
    samples.push(await runOne(field, outing));
    await sleep(restMs);
  }
  progress.end();
  return samples;
}

async function runOne(field: Field, { contestant, caseName, round }: Outing): Promise<Sample> {
  const about = { round, contestant: contestant.name, case: caseName };
  try {
    return { ...about, ...(await field.run(contestant.name, caseName)), failed: null };
  } catch (error) {
    return { ...about, values: {}, cores: {}, failed: error instanceof Error ? error.message : String(error) };
  }
}
