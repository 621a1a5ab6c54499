/** What can be set on the driver, and why it is as it is. */
import type { BackoffOptions } from '@palier/base/backoff';

export interface DriverOptions {
  /** How a replica that crashed is started again. */
  readonly restart: BackoffOptions;
  /** A replica that was healthy for so long has its crashes forgotten. */
  readonly forgetAfterMs: number;
  /** How often a starting replica is asked for its health. */
  readonly startProbeMs: number;
  /** A service without HTTP counts as started when its process has run for so long. */
  readonly settleMs: number;
  /** How long one preparation may take. */
  readonly prepareTimeoutMs: number;
  /** How often a replica that found its port taken gets another one. */
  readonly maxPortTries: number;
  /** How many replicas of one service start at the same time. */
  readonly maxStartingCount: number;
  /** What is kept of a replica's output, in lines and in bytes; the oldest go first. */
  readonly maxOutputLines: number;
  readonly maxOutputBytes: number;
}

export const driverDefaults: DriverOptions = {
  // The first restart comes within half a second: a crash under load is mended before its users leave. Then up to 30 s.
  restart: { firstMs: 500, maxMs: 30_000, floor: 0.5 },
  // As long as the longest wait: who crashes every 30 s is still crashing.
  forgetAfterMs: 30_000,
  // Node and Python need 50 to 300 ms to listen; an answer costs them a millisecond.
  startProbeMs: 100,
  // A missing module or a bad setting ends a process within some tenths of a second.
  settleMs: 500,
  // Seeding ten thousand rows takes seconds; a build may take minutes.
  prepareTimeoutMs: 600_000,
  maxPortTries: 5,
  // More at once only make each other slow on a small machine.
  maxStartingCount: 8,
  maxOutputLines: 200,
  maxOutputBytes: 64 * 1024,
};

/** The keeper's. */
export const keeperDefaults: {
  readonly readyMs: number;
  readonly graceMs: number;
  readonly killMs: number;
  readonly pollMs: number;
  readonly outputWaitMs: number;
  readonly flushMs: number;
  readonly maxLineBytes: number;
  readonly maxPendingLines: number;
} = {
  // Node starts in 50 ms, on a machine that swaps in seconds.
  readyMs: 15_000,
  // Between SIGTERM and SIGKILL when nobody is left who could wait longer: palier was killed.
  graceMs: 2000,
  // After SIGKILL only a process in an uninterruptible wait stays; it is named, not waited for.
  killMs: 5000,
  pollMs: 50,
  // A process that ended may have left output in its pipe, and a grandchild may hold the pipe open.
  outputWaitMs: 200,
  flushMs: 50,
  // A longer line is data, not a message.
  maxLineBytes: 4096,
  // A replica that writes faster than palier reads loses its oldest lines, and the loss is counted.
  maxPendingLines: 200,
};
