import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shuffled } from './chance.ts';
import type { Channel } from './channels.ts';
import { openPresence } from './presence.ts';
import { makeWorld, type World } from './world.ts';

const options = { seed: 7, hugePeople: 20_000, moderators: 3, renameEveryMs: 1000 };
const world = makeWorld(options);
const channel = (login: string): Channel => world.channels.find((one) => one.login === login) as Channel;
const everybody = (of: World, one: Channel): number[] =>
  Array.from({ length: of.watchers(one) }, (_, index) => of.watcher(one, index));

describe('shuffled()', () => {
  it('gives each number once', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer(), (count, seed) => {
        const all = Array.from({ length: count }, (_, index) => shuffled(index, count, seed));
        expect(new Set(all).size).toBe(count);
        expect(Math.min(...all)).toBe(0);
        expect(Math.max(...all)).toBe(count - 1);
      }),
    );
  });
});

describe('makeWorld()', () => {
  it('makes the same world of the same seed, and another of another', () => {
    const told = (of: World): string[] =>
      everybody(of, of.channels[1] as Channel).map((number) => JSON.stringify(of.account(number, 5)));
    expect(told(makeWorld(options))).toEqual(told(world));
    expect(told(makeWorld({ ...options, seed: 8 }))).not.toEqual(told(world));
  });

  it('lets nobody watch a channel twice, and gives no login to two of them', () => {
    for (const one of world.channels.slice(0, 7)) {
      const numbers = everybody(world, one);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(new Set(numbers.map((number) => world.chatter(number, 0).login)).size).toBe(numbers.length);
    }
  });

  it('names accounts as Twitch allows: 3 to 25 small letters, digits and underscores', () => {
    for (const number of everybody(world, channel('huge_thunder'))) {
      expect(world.chatter(number, 0).login).toMatch(/^[a-z0-9][a-z0-9_]{2,24}$/);
    }
  });

  it('opens the accounts of a planted cluster within its time, and most people long before and after', () => {
    const one = channel('quiz_lantern');
    const planted = world.planted(one);
    for (const [index, { fromMs, withinMs }] of one.clusters.entries()) {
      const opened = (planted[index] ?? []).flatMap((number) => world.account(number, 0)?.createdMs ?? []);
      expect(opened.length).toBeGreaterThan(0.8 * (one.clusters[index]?.size ?? 0));
      expect(Math.min(...opened)).toBeGreaterThanOrEqual(fromMs);
      expect(Math.max(...opened)).toBeLessThan(fromMs + withinMs);
    }
    const years = new Set(
      everybody(world, one).map((n) => new Date(world.account(n, 0)?.createdMs ?? 0).getUTCFullYear()),
    );
    expect(years.size).toBeGreaterThan(14);
  });

  it('has days on which several times as many people came', () => {
    const days = new Map<string, number>();
    for (const number of everybody(world, channel('growth_reef'))) {
      const day = new Date(world.account(number, 0)?.createdMs ?? 0).toISOString().slice(0, 10);
      days.set(day, (days.get(day) ?? 0) + 1);
    }
    const rush = days.get('2020-06-23') ?? 0;
    expect(rush).toBeGreaterThan(3 * ((days.get('2020-06-22') ?? 0) + 1));
  });

  it('tells of a streamer the same wherever it comes up: in a list of chatters, by the id, at a log-in', () => {
    for (const { id, login } of world.streamers) {
      expect([world.chatter(Number(id), 0).login, world.account(Number(id), 5000)?.login]).toEqual([login, login]);
    }
  });

  it('lets renamers change their login, and nobody else', () => {
    const one = channel('masks_canyon');
    const changed = everybody(world, one).filter(
      (number) => world.chatter(number, 0).login !== world.chatter(number, 5000).login,
    );
    expect(changed.length).toBe(one.renamers);
  });
});

describe('openPresence()', () => {
  const one = channel('quiz_lantern');
  const read = (driftPerMinute: number): number[] => {
    const presence = openPresence(world, one, 0, { driftPerMinute, seed: 3 });
    const met: number[] = [];
    for (let at = 0; at < 60; at++) met.push(...presence.page(at * 100, 100, at * 1000).numbers);
    return met;
  };

  it('gives everybody once to who reads the pages while nobody moves', () => {
    const met = read(0);
    expect(met.toSorted((a, b) => a - b)).toEqual(everybody(world, one).toSorted((a, b) => a - b));
  });

  it('shows some twice and misses others while people come and go', () => {
    const met = read(0.1);
    expect(new Set(met).size).toBeLessThan(met.length);
    const there = new Set(met);
    expect(everybody(world, one).filter((number) => !there.has(number)).length).toBeGreaterThan(0);
  });

  it('shows each who stays to who reads the pages, however slowly, and tells who came', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000), { minLength: 60, maxLength: 60 }), fc.nat(), (pauses, seed) => {
        const presence = openPresence(world, one, 0, { driftPerMinute: 0.1, seed });
        const met = new Set<number>();
        let [at, place] = [0, 0];
        for (const pause of pauses) {
          at += pause;
          for (const number of presence.page(place, 100, at).numbers) met.add(number);
          place += 100;
        }
        const { numbers, joined } = presence.everybody(at);
        const ever = Array.from({ length: world.watchers(one) + joined }, (_, index) => world.watcher(one, index));
        const came = new Set(ever.slice(world.watchers(one)));
        expect(numbers.filter((number) => !met.has(number) && !came.has(number))).toEqual([]);
        expect(numbers.filter((number) => !ever.includes(number))).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });
});
