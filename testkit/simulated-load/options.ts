/**
 * What is simulated: users on a virtual clock, a server that is a function, a generator as well or unwell as wanted.
 */
import type { Random } from '@palier/base/random';
import type { LoadErrorClass, Phase, Window } from '@palier/protocol';

export interface SimulatedLoadOptions {
  readonly phases: readonly Phase[];
  /** Phases are judged one by one, or all as one window. */
  readonly judge?: 'holds' | 'everything';
  /** Default: of each phase its warm-up and its judged part. */
  readonly windows?: readonly Window[];
  readonly seed: number;
  /** Levels are arrivals a second (Poisson), and so many requests may be under way at once; without it levels are users. */
  readonly maxConcurrent?: number;
  /** Of users. */
  readonly thinkMs: { readonly min: number; readonly max: number };
  /** Routes and how often each is asked for, in any unit. */
  readonly routes: Readonly<Record<string, number>>;
  readonly server: SimulatedServer;
  readonly generator?: SimulatedGenerator;
  readonly replicas?: SimulatedReplicas;
}

/** What becomes of a request that arrives at `atMs`. */
export type SimulatedServer = (request: {
  readonly route: string;
  readonly atMs: number;
  readonly random: Random;
}) => SimulatedAnswer;

export interface SimulatedAnswer {
  readonly tookMs: number;
  /** Refused and broken connections have no latency. */
  readonly error?: LoadErrorClass;
}

/** Default: a healthy one. */
export interface SimulatedGenerator {
  /** How late a send is. */
  readonly lagMs?: (random: Random, atMs: number) => number;
  /** Time that a user loses between its think time and its next intended send; it is in no sum. */
  readonly lostMs?: number;
  readonly loopUtilisation?: number;
  readonly gcShare?: number;
  readonly longestStallMs?: number;
  readonly sendsMadeShare?: number;
  readonly exhausted?: number;
  readonly endedEarly?: string;
}

export interface SimulatedReplicas {
  readonly service: string;
  readonly count: number;
  readonly cpuMsPerRequest: number;
  /** What else it uses: cores at a moment. */
  readonly idleCores?: (random: Random, atMs: number) => number;
  readonly memoryBytes: (atMs: number) => number;
  readonly metrics?: (secondsUp: number, requests: number) => Readonly<Record<string, number>>;
  /** A replica that is killed, and back after a while. */
  readonly crash?: { readonly replica: number; readonly atMs: number; readonly backAtMs: number };
}

export const simulatedStartEpochMs: number = Date.UTC(2026, 0, 15, 9, 30);
