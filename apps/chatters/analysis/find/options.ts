/** What the analysis takes for too much, each with its reason. */
export interface FindOptions {
  /** Fewer accounts than this are no cluster, however unlikely. */
  readonly leastInCluster: number;
  /** The widths of the windows in which clusters are looked for. */
  readonly windowsMs: readonly number[];
  /** How many times as many as on average may come in the busiest hours of an ordinary day. */
  readonly peakFactor: number;
  /** The neighbourhood that says what is usual, on each side. */
  readonly usualMs: number;
  /** How likely one wrong cluster in a whole channel may be. */
  readonly falseClusters: number;
  /** How likely an ordinary day may look as narrow as a cluster. */
  readonly falseShape: number;
  readonly mostClusters: number;
  /** A family has at least so many names. */
  readonly leastInFamily: number;
  readonly mostFamilies: number;
  /** From so many changes of the login on an account is told. */
  readonly renamesTold: number;
  /** Days that are listed, and logins of each. */
  readonly daysTold: number;
  readonly loginsTold: number;
}

const hourMs = 3_600_000;

export const findDefaults: FindOptions = {
  // Eight friends who open accounts in one evening are an evening; ten thousand channels have some.
  leastInCluster: 8,
  // A script does it in one go, a careful hand over a working day.
  windowsMs: [1, 2, 3, 6, 9].map((hours) => hours * hourMs),
  // Twice as many in the evening as in the morning are 1.33 times the mean; a language that one country speaks has more of a night.
  peakFactor: 1.6,
  // Long enough for a rate, short enough that growth over the years does not matter.
  usualMs: 45 * 24 * hourMs,
  falseClusters: 1e-6,
  // Looked at only where a day has too many already, which happens some dozens of times in fifteen years.
  falseShape: 1e-5,
  mostClusters: 20,
  leastInFamily: 8,
  mostFamilies: 20,
  // As the streamers' own lists have it.
  renamesTold: 3,
  daysTold: 10,
  loginsTold: 50,
};
