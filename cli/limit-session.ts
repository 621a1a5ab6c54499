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
  /** Whether what was loaded is gone. */
  gone(): boolean;
  /** A level that can be played, though it lie above the search's highest. */
  playable(level: number): number;
  /** Nothing was found when what is loaded has died after earlier probes: what these told is not to be lost. */
  play(asked: AskedLoad, replicas: number): Promise<PlayedLoad>;
}

const nothingPlayed: PlayedLoad = { findings: [], held: [], seconds: [], placement: [], diedAt: null };

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
  let seconds: PlayedLoad['seconds'] = [];
  const stopped = 'Stopped before the end: this is what was known by then.';
  return {
    arena,
    options,
    probes,
    placement,
    surroundings,
    show,
    over: () => (surroundings.stop.asked.aborted ? stopped : gone),
    gone: () => gone !== null,
    playable: (level) => playable(level, { ...options, maxLevel: mostOf(model) }),
    async play(asked, replicas) {
      await surroundings.timers
        .sleep(restMsAfter(probes.at(-1), seconds), surroundings.stop.asked)
        .catch(() => undefined);
      const played = await playProbes(asked, { ...arena, replicas }, surroundings, show).catch((error: unknown) => {
        if (!(error instanceof PalierError) || probes.length === 0 || surroundings.stop.asked.aborted) throw error;
        const level = probes.at(-1)?.level ?? 0;
        gone =
          error.code === 'PALIER_LOAD_TARGET_DEAD'
            ? deathWords(level, probes, model)
            : `After ${figure(level)} ${levelWord(model)} the load could go no further: ${error.message}`;
        return nothingPlayed;
      });
      seconds = played.seconds;
      const fresh = played.findings.map(({ probe }) => probe);
      probes.push(...fresh);
      if (played.diedAt !== null) gone = deathWords(played.diedAt, probes, model);
      for (const sentence of played.placement) placement.add(sentence);
      if (fresh.length > 0) show.print(...fresh.map((probe) => probeLine(probe, model, paint)));
      return played;
    },
  };
}

/** Whether the load killed it nobody can see from outside; where it had not yet been carried, that is to be said. */
export function deathWords(
  level: number,
  probes: readonly Pick<Probe, 'level' | 'outcome'>[],
  model: LoadModel,
): string {
  const words = (one: number): string => `${figure(one)} ${levelWord(model)}`;
  const kept = Math.max(0, ...probes.filter(({ outcome }) => outcome === 'kept').map((probe) => probe.level));
  const died = `The target died at ${words(level)}: it stopped answering, and accepts no connection any more.`;
  if (kept >= level)
    return `${died} It had kept the limits at ${words(kept)} before: the load alone does not explain it.`;
  const before = kept === 0 ? 'It had never kept the limits before' : `It had carried ${words(kept)} before`;
  return `${died} ${before}: if the load killed it, ${words(level)} is out of its reach, and a limit that kills is no limit.`;
}
