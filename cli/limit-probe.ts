/**
 * One load whose level steps through what the search asks for, played against the system, and what each step showed.
 */
import { PalierError } from '@palier/base/error';
import {
  type HeldStep,
  keepsLimits,
  type ProbeFindings,
  probeScenario,
  type ProbeShape,
  probesOf,
  silentFromMs,
  withDeath,
} from '@palier/load/capacity';
import { generatorCount, reachTarget } from '@palier/load/generator';
import { phasesOf, planLoad } from '@palier/load/plan';
import {
  dataFolderOf,
  type Target,
  type LoadSecond,
  type Phase,
  type Probe,
  type Scenario,
  type System,
} from '@palier/protocol';
import type { Show } from './picture/index.ts';
import type { Arena } from './scenario-run.ts';
import type { Surroundings } from './surroundings.ts';
import { watchLoad } from './watched-load.ts';

export interface ProbeArena extends Omit<Arena, 'timeScale'> {
  readonly scenario: Scenario;
  /** Of the scenario's service. */
  readonly replicas: number;
  /** When the command began, by the steady clock. */
  readonly originMs: number;
}

export interface AskedLoad {
  readonly shape: ProbeShape;
  readonly purpose: Probe['purpose'] | ((level: number) => Probe['purpose']);
  /** What was changed for it, in words; null: nothing. */
  readonly change: string | null;
  /** What the services have meanwhile, where that was changed: shares of an allotment are judged by it. Default: as in the file. */
  readonly services?: System['services'];
  /** In words: `edge, run 2`. */
  readonly place: string;
  /** Asked each second: whether the rest can be left out. */
  readonly enough?: (held: readonly HeldStep[], seconds: readonly LoadSecond[]) => boolean;
}

export interface PlayedLoad {
  readonly findings: readonly ProbeFindings[];
  /** The steps in order; the last one may have been cut off. */
  readonly held: readonly HeldStep[];
  readonly seconds: readonly LoadSecond[];
  /** How the generator was placed, in words. */
  readonly placement: readonly string[];
  /** The level at which, or on the way to which, the target died; null: it lives. */
  readonly diedAt: number | null;
}

/** Who starts again at once did not die. */
const checks = { count: 3, everyMs: 500 };

/** Rejects with a PalierError when the target is dead or the system can no longer be run. */
export async function playProbes(
  asked: AskedLoad,
  arena: ProbeArena,
  surroundings: Surroundings,
  show: Show,
): Promise<PlayedLoad> {
  const { system, target, insecure = false } = arena;
  const scenario = probeScenario(arena.scenario, asked.shape);
  const phases = phasesOf(scenario);
  const held = heldSteps(phases);
  show.tell({ kind: 'scenario', scenario, place: asked.place, phases, timeScale: 1 });
  const startMs = surroundings.clock.monotonicMs() - arena.originMs;
  const plan = planLoad(scenario, { folder: system.folder, dataFolder: dataFolderOf(system), target, insecure });
  const { count, remark } = generatorCount(scenario, arena.generators);
  const enough = (seconds: readonly LoadSecond[]): boolean => asked.enough?.(held, seconds) === true;
  const load = { scenario, phases, plan, count, enough };
  const { evidence, pinning } = await watchLoad(load, arena, surroundings, show);
  const { seconds } = evidence;
  const { purpose, change, services = system.services } = asked;
  const facts = { purpose: 'edge', change, replicas: arena.replicas, startMs } as const;
  const purposeOf = typeof purpose === 'function' ? purpose : (): Probe['purpose'] => purpose;
  const found = probesOf({ ...evidence, services, timeScale: 1 }, facts).map((one) =>
    withPurpose(one, purposeOf(one.probe.level)),
  );
  const silentMs = silentFromMs(seconds);
  const diedMs = silentMs === null || (await isAlive(plan.target, surroundings)) ? null : silentMs;
  const findings = diedMs === null ? found : found.map((one) => withDeath(one, startMs + diedMs));
  const diedAt = diedMs === null ? null : ((held.find(({ endMs }) => endMs > diedMs) ?? held.at(-1))?.level ?? 0);
  return { findings, held, seconds, diedAt, placement: [...pinning, ...(remark === null ? [] : [remark])] };
}

async function isAlive(target: Target, { timers, stop }: Surroundings): Promise<boolean> {
  for (let check = 1; check <= checks.count && !stop.asked.aborted; check++) {
    if (check > 1) await timers.sleep(checks.everyMs, stop.asked).catch(() => undefined);
    // Whoever answers with anything, a certificate that does not please, say, lives.
    const isDead = (error: unknown): boolean =>
      error instanceof PalierError && error.code === 'PALIER_LOAD_TARGET_DEAD';
    const answered = await reachTarget(target, false)
      .then(() => true)
      .catch((error: unknown) => !isDead(error));
    if (answered) return true;
  }
  // Who is asked to stop does not wait to be sure.
  return stop.asked.aborted;
}

/** Whether a step that is over broke the limits, as far as can be seen from outside: what stands above it need not be tried. */
export function brokeAlready(
  held: readonly HeldStep[],
  seconds: readonly LoadSecond[],
  settleMs: number,
  limits: Scenario['limits'],
): boolean {
  const now = seconds.at(-1)?.atMs ?? 0;
  return held.some(({ startMs, endMs }) => {
    if (endMs > now) return false;
    const inside = seconds.filter(({ atMs }) => atMs - 500 >= startMs + settleMs && atMs - 500 < endMs);
    return keepsLimits(inside, limits) === false;
  });
}

function heldSteps(phases: readonly Phase[]): readonly HeldStep[] {
  return phases
    .filter(({ kind }) => kind === 'hold')
    .map(({ toLevel, startMs, endMs }) => ({ level: toLevel, startMs, endMs }));
}

function withPurpose(found: ProbeFindings, purpose: Probe['purpose']): ProbeFindings {
  return { ...found, probe: { ...found.probe, purpose } };
}
