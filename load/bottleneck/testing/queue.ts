/** A server of one at a time before which a queue stands, as the seconds of an open load would show it. Its speed comes in waves. */
import { Histogram } from '@palier/base/histogram';
import type { Random } from '@palier/base/random';
import type { LoadSecond } from '@palier/protocol';

export interface MadeQueue {
  readonly random: Random;
  readonly arrivalsPerSecond: number;
  /** Mean, of times that are distributed exponentially. */
  readonly serviceMs: number;
  /** How much slower or quicker it is for some seconds (first-order autoregressive, 0.7 from second to second): 0.1 is a tenth. */
  readonly wave: number;
  /** Seconds that are played before those that are told. */
  readonly settleSeconds: number;
  readonly seconds: number;
  /** Who would wait longer is refused at once, as an error; default: nobody. */
  readonly patienceMs?: number;
}

export function madeQueue(made: MadeQueue): LoadSecond[] {
  const { random, arrivalsPerSecond, serviceMs, settleSeconds, wave } = made;
  const exponential = (mean: number): number => -mean * Math.log(1 - random.next());
  const patienceMs = made.patienceMs ?? Number.POSITIVE_INFINITY;
  const count = settleSeconds + made.seconds;
  const told = Array.from({ length: count }, () => ({ response: new Histogram(), refused: 0 }));
  let [nowMs, freeMs, second, speed] = [0, 0, 0, 1];
  let drift = 0;
  for (;;) {
    nowMs += exponential(1000 / arrivalsPerSecond);
    if (nowMs >= count * 1000) break;
    for (; second < Math.floor(nowMs / 1000) + 1; second++) {
      drift = 0.7 * drift + wave * (random.next() + random.next() + random.next() - 1.5) * 1.43;
      speed = Math.exp(drift);
    }
    const arrivedIn = told[Math.floor(nowMs / 1000)];
    if (freeMs - nowMs > patienceMs) {
      if (arrivedIn !== undefined) arrivedIn.refused++;
      continue;
    }
    freeMs = Math.max(freeMs, nowMs) + exponential(serviceMs * speed);
    told[Math.floor(freeMs / 1000)]?.response.record((freeMs - nowMs) * 1000);
  }
  return told.slice(settleSeconds).map(({ refused, response }, i) => ({
    atMs: (i + 1) * 1000,
    requests: response.count + refused,
    errors: refused === 0 ? {} : { '5xx': refused },
    response: response.snapshot(),
  })) as unknown as LoadSecond[];
}
