/** Fixed behaviour of a generator, each with its reason, and what `startGenerators` can be told. */
import type { Timers } from '@palier/base/timers';
import type { LoadSecond } from '@palier/protocol';

export interface GeneratorOptions {
  /** For the time that a generator may take to stop. */
  readonly timers: Timers;
  /** How many processes share the users. Default: 1. */
  readonly count?: number;
  /** The cores to pin them to, as far as the platform can; null (default): anywhere. */
  readonly cpus?: readonly number[] | null;
  /** Whether to ask for a higher priority than the system that is loaded. Default: true. */
  readonly priority?: boolean;
  /** Told each second of the load, about a second after its end. */
  readonly onSecond?: (second: LoadSecond) => void;
}

export const generatorLimits: {
  readonly maxProcesses: number;
  readonly requestsPerProcess: number;
  readonly usersPerProcess: number;
  readonly maxBodyBytes: number;
  readonly maxInterimAnswers: number;
  readonly maxMessageBytes: number;
  readonly maxUnreadMessages: number;
  readonly maxUnreadBytes: number;
  readonly maxUnsentBytes: number;
  readonly closeTimeoutMs: number;
  readonly leastRestartMs: number;
  readonly leastRetryMs: number;
  readonly probeTimeoutMs: number;
  readonly keepAliveMarginMs: number;
  readonly tickMs: number;
  readonly niceness: number;
  readonly maxOutputChars: number;
  readonly stopTimeoutMs: number;
} = {
  maxProcesses: 64,
  // A core sends 68 000 requests/s of tiny answers over 1000 connections (bench generator). Checks, bodies and think times cost more, a
  // loop above half is late, and one process too many costs little: a third.
  requestsPerProcess: 20_000,
  // A user has a connection, a parser and a descriptor; above this its housekeeping each tick takes milliseconds.
  usersPerProcess: 10_000,
  // A body is kept only for a check or a take; a larger one fails the check.
  maxBodyBytes: 10 * 1024 * 1024,
  // 100, 102, 103: a handful. A server that sends them for ever is stopped here.
  maxInterimAnswers: 20,
  // Of a WebSocket. A larger message closes it, and the step fails.
  maxMessageBytes: 1024 * 1024,
  // What a user keeps of the messages that came while it held, for a later expect; above either the oldest are dropped, and counted.
  maxUnreadMessages: 256,
  // 1000 users with a full queue are 256 MiB; a single larger message is kept alone.
  maxUnreadBytes: 256 * 1024,
  // What a server may leave untaken of what a user sends; then the step fails.
  maxUnsentBytes: 1024 * 1024,
  // A server that does not answer the closing handshake; the connection is cut then.
  closeTimeoutMs: 2000,
  // A login that fails at once, with think time 0, would otherwise be hammered.
  leastRestartMs: 1000,
  // The same for a task that never reached the server: refused, no value, no descriptor.
  leastRetryMs: 100,
  // A handshake over the world takes 0.3 s; a lost SYN is sent again after 1 s and 3 s.
  probeTimeoutMs: 5000,
  // An idle connection is not used in the last second before the server said that it closes it: it may be closing.
  keepAliveMarginMs: 1000,
  // Timeouts, seconds and stalls are looked at this often.
  tickMs: 10,
  // Before everything that runs at the usual 0: it stands for machines of their own. By the kernel's weights (sched(7)) -15 has 28 times
  // the share of 0; at -5, which has 3 times, other work on both of two cores made 1 % of the sends 34 ms late, and the run invalid.
  niceness: -15,
  // What a dead generator wrote last, for its error.
  maxOutputChars: 2000,
  // A generator that was asked to stop answers within a tick; after this it is killed.
  stopTimeoutMs: 5000,
};
