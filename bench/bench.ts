/**
 * What a bench is: who is measured (ours, peers, a control), on which cases, by which measures, and which goals must be met.
 *
 * A bench is a folder `bench/NAME/` whose `bench.ts` exports one `bench`. It says how one contestant is run once; rounds, order,
 * statistics, table, JSON and exit status are the same for all of them.
 */
import type { Cores } from './process/cores.ts';

export interface Bench {
  /** The folder's name. */
  readonly name: string;
  /** One sentence for the list of benches. */
  readonly sentence: string;
  readonly cases: readonly string[];
  readonly contestants: readonly Contestant[];
  readonly measures: readonly Measure[];
  readonly goals: readonly Goal[];
  /** How long a run takes on average, all in all. Default: its warm-up, its measurement and a second. */
  readonly runMs?: number;
  /** How often and for how long, where the usual would take too long or say too little. */
  readonly paces?: { readonly full: Pace; readonly quick: Pace };
  /** Starts what all runs share. Throws when the bench cannot be run at all here, saying what is needed. */
  open(setting: Setting): Promise<Field>;
}

export interface Pace {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Contestant {
  readonly name: string;
  /** `control`: no rival; the measures that are `beyond` it are what the others add to it. */
  readonly role: 'ours' | 'peer' | 'control';
  /** Its version, or `null` when it is not there. */
  version(): string | null;
  /** How to get it, for the line that says it was left out. */
  readonly howToGet: string;
}

export interface Measure {
  /** The key in a sample's values. */
  readonly key: string;
  readonly title: string;
  readonly better: 'more' | 'less';
  /** How ours stands to a peer: quotient or difference. A difference where values may be about zero. */
  readonly compare: 'ratio' | 'difference';
  /** Name of a control whose value in the same round is subtracted first. */
  readonly beyond?: string;
  /** Measured on these cases only. Default: all. */
  readonly cases?: readonly string[];
}

export interface Goal {
  readonly measure: string;
  readonly case: string;
  /** At least (`better: 'more'`) or at most (`better: 'less'`) so much; with `peer`, of ours to that peer (quotient or difference). */
  readonly limit: number;
  /** A goal beside a peer in the same run; nothing to judge where the peer is not there. A measure has such goals or one of its own. */
  readonly peer?: string;
  /** Where we mean to arrive; shown, never judged. */
  readonly aim?: number;
}

export interface Setting {
  readonly cores: Cores;
  /** Not measured, so that connections stand and compilers have warmed up. */
  readonly warmUpMs: number;
  readonly measureMs: number;
}

export interface Field {
  /** What a reader of the figures must know: the client used, the server used. */
  readonly notes: readonly string[];
  /** Whether this contestant can be run on this case. Default: every one. */
  fits?(contestant: string, caseName: string): boolean;
  /** Runs one contestant once on one case. */
  run(contestant: string, caseName: string): Promise<RunValues>;
  close(): Promise<void>;
}

export interface RunValues {
  /** By measure key. */
  readonly values: Readonly<Record<string, number>>;
  /** Processor cores used by each process that took part, to tell which limit was close; and `elsewhere` and `stolen` (by other guests). */
  readonly cores: Readonly<Record<string, number>>;
}

/** One contestant, run once. */
export interface Sample extends RunValues {
  /** Counted from 0. */
  readonly round: number;
  readonly contestant: string;
  readonly case: string;
  /** Why there are no values. */
  readonly failed: string | null;
}
