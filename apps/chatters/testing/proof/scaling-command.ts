/** `proof scaling`: plays it on MariaDB and Redis and tells what came of it. */
import { onServers } from './engines.ts';
import { type Outing, playScaling, type ScalingSize } from './scaling.ts';
import { aligned } from './table.ts';

const places = { places: 1, latencyMs: 40, jitterMs: 40 };
export const wholeScaling: ScalingSize = { ...places, users: 200, rounds: 3 };
export const quickScaling: ScalingSize = { ...places, users: 60, rounds: 1 };
/** What three workers have to do beside one. */
const scalingGoal = 2.7;

/** More than three times one worker is no work of three workers: the machine did other things meanwhile. */
const believedMost = 3.3;

/** 0: the goal is met and nothing failed, 1: not, 3: an engine is missing, or it cannot be told. */
export async function scaling(size: ScalingSize): Promise<number> {
  console.log(
    `Captures of ${size.users} users, each with 800 points a minute and a channel of 26 to 255 people: two jobs each, on MariaDB and Redis. A worker has\n` +
      `${size.places === 1 ? 'one place' : `${size.places} places`} (JOBS_AT_ONCE). Twitch is the simulated one and answers within 40 to 80 ms, as from a near data centre; slower answers would\n` +
      `make the goal easier. All share the cores of this machine: where they are nearly all busy, they are what is measured.\n`,
  );
  if (onServers.options.skip) {
    console.log('Not played: a server is missing.');
    return 3;
  }
  const outings = await playScaling(onServers, size, (line) => console.log(line));
  const median = (of: readonly Outing[], what: 'jobsPerSecond' | 'busyCores'): number =>
    of.map((one) => one[what]).toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;
  const sum = (what: 'failed' | 'refused'): number => outings.reduce((total, one) => total + one[what], 0);
  const byWorkers = [1, 2, 3].map((workers) => outings.filter((one) => one.workers === workers));
  const rates = byWorkers.map((of) => median(of, 'jobsPerSecond'));
  const ratios = rates.map((rate) => rate / (rates[0] as number));
  const rows = byWorkers.map((of, i) => [
    String(i + 1),
    (rates[i] as number).toFixed(1),
    (ratios[i] as number).toFixed(2),
    median(of, 'busyCores').toFixed(2),
  ]);
  const ratio = ratios[2] as number;
  const met = ratio >= scalingGoal && sum('failed') === 0;
  const unclear = ratio > believedMost && sum('failed') === 0;
  console.log(`
${aligned([['workers', 'jobs/s', 'beside one', 'cores busy'], ...rows])}

Medians of ${size.rounds}. Captures failed: ${sum('failed')}; calls refused for want of points: ${sum('refused')}.
Three workers beside one: ${ratio.toFixed(2)}, goal ${scalingGoal}: ${unclear ? 'unclear, the machine was not quiet' : met ? 'met' : 'MISSED'}.`);
  if (unclear) return 3;
  return met ? 0 : 1;
}
