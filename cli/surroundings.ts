/**
 * What a command gets from the process that it runs in, and what it gives back.
 */
import type { Clock } from '@palier/base/clock';
import type { Timers } from '@palier/base/timers';
import type { Verdict } from '@palier/protocol';
import type { Screen } from './picture/index.ts';
import type { Stop } from './stop.ts';

export interface Surroundings {
  /** The folder that relative names start from. */
  readonly folder: string;
  readonly screen: Screen;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Differs from run to run. */
  readonly seed: number;
  readonly stop: Stop;
}

export const exitStatus: {
  readonly pass: number;
  readonly fail: number;
  readonly wrongUse: number;
  readonly unproved: number;
  readonly interrupted: number;
} = {
  pass: 0,
  fail: 1,
  wrongUse: 2,
  unproved: 3,
  // As a shell says it of SIGINT.
  interrupted: 130,
};

export function exitStatusOf(verdict: Verdict): number {
  switch (verdict) {
    case 'pass':
      return exitStatus.pass;
    case 'fail':
      return exitStatus.fail;
    case 'inconclusive':
    case 'invalid':
      return exitStatus.unproved;
  }
}
