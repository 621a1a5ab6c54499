/**
 * Plays the users and gathers what was seen.
 */
import { type Random, seededRandom } from '@palier/base/random';
import type { LoadResult, LoadSecond, Phase, SystemSample } from '@palier/protocol';
import { type SimulatedLoadOptions, simulatedStartEpochMs } from './options.ts';
import { type PlayedRequest, Recorder } from './recorder.ts';
import { sampleReplicas } from './samples.ts';

export interface SimulatedRun {
  readonly result: LoadResult;
  readonly seconds: readonly LoadSecond[];
  readonly samples: readonly SystemSample[];
}

export function simulateLoad(options: SimulatedLoadOptions): SimulatedRun {
  const random = seededRandom(options.seed);
  const endMs = options.phases.at(-1)?.endMs ?? 0;
  const recorder = new Recorder(options, endMs);
  if (options.maxConcurrent === undefined) playUsers(options, random, recorder);
  else playArrivals(options, options.maxConcurrent, random.fork('arrivals'), recorder);
  const seconds = recorder.seconds(random.fork('seconds'));
  return {
    result: recorder.result(simulatedStartEpochMs),
    seconds,
    samples: sampleReplicas(options.replicas, seconds, random.fork('samples'), simulatedStartEpochMs),
  };
}

interface Presence {
  readonly fromMs: number;
  readonly toMs: number;
}

function playUsers(options: SimulatedLoadOptions, random: Random, recorder: Recorder): void {
  for (const [number, user] of presences(options.phases).entries()) {
    recorder.present(user.fromMs, user.toMs);
    play(user, options, random.fork(number), recorder);
  }
}

/** A Poisson process at the highest level, thinned to the level of the moment; an arrival that finds all places taken is refused. */
function playArrivals(options: SimulatedLoadOptions, places: number, random: Random, recorder: Recorder): void {
  const { phases, generator = {} } = options;
  const most = Math.max(...phases.map(({ fromLevel, toLevel }) => Math.max(fromLevel, toLevel)));
  const endMs = phases.at(-1)?.endMs ?? 0;
  let underWay: number[] = [];
  for (let atMs = 0; atMs < endMs; ) {
    atMs -= (1000 / most) * Math.log(1 - random.next());
    const phase = phases.find((one) => atMs < one.endMs);
    if (phase === undefined) break;
    const along = (atMs - phase.startMs) / Math.max(1, phase.endMs - phase.startMs);
    const level = phase.fromLevel + along * (phase.toLevel - phase.fromLevel);
    if (random.next() * most >= level) continue;
    const now = atMs;
    underWay = underWay.filter((doneMs) => doneMs > now);
    const refused = underWay.length >= places;
    recorder.arrival(atMs, refused);
    if (refused) continue;
    const route = draw(options.routes, random);
    const lagMs = generator.lagMs?.(random, atMs) ?? random.next() * 0.6;
    const answer = options.server({ route, atMs: atMs + lagMs, random });
    const doneMs = atMs + lagMs + answer.tookMs;
    recorder.present(atMs, Math.min(doneMs, endMs));
    recorder.request({ route, intendedMs: atMs, lagMs, ...answer }, endMs);
    underWay.push(doneMs);
  }
}

/** When each user comes and goes: evenly over the ramps, the last to come the first to go. */
function presences(phases: readonly Phase[]): readonly Presence[] {
  const here: number[] = [];
  const gone: Presence[] = [];
  for (const { startMs, endMs, fromLevel, toLevel } of phases) {
    const step = (endMs - startMs) / Math.max(1, Math.abs(toLevel - fromLevel));
    for (let i = 0; i < toLevel - fromLevel; i++) here.push(startMs + i * step);
    for (let i = 0; i < fromLevel - toLevel; i++) gone.push({ fromMs: here.pop() as number, toMs: startMs + i * step });
  }
  const end = phases.at(-1)?.endMs ?? 0;
  return [...gone, ...here.map((fromMs) => ({ fromMs, toMs: end }))];
}

function play(user: Presence, options: SimulatedLoadOptions, random: Random, recorder: Recorder): void {
  const { thinkMs, generator = {} } = options;
  let atMs = user.fromMs;
  while (atMs < user.toMs) {
    const route = draw(options.routes, random);
    const lagMs = generator.lagMs?.(random, atMs) ?? random.next() * 0.6;
    const answer = options.server({ route, atMs: atMs + lagMs, random });
    const request: PlayedRequest = { route, intendedMs: atMs, lagMs, ...answer };
    recorder.request(request, user.toMs);
    const doneMs = atMs + lagMs + answer.tookMs;
    const nextMs = doneMs + thinkMs.min + random.next() * (thinkMs.max - thinkMs.min);
    recorder.thinking(doneMs, Math.min(nextMs, user.toMs));
    atMs = nextMs + (generator.lostMs ?? 0);
  }
}

function draw(routes: Readonly<Record<string, number>>, random: Random): string {
  const entries = Object.entries(routes);
  let rest = random.next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [route, weight] of entries) {
    rest -= weight;
    if (rest < 0) return route;
  }
  return entries[0]?.[0] ?? '';
}
