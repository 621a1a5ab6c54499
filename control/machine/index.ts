/**
 * What this machine is, and what on it would spoil a measurement.
 */
import { type Clock, systemClock } from '@palier/base/clock';
import { systemTimers, type Timers } from '@palier/base/timers';
import type { Conditions } from '@palier/protocol';
import { type Finding, findingsOf } from './findings.ts';
import { programFolders } from './options.ts';
import { readFacts, readStandingFacts } from './read.ts';

export type { Finding } from './findings.ts';

export interface MachineSurroundings {
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Where programs are looked for. Default: where systems install them. */
  readonly programFolders?: readonly string[];
}

/** Looks at the machine for about a second. Never rejects. */
export async function examineMachine(surroundings: MachineSurroundings = {}): Promise<Finding[]> {
  const { clock = systemClock(), timers = systemTimers() } = surroundings;
  return findingsOf(await readFacts(clock, timers, surroundings.programFolders ?? programFolders));
}

/** What a report says of the machine. */
export type MachineConditions = Pick<
  Conditions,
  'palierVersion' | 'nodeVersion' | 'platform' | 'cpuModel' | 'cores' | 'memoryBytes'
>;

/** The machine's part of a report's conditions. */
export async function conditionsOf(palierVersion: string): Promise<MachineConditions> {
  return { palierVersion, ...readStandingFacts() };
}
