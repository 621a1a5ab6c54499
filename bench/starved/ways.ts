/** Twenty ways of starving a generator. Each does it in truth: `harm` and the delay of sends in the table tell how much. */
import type { Random } from '@palier/base/random';
import type { Cores } from '../process/cores.ts';
import type { Outing } from './play.ts';
import { burn, garbage, limitCpu, limitDescriptors, pause, preferOn } from './starve.ts';

export interface Way {
  readonly name: string;
  readonly outing: Outing;
}

export function ways(cores: Cores, random: Random): Way[] {
  const [server, client] = [cores.server ?? 0, cores.client ?? 0];
  const usual = (): Outing => ({
    server: { kind: 'constant', ms: 20 },
    serverCore: server,
    cores: [client],
    users: random.int(80, 120),
    thinkMs: { min: 80, max: 160 },
    p95Ms: 200,
    seed: random.int(1, 1e6),
  });
  const way = (name: string, change: Partial<Outing>): Way => ({ name, outing: { ...usual(), ...change } });
  return [
    ...[4, 7, 10].map((percent) =>
      way(`${percent} % of a core`, { atStart: async () => () => {}, later: (pid) => void limitCpu(pid, percent) }),
    ),
    ...[
      [40, 40],
      [100, 100],
      [150, 450],
    ].map(([on = 0, off = 0]) =>
      way(`other work first, ${on} ms of ${on + off}`, { atStart: () => burn(client, on, off) }),
    ),
    ...[10, 40].map((ms) =>
      way(`on the server's core, answers of ${ms} ms`, {
        server: { kind: 'constant', ms },
        thinkMs: { min: 5, max: 15 },
        atStart: async (_, pid) => preferOn(client, pid),
      }),
    ),
    ...[40, 60, 80].map((count) =>
      way(`${count} descriptors for 120 users`, { users: 120, atStart: async (pid) => limitDescriptors(pid, count) }),
    ),
    ...(
      [
        [30, 0],
        [300, 2],
        [1000, 10],
      ] as const
    ).map(([users, think]) =>
      way(`one process for ${users} users that think ${think} ms`, {
        server: 'quickest',
        atStart: async (_, pid) => preferOn(server, pid),
        users,
        thinkMs: { min: think, max: think },
      }),
    ),
    ...[400, 800, 1500].map((megabytes) =>
      way(`${megabytes} MB of garbage a second`, { environment: garbage(megabytes) }),
    ),
    ...[300, 300, 600].map((ms) => {
      const afterMs = random.int(700, 2200);
      return way(`stopped for ${ms} ms at ${((1000 + afterMs) / 1000).toFixed(1)} s`, {
        later: (pid) => pause(pid, afterMs, ms),
      });
    }),
  ];
}
