/** What all exchanges of one balancer share. */
import type { Clock } from '@palier/base/clock';
import type { Random } from '@palier/base/random';
import { answerHeadLimits, type BalancerOptions, requestHeadLimits } from '../options.ts';
import { Draft } from './draft.ts';

/** What one read from a socket brings at most (libuv). */
const readBytes = 65_536;

export interface Hub {
  readonly options: BalancerOptions;
  readonly clock: Clock;
  readonly random: Random;
  /** Empty whenever control returns to the event loop. */
  readonly draft: Draft;
  readonly readBuffer: Buffer;
  clientConnections: number;
  /** Set aside for request bodies on their way. */
  bodyBytesInFlight: number;
  /** No further request on any connection. */
  stopping: boolean;
}

export function createHub(options: BalancerOptions, clock: Clock, random: Random): Hub {
  const headBytes = Math.max(requestHeadLimits(options).maxHeadBytes, answerHeadLimits(options).maxHeadBytes);
  return {
    options,
    clock,
    random,
    // A head, what the edge adds, and all of one read: one write.
    draft: new Draft(readBytes + headBytes + 4096),
    readBuffer: Buffer.allocUnsafeSlow(readBytes),
    clientConnections: 0,
    bodyBytesInFlight: 0,
    stopping: false,
  };
}
