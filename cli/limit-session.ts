/**
 * What is played in one `palier limit`: one load after the other against the same system, every probe kept and shown.
 */
import { PalierError } from '@palier/base/error';
import { playable, restMsAfter, type SearchOptions } from '@palier/load/capacity';
import { type LoadModel, type Probe, systemLimits } from '@palier/protocol';
import { figure, levelWord, probeLine } from './limit-lines.ts';
import { type AskedLoad, type PlayedLoad, type ProbeArena, playProbes } from './limit-probe.ts';
import { paintFor, type Show } from './picture/index.ts';
import type { Surroundings } from './surroundings.ts';

/** What is played in one command, one load after the other, each kept and shown. */
export interface Session {
  readonly arena: ProbeArena;
  readonly options: SearchOptions;
  readonly probes: Probe[];
  readonly placement: Set<string>;
  readonly surroundings: Surroundings;
  readonly show: Show;
  /** Why nothing more can be played, in a sentence: asked to stop, or what was loaded is gone. Null: go on. */
  over(): string | null;
  /** A level that can be played, though it lie above the search's highest. */
  playable(level: number): number;
  /** Nothing was found when what is loaded has died after earlier probes: what these told is not to be lost. */
  play(asked: AskedLoad, replicas: number): Promise<PlayedLoad>;
}

const nothingPlayed: PlayedLoad = { findings: [], held: [], seconds: [], placement: [] };

/** More users, or arrivals a second, no generator plays. */
export function mostOf(model: LoadModel): number {
  return model === 'closed' ? systemLimits.maxUsersCount : systemLimits.maxArrivalsPerSecond;
}

export function sessionOf(arena: ProbeArena, options: SearchOptions, surroundings: Surroundings, show: Show): Session {
  const probes: Probe[] = [];
  const placement = new Set<string>();
  const paint = paintFor(surroundings.screen);
  const { model } = arena.scenario;
  let gone: string | null = null;
  const stopped = 'Stopped before the end: this is what was known by then.';
  return {
    arena,
    options,
    probes,
    placement,
    surroundings,
    show,
    over: () => (surroundings.stop.asked.aborted ? stopped : gone),
    playable: (level) => playable(level, { ...options, maxLevel: mostOf(model) }),
    async play(asked, replicas) {
      await surroundings.timers.sleep(restMsAfter(probes.at(-1)), surroundings.stop.asked).catch(() => undefined);
      const played = await playProbes(asked, { ...arena, replicas }, surroundings, show).catch((error: unknown) => {
        if (!(error instanceof PalierError) || probes.length === 0 || surroundings.stop.asked.aborted) throw error;
        gone = `After ${figure(probes.at(-1)?.level ?? 0)} ${levelWord(model)} the load could go no further: ${error.message}`;
        return nothingPlayed;
      });
      const fresh = played.findings.map(({ probe }) => probe);
      probes.push(...fresh);
      for (const sentence of played.placement) placement.add(sentence);
      if (fresh.length > 0) show.print(...fresh.map((probe) => probeLine(probe, model, paint)));
      return played;
    },
  };
}
