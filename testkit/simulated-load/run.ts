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
  for (const [number, user] of presences(options.phases).entries()) {
    recorder.present(user.fromMs, user.toMs);
    play(user, options, random.fork(number), recorder);
  }
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
