/**
 * What is played in one `palier limit`: one load after the other against the same system, every probe kept and shown.
 */
import { playable, type SearchOptions } from '@palier/load/capacity';
import { type Probe, systemLimits } from '@palier/protocol';
import { probeLine } from './limit-lines.ts';
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
  /** A level that can be played, though it lie above the search's highest. */
  playable(level: number): number;
  play(asked: AskedLoad, replicas: number): Promise<PlayedLoad>;
}

export function sessionOf(arena: ProbeArena, options: SearchOptions, surroundings: Surroundings, show: Show): Session {
  const probes: Probe[] = [];
  const placement = new Set<string>();
  const paint = paintFor(surroundings.screen);
  const { model } = arena.scenario;
  return {
    arena,
    options,
    probes,
    placement,
    surroundings,
    show,
    playable: (level) => playable(level, { ...options, maxLevel: systemLimits.maxUsersCount }),
    async play(asked, replicas) {
      const played = await playProbes(asked, { ...arena, replicas }, surroundings, show);
      const fresh = played.findings.map(({ probe }) => probe);
      probes.push(...fresh);
      for (const sentence of played.placement) placement.add(sentence);
      if (fresh.length > 0) show.print(...fresh.map((probe) => probeLine(probe, model, paint)));
      return played;
    },
  };
}
