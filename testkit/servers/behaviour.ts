/**
 * What a known-answer server does with a request. Each behaviour has an answer that arithmetic can tell beforehand, so that what a load
 * generator or a balancer reports can be held against the truth.
 */

export type Behaviour =
  /** Answers at once; no log, for as many requests as can be. */
  | { readonly kind: 'fast' }
  /** Answers `ms` after the request, by its own clock: never earlier, and later only as far as the machine is busy. */
  | { readonly kind: 'constant'; readonly ms: number }
  /** Answers after `ms`, but once, `afterMs` after its first request, it answers nothing for `stallMs`; then all that waited. */
  | { readonly kind: 'stall'; readonly ms: number; readonly afterMs: number; readonly stallMs: number }
  /** Every `slowEvery`-th request takes `slowMs`, the others `fastMs`. */
  | { readonly kind: 'two-modes'; readonly fastMs: number; readonly slowMs: number; readonly slowEvery: number }
  /** One at a time, in order of arrival, each for an exponentially drawn time: with Poisson arrivals an M/M/1 queue. See `queue.ts`. */
  | { readonly kind: 'queue'; readonly meanMs: number; readonly seed: number }
  /**
   * At every `every`-th request it ends the connection: without an answer, in the middle of one, or after one without having said so.
   * Each request takes `ms` first (default: 0).
   */
  | {
      readonly kind: 'closing';
      readonly every: number;
      readonly how: 'before' | 'within' | 'after';
      readonly ms?: number;
    }
  /** The head at once, then the body (one character each) in `parts` parts, `gapMs` apart. */
  | { readonly kind: 'trickle'; readonly parts: number; readonly gapMs: number }
  /** At every `every`-th request an answer that is no HTTP/1.1, as `what` says. */
  | { readonly kind: 'malformed'; readonly every: number; readonly what: Malformation };

/** Ways in which an answer can be wrong, and its bytes. */
export const malformed = {
  'not-http': 'SSH-2.0-OpenSSH_9.9\r\n\r\n',
  'bad-status': 'HTTP/1.1 2OO OK\r\ncontent-length: 0\r\n\r\n',
  'bad-field': 'HTTP/1.1 200 OK\r\ncontent length: 2\r\n\r\nok',
  'two-lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok!',
  'length-and-chunks': 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n',
  'bad-chunk': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n',
  'bad-length': 'HTTP/1.1 200 OK\r\ncontent-length: -2\r\n\r\nok',
} as const;

export type Malformation = keyof typeof malformed;

/** One request as the server itself saw it. */
export interface ServedRequest {
  readonly method: string;
  readonly path: string;
  /** Its head had arrived, milliseconds since the first request (of those that it remembers), with a fraction. */
  readonly arrivedMs: number;
  /** Its answer was handed to the socket, or the connection was ended. */
  readonly answeredMs: number;
  /** `answered`, or what was done to it instead. */
  readonly outcome: 'answered' | 'closed' | 'malformed';
  /** Whether it was the first on its connection, whose acceptance it had to wait for before it arrived. */
  readonly opened: boolean;
}
