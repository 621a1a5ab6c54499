/**
 * When tasks arrive in an open model. Pure; the same plan and seed always give the same moments.
 *
 * The rate over time is summed up to the expected number of arrivals Λ(t); arrival number k comes when Λ reaches its mark. Marks 0, 1, 2 …
 * space the arrivals evenly; marks with exponential steps of mean 1 make them a Poisson process of that rate (Çinlar, "Introduction to
 * Stochastic Processes", 1975: the time change of a unit process). Ramps are inverted exactly, so that no arrival is early or late by a step
 * of some integration.
 */
import { seededRandom } from '@palier/base/random';
import type { GeneratorPlan, PlannedArrivals, Stage } from '@palier/protocol';

type Paced = Pick<GeneratorPlan, 'stages' | 'share' | 'seed'> & { readonly arrivals: PlannedArrivals };

/**
 * The moments of this share's arrivals, ascending, in ms since the start: of all arrivals those whose number modulo `of` is `index`. All
 * lie before the end of the stages.
 */
export function* arrivalsOf({ stages, arrivals, share, seed }: Paced): Generator<number, void, void> {
  const { recordedMs, spacing } = arrivals;
  const all =
    recordedMs === null ? momentsAt(stages, spacing === 'even' ? evenMarks() : poissonMarks(seed)) : recordedMs;
  const endMs = stages.reduce((sum, stage) => sum + stage.durationMs, 0);
  let number = 0;
  for (const atMs of all) {
    if (atMs >= endMs) return;
    if (number++ % share.of === share.index) yield atMs;
  }
}

/** How many of the tasks at once are this share's; the shares add up to `maxConcurrent`. */
export function concurrencyOf(maxConcurrent: number, { index, of }: GeneratorPlan['share']): number {
  return Math.floor(maxConcurrent / of) + (index < maxConcurrent % of ? 1 : 0);
}

function* evenMarks(): Generator<number, void, void> {
  for (let mark = 0; ; mark++) yield mark;
}

function* poissonMarks(seed: number): Generator<number, void, void> {
  const random = seededRandom(seed).fork('arrivals');
  for (let mark = 0; ; ) {
    // 1 − u is never 0.
    mark -= Math.log(1 - random.next());
    yield mark;
  }
}

/**
 * The moment after which Λ exceeds each mark, as far as the stages reach. Λ is counted in thousandths, so that whole rates and whole
 * milliseconds are summed without rounding.
 */
function* momentsAt(stages: readonly Stage[], marks: Iterable<number>): Generator<number, void, void> {
  let [at, begun, reached] = [0, 0, 0];
  for (const mark of marks) {
    const wanted = mark * 1000;
    let stage = stages[at];
    let area = stage === undefined ? 0 : areaOf(stage);
    while (stage !== undefined && wanted >= reached + area) {
      reached += area;
      begun += stage.durationMs;
      stage = stages[++at];
      area = stage === undefined ? 0 : areaOf(stage);
    }
    if (stage === undefined) return;
    yield begun + timeTo(wanted - reached, stage);
  }
}

function areaOf({ fromLevel, toLevel, durationMs }: Stage): number {
  return ((fromLevel + toLevel) / 2) * durationMs;
}

/**
 * After what time in the stage its rate sums up to `area`: the root of from·t + (to − from)·t²/(2D) = area, in the form that loses no digits
 * when the rate hardly changes.
 */
function timeTo(area: number, { fromLevel, toLevel, durationMs }: Stage): number {
  if (area <= 0) return 0;
  const root = Math.sqrt(Math.max(0, fromLevel ** 2 + (2 * (toLevel - fromLevel) * area) / durationMs));
  return Math.min(durationMs, (2 * area) / (fromLevel + root));
}
