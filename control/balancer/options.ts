/** The limits of the balancer that the system file does not set, each with its reason; and how both are put together. */
import type { HeadLimits } from '@palier/base/http1';
import type { BalancerSettings } from '@palier/protocol';
import { defaultStandingOptions, type StandingOptions } from './standing/limits.ts';

export interface BalancerLimits extends StandingOptions {
  /** From the first octet of a request's head to its last; then 408. */
  readonly headTimeoutMs: number;
  /** Without an octet of a body, in either direction; then the exchange ends (408 to a client that sends nothing). */
  readonly stallTimeoutMs: number;
  /** What a client that closed its sending side, with a request in flight, is waited for: it may have only half-closed, or be gone. */
  readonly halfClosedMs: number;
  /** After an answer that ends a connection whose request was not read whole: how long and how much of it is still read. */
  readonly lingerMs: number;
  readonly maxLingerBytes: number;
  /** Memory set aside for request bodies on their way, over all services; then 503. */
  readonly maxBodyBytesInFlight: number;

  /** Until a replica accepts a connection. */
  readonly connectTimeoutMs: number;
  /** Connections to one replica that it may not have accepted yet: those that said nothing so far and are younger than `unprovenMs`. */
  readonly maxUnprovenConnections: number;
  readonly unprovenMs: number;
  /** Requests in the hands of one replica at the same time; more wait. */
  readonly maxPerReplica: number;
  /** Requests of one service that wait for a replica, and for how long; then 503. */
  readonly maxWaiting: number;
  readonly waitTimeoutMs: number;
  /** Replicas that a request is offered to until one accepts a connection. */
  readonly maxConnectAttempts: number;
  /** An idle connection to a replica is closed after this, or before the replica's own stated time is up. */
  readonly upstreamIdleMs: number;
  /** How much before. */
  readonly upstreamIdleMarginMs: number;
  /** A request that must not be sent twice takes no connection that has been idle for longer. */
  readonly upstreamIdleForPostMs: number;
  readonly maxAnswerHeadBytes: number;

  /** Whether to believe the X-Forwarded headers that a client sends, and to add to them. */
  readonly trustForwarded: boolean;
  /** The flag `sampled` in a traceparent that the balancer makes. */
  readonly traceSampled: boolean;
  /** How often deadlines are looked at: each timeout may be late by this. */
  readonly tickMs: number;
}

export const defaultBalancerLimits: BalancerLimits = {
  ...defaultStandingOptions,
  // A head is a packet or two; a client that takes 10 s sends it octet by octet (slowloris).
  headTimeoutMs: 10_000,
  // nginx and HAProxy: 60 s and 50 s.
  stallTimeoutMs: 60_000,
  // nginx gives up such a client at once; a second lets `nc -N` and HTTP/1.0 clients have their answer.
  halfClosedMs: 1000,
  // Closing with unread data resets the connection and may destroy the answer on its way (RFC 9112, section 9.6).
  lingerMs: 2000,
  maxLingerBytes: 1024 * 1024,
  // 128 KiB each (two socket buffers of Node's 64 KiB): 512 uploads at the same time.
  maxBodyBytesInFlight: 64 * 1024 * 1024,

  // Loopback: a connection that is not there after 2 s waits for a full backlog.
  connectTimeoutMs: 2000,
  // Half of Node's backlog of 511: beyond it Linux drops the request for a connection, and the next try comes a second later.
  maxUnprovenConnections: 256,
  // A loop that accepts nothing for so long is blocked; who is slow to answer must not hold up new connections for ever.
  unprovenMs: 250,
  // A Node process with 1024 requests in hand is long past its best; the rest waits here, where another replica can take it.
  maxPerReplica: 1024,
  maxWaiting: 4096,
  // A person has gone by then.
  waitTimeoutMs: 10_000,
  maxConnectAttempts: 3,
  // Below the 5 s after which Node closes an idle connection.
  upstreamIdleMs: 4000,
  // A tick, a garbage collection on either side and the way.
  upstreamIdleMarginMs: 1000,
  // gunicorn closes after 2 s and does not say so.
  upstreamIdleForPostMs: 1000,
  // Twice what requests may have: answers carry cookies and policies.
  maxAnswerHeadBytes: 65_536,

  // The balancer is the edge: whoever sends X-Forwarded-For here made it up.
  trustForwarded: false,
  // A service that traces by its parent's flag would trace nothing if it were not set.
  traceSampled: true,
  tickMs: 100,
};

/** What the exchanges of one balancer obey: the file's settings and the limits above. */
export interface BalancerOptions extends BalancerSettings, BalancerLimits {}

/** What one request with a body is counted as towards `maxBodyBytesInFlight`, at most: what is buffered of it. */
export const bodyReserveBytes: number = 128 * 1024;

export function requestHeadLimits(options: BalancerOptions): HeadLimits {
  const maxHeadBytes = options.maxHeaderBytes;
  return { maxHeadBytes, maxStartLineBytes: Math.min(8192, maxHeadBytes), maxHeaders: 128 };
}

export function answerHeadLimits(options: BalancerOptions): HeadLimits {
  return { maxHeadBytes: options.maxAnswerHeadBytes, maxStartLineBytes: 8192, maxHeaders: 256 };
}
