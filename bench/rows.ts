/**
 * From samples to the rows of the table: medians of each contestant, ours beside each peer over pairs of the same round, goals. Pure.
 */
import type { Bench, Goal, Measure, Sample } from './bench.ts';
import { type Estimate, estimate } from './statistics.ts';

/** One measure on one case. */
export interface Row {
  readonly case: string;
  readonly measure: string;
  readonly title: string;
  readonly better: 'more' | 'less';
  readonly compare: 'ratio' | 'difference';
  readonly ours: Estimate | null;
  readonly peers: readonly PeerRow[];
  readonly goal: Goal | null;
  /** Null without a goal. */
  readonly met: Met | null;
}

export interface PeerRow {
  readonly name: string;
  readonly value: Estimate;
  /** Ours to this peer: the median over the rounds of the quotient (or difference) within a round. */
  readonly oursToPeer: Estimate | null;
  /** What ours must keep beside this peer; absent: nothing. */
  readonly goal?: Goal;
  readonly met?: Met;
}

/** `unclear`: the interval of ours holds the goal, ours was not measured, or it missed the goal while others used the machine. */
export type Met = 'yes' | 'no' | 'unclear';

/** More cores than this used by other programs or by other guests of the host, and a sample was disturbed. */
export const quietCores = 0.1;

export function rowsOf(
  bench: Pick<Bench, 'contestants' | 'cases' | 'measures' | 'goals'>,
  samples: readonly Sample[],
): Row[] {
  const rows: Row[] = [];
  for (const measure of bench.measures) {
    for (const caseName of bench.cases) {
      if (measure.cases !== undefined && !measure.cases.includes(caseName)) continue;
      rows.push(rowOf(bench, measure, caseName, samples));
    }
  }
  return rows;
}

/** The worst of the goals: `no`, `unclear`, `yes`. */
export function metOf(rows: readonly Row[]): Met {
  return worstOf(rows.flatMap((row) => [row.met, ...row.peers.map((peer) => peer.met)]));
}

export function worstOf(mets: readonly (Met | null | undefined)[]): Met {
  const all = new Set(mets);
  return all.has('no') ? 'no' : all.has('unclear') ? 'unclear' : 'yes';
}

function rowOf(
  bench: Pick<Bench, 'contestants' | 'goals'>,
  measure: Measure,
  caseName: string,
  samples: readonly Sample[],
): Row {
  const valuesOf = (contestant: string): Map<number, number> => byRound(measure, caseName, contestant, samples);
  const oursName = bench.contestants.find((contestant) => contestant.role === 'ours')?.name;
  const ours = oursName === undefined ? new Map<number, number>() : valuesOf(oursName);
  const goals = bench.goals.filter((goal) => goal.measure === measure.key && goal.case === caseName);
  const own = samples.filter((sample) => sample.case === caseName && sample.contestant === oursName);
  const metBy = (found: Estimate | null, { limit }: Goal): Met => judge(found, limit, measure.better, own);
  const peers: PeerRow[] = [];
  for (const contestant of bench.contestants) {
    if (contestant.role !== 'peer') continue;
    const values = valuesOf(contestant.name);
    const value = estimate([...values.values()]);
    if (value === null) continue;
    const oursToPeer = estimate(paired(ours, values, measure.compare));
    const goal = goals.find(({ peer }) => peer === contestant.name);
    const judged = goal === undefined ? {} : { goal, met: metBy(oursToPeer, goal) };
    peers.push({ name: contestant.name, value, oursToPeer, ...judged });
  }
  const goal = goals.find(({ peer }) => peer === undefined) ?? null;
  const oursEstimate = estimate([...ours.values()]);
  return {
    case: caseName,
    measure: measure.key,
    title: measure.title,
    better: measure.better,
    compare: measure.compare,
    ours: oursEstimate,
    peers,
    goal,
    met: goal === null ? null : metBy(oursEstimate, goal),
  };
}

/** The values of one contestant by round, less the control's of the same round where the measure wants that. */
function byRound(
  measure: Measure,
  caseName: string,
  contestant: string,
  samples: readonly Sample[],
): Map<number, number> {
  const pick = (name: string): Map<number, number> => {
    const values = new Map<number, number>();
    for (const sample of samples) {
      const value = sample.values[measure.key];
      if (sample.case === caseName && sample.contestant === name && value !== undefined)
        values.set(sample.round, value);
    }
    return values;
  };
  const values = pick(contestant);
  if (measure.beyond === undefined) return values;
  const control = pick(measure.beyond);
  return new Map(
    [...values].flatMap(([round, value]) => {
      const base = control.get(round);
      return base === undefined ? [] : [[round, value - base] as const];
    }),
  );
}

function paired(ours: Map<number, number>, peer: Map<number, number>, compare: Measure['compare']): number[] {
  return [...ours].flatMap(([round, value]) => {
    const other = peer.get(round);
    if (other === undefined || (compare === 'ratio' && other === 0)) return [];
    return [compare === 'ratio' ? value / other : value - other];
  });
}

/** Noise makes everything slower and nothing faster: it can hide that a goal is met, but not that it is missed. */
function judge(ours: Estimate | null, limit: number, better: Measure['better'], samples: readonly Sample[]): Met {
  if (ours === null) return 'unclear';
  const [worst, best] = better === 'more' ? [ours.low, ours.high] : [-ours.high, -ours.low];
  const wanted = better === 'more' ? limit : -limit;
  if (worst >= wanted) return 'yes';
  const mostlyDisturbed = samples.filter(isDisturbed).length * 2 > samples.length;
  return best < wanted && !mostlyDisturbed ? 'no' : 'unclear';
}

function isDisturbed({ cores }: Sample): boolean {
  return (cores['elsewhere'] ?? 0) > quietCores || (cores['stolen'] ?? 0) > quietCores;
}
