/**
 * From where on a fact about the machine is worth a warning, or spoils a measurement.
 */

export const machineLimits = {
  /** Below: the generator, the balancer and the replicas take turns on the same cores. */
  fewCores: 4,
  /** The Node that palier is made for. */
  leastNodeMajor: 24,
  /** A run with 1000 users needs three for each: generator, balancer (two sides), replica. Below `least` not even 200 users fit. */
  fewDescriptors: 10_000,
  leastDescriptors: 1024,
  /** Free memory. Three small replicas, a generator and a balancer take about 500 MiB. */
  littleMemoryBytes: 1_073_741_824,
  /** Ports from which connections to one address can be opened, less those that wait. */
  fewPorts: 10_000,
  /** Share of all cores that others use. Above half, whatever is measured is theirs as much as the system's. */
  busyShare: 0.1,
  tooBusyShare: 0.5,
  /** Share of time that the hypervisor gave to other machines. */
  stolenShare: 0.01,
  tooMuchStolenShare: 0.1,
  /** How late a timer of 1 ms comes, in 99 of 100 cases. A generator cannot send more exactly than that. */
  lateTimerMs: 5,
  tooLateTimerMs: 20,
} as const;

/** Where programs are looked for; sbin too, which is not on everybody's PATH. */
export const programFolders: readonly string[] = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/opt/homebrew/bin',
  '/snap/bin',
];
