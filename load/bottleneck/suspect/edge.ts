/**
 * What is refused before it is worked at, and what connections cost: the balancer, rate limiters, connections that are not kept, the
 * generator. Pure.
 */
import { bounds, connectionCostMs, filledWeight, rise } from '../options.ts';
import { fullness } from './resources.ts';
import { blameOf, figure, grew, percent, type Suspect, type Suspicion } from './suspicion.ts';
import type { ProbeFigures } from '../figures.ts';

/** Of the balancer and the generator. */
export function surroundingSuspicions(half: ProbeFigures, knee: ProbeFigures): readonly Suspicion[] {
  return [
    {
      kind: 'connections',
      component: 'balancer',
      score: rise(knee.refusedShare, bounds.refusedShare),
      evidence: [
        `Refused because too many clients were connected: ${grew(percent, knee.refusedShare, half.refusedShare)} of the requests.`,
        `Connections of clients: ${grew(figure, knee.clientConnections, half.clientConnections)}.`,
      ],
    },
    {
      kind: 'cpu',
      component: 'balancer',
      score: rise(knee.balancerCores, bounds.balancerCores),
      evidence: [`The balancer's one core: ${grew(percent, knee.balancerCores, half.balancerCores)}.`],
    },
    {
      kind: 'event-loop',
      component: 'generator',
      score: rise(knee.generatorLoop, bounds.loopShare),
      evidence: [`The generator's event loop: ${grew(percent, knee.generatorLoop, half.generatorLoop)} busy.`],
    },
  ];
}

/** Of one service. `isFront`: the generator's own 429 are its. */
export function edgeSuspicions(suspect: Suspect, isFront: boolean): readonly Suspicion[] {
  const { before, after, half, knee } = suspect;
  const limited = Math.max(after.limitedShare, isFront ? knee.limitedShare : 0);
  return [
    {
      kind: 'rate-limit',
      component: after.name,
      score: rise(limited, bounds.refusedShare),
      evidence: [
        `Answered 429, too many requests: ${grew(percent, limited, Math.max(before.limitedShare, isFront ? half.limitedShare : 0))}.`,
        'A rate limit is a rule, not a capacity: without it the system might carry more.',
      ],
    },
    connecting(suspect),
    queueing(suspect),
  ];
}

/** Requests that wait at the balancer: the replicas take no more, or accept no further connection. What fills a replica comes first. */
function queueing(suspect: Suspect): Suspicion {
  const { before, after } = suspect;
  return {
    kind: 'connections',
    component: after.name,
    score: rise(after.queuedShare, bounds.queuedShare) * (1 - filledWeight * fullness(suspect)) * blameOf(suspect),
    evidence: [
      `Waiting at the balancer for a replica that takes more: ${grew(percent, after.queuedShare, before.queuedShare)} of its time, at most ${figure(after.mostQueued)} at once.`,
    ],
  };
}

/** The cost of a connection by that of a request: where the work is heavy, who keeps no connections loses little by it. */
function connecting(suspect: Suspect): Suspicion {
  const { before, after } = suspect;
  const requestMs =
    after.perSecond === 0 ? Infinity : (1000 * (after.cpuCores ?? 0) * after.replicas) / after.perSecond;
  const part = requestMs === 0 ? 0 : Math.min(1, (2 * connectionCostMs) / requestMs);
  const isPressed = Math.max(fullness(suspect), rise(after.connectFailureShare, bounds.refusedShare));
  const descriptorsLeft = 1 - rise(after.descriptorShare, bounds.descriptorShare);
  return {
    kind: 'connection-setup',
    component: after.name,
    score:
      rise(after.newConnectionShare, bounds.newConnectionShare) *
      part *
      isPressed *
      descriptorsLeft *
      (0.3 + 0.7 * blameOf(suspect)),
    evidence: [
      `New connections: ${grew(percent, after.newConnectionShare, before.newConnectionShare)} of the requests; it does not keep them.`,
      `A request costs it ${figure(requestMs)} ms of processor, a new connection about ${connectionCostMs} ms.`,
    ],
  };
}
