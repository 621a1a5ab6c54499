import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../helix/world/channels.ts';
import { makeWorld, type World } from '../../helix/world/world.ts';
import type { SeenAccount } from './account.ts';
import { analyse, type Findings } from './analyse.ts';

const seeds = [1, 2, 3];

function seenIn(world: World, channel: Channel): SeenAccount[] {
  return Array.from({ length: world.watchers(channel) }, (_, index) => {
    const number = world.watcher(channel, index);
    const { id, login } = world.chatter(number, 0);
    return { id, login, createdMs: world.account(number, 0)?.createdMs ?? null, renames: 0 };
  });
}

function worldOf(seed: number): { world: World; found(login: string): Findings; channel(login: string): Channel } {
  const world = makeWorld({ seed, hugePeople: 60_000, moderators: 1, renameEveryMs: 1000 });
  const channel = (login: string): Channel => world.channels.find((one) => one.login === login) as Channel;
  return { world, channel, found: (login) => analyse(seenIn(world, channel(login))) };
}

describe('analyse()', () => {
  it.each(seeds)('finds what one hand opened, and says why (seed %i)', (seed) => {
    const { world, channel, found } = worldOf(seed);
    for (const login of ['quiz_lantern', 'huge_thunder']) {
      const { suspects, clusters, families } = found(login);
      const suspected = new Map(suspects.map((suspect) => [suspect.id, suspect]));
      const one = channel(login);
      expect(clusters.length).toBe(one.clusters.length);
      for (const [index, numbers] of world.planted(one).entries()) {
        const alive = numbers.filter((number) => world.account(number, 0) !== undefined);
        const caught = alive.filter((number) => suspected.has(String(number)));
        expect(caught.length / alive.length).toBeGreaterThan(0.85);
        const stem = one.clusters[index]?.stem;
        if (stem === null || stem === undefined) continue;
        expect(families.map((family) => family.stem)).toContain(stem);
        const kinds = suspected.get(String(caught[0]))?.reasons.map(({ kind }) => kind);
        expect(kinds).toEqual(['opened-together', 'name-series']);
      }
      // People who happened to come in those hours are told with the number of them that is usual.
      const innocent = suspects.filter(({ id }) => Number(id) < 100_000_000).length;
      expect(innocent).toBeLessThanOrEqual(3 * clusters.reduce((sum, { expected }) => sum + expected, 1));
    }
  });

  it.each(seeds)(
    'accuses nobody of a raid of real people, of a day on which everybody came, of a calm channel (seed %i)',
    (seed) => {
      const { found } = worldOf(seed);
      for (const login of ['calm_harbor', 'raid_meadow', 'growth_reef', 'guest_200']) {
        const { suspects, clusters } = found(login);
        expect({ login, suspects, clusters }).toEqual({ login, suspects: [], clusters: [] });
      }
    },
  );

  it('shows a day on which everybody came among the days, with how many are usual', () => {
    const rush = worldOf(1)
      .found('growth_reef')
      .days.find(({ date }) => date === '2020-06-23');
    expect(rush?.count).toBeGreaterThan(3 * (rush?.expected ?? 0));
  });

  it('leaves invited helpers out, and counts who is gone', () => {
    const { serviceBots, unknown, suspects } = worldOf(1).found('quiz_lantern');
    expect(serviceBots).toBe(6);
    expect(unknown).toBeGreaterThan(10);
    expect(suspects.map(({ login }) => login)).not.toContain('nightbot');
  });

  it('tells who changed the name often; a second sign is needed to suspect', () => {
    const calm = worldOf(1);
    const seen = seenIn(calm.world, calm.channel('calm_harbor'));
    seen[9] = { ...(seen[9] as SeenAccount), renames: 3 };
    seen[10] = { ...(seen[10] as SeenAccount), renames: 2 };
    const { renamed, suspects } = analyse(seen);
    expect(renamed).toEqual([{ id: seen[9]?.id, login: seen[9]?.login, times: 3 }]);
    expect(suspects).toEqual([]);
  });

  it('gives everybody who changed the name often that reason, though it lists fifty', () => {
    const name = (i: number): string => `${String.fromCharCode(97 + (i % 26), 97 + (i % 7))}name${i}`;
    const seen = Array.from({ length: 60 }, (_, i) => ({
      id: `${i}`,
      login: name(i),
      createdMs: i * 1000,
      renames: 3,
    }));
    const { renamed, suspects } = analyse(seen);
    expect(renamed).toHaveLength(50);
    const told = suspects.filter(({ reasons }) => reasons.some(({ kind }) => kind === 'renamed'));
    expect(told).toHaveLength(60);
  });

  it('does not depend on the order of the accounts, and takes any of them', () => {
    const account = fc.record({
      id: fc.string(),
      login: fc.string(),
      createdMs: fc.option(fc.integer({ min: 0, max: 2 ** 41 })),
      renames: fc.nat(9),
    });
    fc.assert(
      fc.property(fc.uniqueArray(account, { selector: ({ id }) => id, maxLength: 60 }), (seen) => {
        const told = ({ clusters, accounts, unknown }: Findings): unknown => [
          clusters.map(({ ids }) => ids.toSorted()),
          accounts,
          unknown,
        ];
        expect(told(analyse(seen.toReversed()))).toEqual(told(analyse(seen)));
      }),
    );
  });
});
