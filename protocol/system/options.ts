/**
 * What a system file need not say, each with its reason.
 */
import type { BalancerPolicy, TunableRelief } from './file.ts';

export const systemDefaults: {
  readonly replicas: number;
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly tunableRelieves: readonly TunableRelief[];
  readonly healthPath: string;
  readonly healthIntervalMs: number;
  readonly healthTimeoutMs: number;
  readonly unhealthyAfterCount: number;
  readonly healthyAfterCount: number;
  readonly policy: BalancerPolicy;
  readonly maxBodyBytes: number;
  readonly maxHeaderBytes: number;
  readonly maxClientConnections: number;
  readonly responseTimeoutMs: number;
  readonly idleTimeoutMs: number;
} = {
  replicas: 1,
  // A JVM or a Rails application needs 10 to 20 s on a busy machine.
  startTimeoutMs: 30_000,
  // Kubernetes gives 30 s; a developer who pressed Ctrl-C does not wait that long.
  stopTimeoutMs: 10_000,
  // The setting that most services have, and have too small.
  tunableRelieves: ['pool'],
  healthPath: '/',
  // Each second: a dead replica is noticed by its refused connections at once; the check finds those that hang.
  healthIntervalMs: 1000,
  // Twice the interval: a garbage collection of a second is no failure.
  healthTimeoutMs: 2000,
  unhealthyAfterCount: 3,
  healthyAfterCount: 1,
  // Slow replicas get less; round-robin gives them their full share.
  policy: 'least-outstanding',
  maxBodyBytes: 100 * 1024 * 1024,
  // HAProxy and nginx: 16 to 32 KiB.
  maxHeaderBytes: 32 * 1024,
  // 10 000 sockets of about 10 KiB each; ulimit -n must allow twice as many.
  maxClientConnections: 10_000,
  responseTimeoutMs: 60_000,
  // Longer than the 60 s of usual clients' pools, so that they, not we, close first.
  idleTimeoutMs: 75_000,
};

export const scenarioDefaults: {
  readonly judge: 'holds';
  readonly warmUpMs: number;
  readonly requestTimeoutMs: number;
  readonly seed: number;
  readonly spacing: 'poisson';
  readonly maxConcurrent: number;
} = {
  judge: 'holds',
  // Connections are open and code is compiled after some seconds of steady load.
  warmUpMs: 5000,
  // A person has gone by then.
  requestTimeoutMs: 30_000,
  seed: 1,
  // Many people who do not know of each other (Palm, Khintchine): their bunches are what a queue must take.
  spacing: 'poisson',
  // A task of 10 s at 100 arrivals/s. Each has a connection of its own, so more than that is somebody's decision.
  maxConcurrent: 1000,
};

/** Bounds of the system file. */
export const systemLimits: {
  readonly maxServicesCount: number;
  readonly maxReplicasCount: number;
  readonly maxRoutesCount: number;
  readonly maxTunablesCount: number;
  readonly maxPagesCount: number;
  readonly maxLoginFieldsCount: number;
  readonly maxUsersCount: number;
  readonly maxArrivalsPerSecond: number;
  readonly maxProblemsCount: number;
} = {
  maxServicesCount: 50,
  maxReplicasCount: 200,
  // Each route has histograms in every second's sample.
  maxRoutesCount: 200,
  // Each that is tried is a load of some twenty seconds.
  maxTunablesCount: 10,
  // Each is visited for some ten seconds after the load.
  maxPagesCount: 10,
  // A login asks for a name and a password, some for a third thing.
  maxLoginFieldsCount: 10,
  maxUsersCount: 100_000,
  // A generator process with a core to itself sends 68 000 requests/s over 1000 connections (bench/README.md), and must have room left.
  maxArrivalsPerSecond: 50_000,
  // More mistakes than a screen are not read.
  maxProblemsCount: 20,
};
