/** Fifty runs in which the generator is well, whatever the server does: being slow, standing still, hanging up, talking nonsense. */
import type { Random } from '@palier/base/random';
import type { Behaviour } from '@palier/testkit/servers';
import type { Cores } from '../process/cores.ts';
import type { Way } from './ways.ts';

const count = 50;

export function healthyRuns(cores: Cores, random: Random): Way[] {
  return Array.from({ length: count }, (_, i) => {
    const [name, server] = behaviour(i % 8, random);
    const users = random.int(5, 120);
    const thinkMs = random.int(100, 400);
    return {
      name: `${name}, ${users} users`,
      outing: {
        server,
        serverCore: cores.server,
        cores: cores.client === null ? null : [cores.client],
        users,
        thinkMs: { min: thinkMs, max: 2 * thinkMs },
        p95Ms: random.pick([100, 200, 500]),
        seed: random.int(1, 1e6),
      },
    };
  });
}

function behaviour(kind: number, random: Random): readonly [string, Behaviour] {
  switch (kind) {
    case 0:
      return ['quick', { kind: 'fast' }];
    case 1: {
      const ms = random.int(1, 50);
      return [`constant ${ms} ms`, { kind: 'constant', ms }];
    }
    case 2: {
      const ms = random.int(500, 1500);
      return [`slow, ${ms} ms`, { kind: 'constant', ms }];
    }
    case 3: {
      const stallMs = random.int(300, 2500);
      return [`stands still for ${stallMs} ms`, { kind: 'stall', ms: 10, afterMs: random.int(1500, 3000), stallMs }];
    }
    case 4:
      return [
        'two modes',
        { kind: 'two-modes', fastMs: 5, slowMs: random.int(100, 900), slowEvery: random.int(3, 20) },
      ];
    case 5:
      return [
        'hangs up',
        { kind: 'closing', every: random.int(2, 20), how: random.pick(['before', 'within', 'after']) },
      ];
    case 6:
      return ['trickles', { kind: 'trickle', parts: random.int(3, 10), gapMs: random.int(5, 40) }];
    default:
      return ['talks nonsense', { kind: 'malformed', every: random.int(2, 20), what: 'not-http' }];
  }
}
