/**
 * How many generator processes a load needs, from what is known before it: its rate, how many play at once, the cores that generators may
 * use. Pure.
 */
import type { Scenario } from '@palier/protocol';
import { generatorLimits } from './options.ts';

export interface GeneratorNeed {
  /** A whole number from 1 that the user wants; undefined: as many as the load needs. */
  readonly asked?: number | undefined;
  /** Cores that generators may use. */
  readonly cores: number;
}

export interface GeneratorCount {
  readonly count: number;
  /** One sentence when it is another number than was asked for, or than the load would need; else null. */
  readonly remark: string | null;
}

/** At least 1, and never more than play at once: the process of nobody would measure nothing. */
export function generatorCount(
  scenario: Pick<Scenario, 'stages' | 'arrivals' | 'thinkMs' | 'tasks'>,
  { asked, cores }: GeneratorNeed,
): GeneratorCount {
  const atOnce = atOnceOf(scenario);
  const most = Math.max(1, Math.min(Math.floor(atOnce), generatorLimits.maxProcesses));
  if (asked !== undefined) {
    const count = Math.min(asked, most);
    return { count, remark: count === asked ? askedTooMany(asked, cores) : lowered(asked, count, scenario) };
  }
  const rate = plannedRequestsPerSecond(scenario) ?? 0;
  const wanted = Math.max(
    1,
    Math.ceil(rate / generatorLimits.requestsPerProcess),
    Math.ceil(atOnce / generatorLimits.usersPerProcess),
  );
  const count = Math.max(1, Math.min(wanted, most, Math.floor(cores)));
  return { count, remark: count < Math.min(wanted, most) ? tooFewCores(wanted, count) : null };
}

/**
 * The most requests a second that a scenario can ask for: arrivals × steps; or users × steps by their think time, as if every answer took
 * no time. Null when users do not think: then the answers alone tell.
 */
export function plannedRequestsPerSecond({
  stages,
  arrivals,
  thinkMs,
  tasks,
}: Pick<Scenario, 'stages' | 'arrivals' | 'thinkMs' | 'tasks'>): number | null {
  const level = highestLevel(stages);
  const weights = tasks.reduce((sum, { weight }) => sum + weight, 0);
  const steps = tasks.reduce((sum, task) => sum + task.weight * task.steps.length, 0) / Math.max(1, weights);
  if (arrivals !== null) return level * steps;
  const meanThinkMs = (thinkMs.min + thinkMs.max) / 2;
  return meanThinkMs <= 0 ? null : (1000 * level * steps) / meanThinkMs;
}

function atOnceOf({ stages, arrivals }: Pick<Scenario, 'stages' | 'arrivals'>): number {
  return arrivals === null ? highestLevel(stages) : arrivals.maxConcurrent;
}

function highestLevel(stages: Scenario['stages']): number {
  return Math.max(0, ...stages.flatMap(({ fromLevel, toLevel }) => [fromLevel, toLevel]));
}

function askedTooMany(asked: number, cores: number): string | null {
  return asked <= Math.max(1, cores)
    ? null
    : `${asked} generator processes were asked for and generators may use ${coreWords(cores)}: they wait for each other.`;
}

function lowered(asked: number, count: number, { arrivals }: Pick<Scenario, 'arrivals'>): string {
  const who = arrivals === null ? 'users' : 'tasks under way at once (maxConcurrent)';
  return `${asked} generator processes were asked for; ${count} play, since there are at most ${count} ${who}.`;
}

function tooFewCores(wanted: number, count: number): string {
  return `So large a load may need ${wanted} generator processes; ${count === 1 ? 'one plays' : `${count} play`}, since generators may use ${coreWords(count)}. The checks of the measurement tell whether that was enough.`;
}

function coreWords(cores: number): string {
  return cores === 1 ? '1 core' : `${cores} cores`;
}
