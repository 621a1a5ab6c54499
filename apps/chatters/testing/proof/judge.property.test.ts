import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel } from '../../helix/world/channels.ts';
import { makeWorld } from '../../helix/world/world.ts';
import { countCapture, countClusters, type Present, type StoredChatter } from './judge.ts';

const world = makeWorld({ seed: 3, hugePeople: 1000, moderators: 1, renameEveryMs: 1000 });
// Small, and with two clusters.
const [channel, clustered] = ['5005', '5002'].map((id) => world.channel(id)) as [Channel, Channel];
const watchers = Array.from({ length: world.watchers(channel) }, (_, i) => world.watcher(channel, i));
const none = { missing: 0, duplicates: 0, strangers: 0, unasked: 0, wrong: 0 };

const stored = (number: number): StoredChatter => {
  const account = world.account(number, 0);
  return { id: String(number), createdMs: account?.createdMs ?? null, fetched: true, gone: account === undefined };
};

describe('countCapture()', () => {
  it('finds nothing wrong with a capture of all who stayed and some who came or went, and each single fault of another', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(200), (left, joined, at) => {
        const newcomers = Array.from({ length: joined }, (_, i) => world.watcher(channel, watchers.length + i));
        const before: Present = { numbers: watchers, joined: 0 };
        const after: Present = { numbers: [...watchers.slice(left), ...newcomers], joined };
        const count = (rows: readonly StoredChatter[]) => countCapture(world, channel, [before, after], rows);
        const rows = [...watchers.slice(left), ...newcomers.slice(at % (joined + 1))].map(stored);
        expect(count(rows)).toEqual({ ...none, captured: rows.length, stayed: watchers.length - left });
        const one = rows[at] as StoredChatter;
        const changed = (change: Partial<StoredChatter>) => rows.with(at, { ...one, ...change });
        expect(count(rows.toSpliced(at, 1))).toMatchObject({ ...none, missing: 1 });
        expect(count([...rows, one])).toMatchObject({ ...none, duplicates: 1 });
        expect(count([...rows, stored(world.watcher(channel, watchers.length + joined))])).toMatchObject({
          ...none,
          strangers: 1,
        });
        expect(count(changed({ fetched: false }))).toMatchObject({ ...none, unasked: 1 });
        expect(count(changed({ gone: !one.gone }))).toMatchObject({ ...none, wrong: 1 });
        expect(count(changed({ createdMs: (one.createdMs ?? 0) + 1000 }))).toMatchObject({ ...none, wrong: 1 });
      }),
      { numRuns: 20 },
    );
  });
});

describe('countClusters()', () => {
  it('counts what is found where it is planted with as many accounts, and accuses whoever finds more', () => {
    const found = world.planted(clustered).map((numbers, place) => {
      const created = numbers.flatMap((number) => world.account(number, 0)?.createdMs ?? []);
      const { fromMs } = clustered.clusters[place] as Channel['clusters'][number];
      return { fromMs, toMs: Math.max(...created), count: created.length };
    });
    const [first, second] = found as [(typeof found)[number], (typeof found)[number]];
    expect(countClusters(world, clustered, found)).toEqual({ planted: 2, found: 2, accused: 0 });
    expect(countClusters(world, clustered, [second])).toEqual({ planted: 2, found: 1, accused: 0 });
    expect(countClusters(world, clustered, [{ ...first, count: first.count / 2 }, second])).toMatchObject({ found: 1 });
    const people = { fromMs: Date.UTC(2020, 5, 23), toMs: Date.UTC(2020, 5, 24), count: 30 };
    expect(countClusters(world, clustered, [...found, people])).toEqual({ planted: 2, found: 2, accused: 1 });
  });
});
