/** A whole fleet over simulated processes: seeded faults, virtual time, hours in milliseconds. */
import { type Random, seededRandom } from '@palier/base/random';
import type { Timers } from '@palier/base/timers';
import type { Service, ServiceChange, SystemEvent } from '@palier/protocol';
import { virtualTime } from '@palier/testkit/clock';
import { describe, expect, it } from 'vitest';
import { createDriver } from './driver.ts';
import type { Keeper, LaunchNews } from './keeper/keeper.ts';
import type { Launch } from './keeper/message.ts';

const stopTimeoutMs = 2000;
const services: readonly Service[] = [service('db', 1), service('api', 4), service('mail', 2)];

describe.each(Array.from({ length: 40 }, (_, seed) => [seed]))(
  'a fleet whose processes fail at random (seed %i)',
  (seed) => {
    it('has all its replicas again once they stop failing, never two in one place or under one id, and ends in time', async () => {
      const time = virtualTime();
      const world = simulatedKeeper(seededRandom(seed), time.timers);
      const events: SystemEvent[] = [];
      const driver = createDriver(services, {
        ...time,
        random: seededRandom(seed + 1000),
        keeper: world.keeper,
        env: {},
        dataDir: '/tmp',
        urls: {},
        cpus: null,
        event: (event) => events.push(event),
        output: () => {},
        changed: () => {},
      });
      const started = driver.start();
      await time.advance(10_000);
      await started;
      expect(states(driver.replicas())).toEqual(allHealthy);

      world.failing = true;
      await time.advance(3_600_000);
      world.failing = false;
      // The longest wait, and the time to settle.
      await time.advance(31_000);
      expect(states(driver.replicas())).toEqual(allHealthy);
      expect(events.filter((event) => event.kind === 'replica-crashed').length).toBeGreaterThan(50);
      expect(world.mostInOnePlace).toBe(1);
      expect(world.idsUsedTwice).toEqual([]);

      world.stubborn = seed % 2 === 0;
      let stopped = false;
      void driver.stop().then(() => {
        stopped = true;
      });
      await time.advance(services.length * (stopTimeoutMs + 1000));
      expect(stopped).toBe(true);
      expect(world.running()).toEqual([]);
      // Long after, when every fault that was planned has passed, nothing is planned any more and nothing came back.
      await time.advance(200_000);
      expect(world.running()).toEqual([]);
      expect(time.pending).toBe(0);
    });
  },
);

describe('a service that is changed', () => {
  it('runs as before but for the change, in the same places, and goes back to the file with an empty one', async () => {
    const { time, driver, world } = await startedFleet(1);
    const seen = async (change: ServiceChange): Promise<readonly string[]> => {
      const before = world.launches.length;
      const changed = driver.change('api', change);
      await time.advance(5000);
      await changed;
      expect(states(driver.replicas())).toEqual(allHealthy);
      return world.launches.slice(before).map(({ env, cpuCores }) => `${env['POOL']} ${cpuCores}`);
    };
    expect(await seen({ env: { POOL: '10' } })).toEqual(Array(4).fill('10 null'));
    expect(await seen({ allotment: { cpuCores: 2 } })).toEqual(Array(4).fill('5 2'));
    expect(await seen({})).toEqual(Array(4).fill('5 null'));
    expect(world.idsUsedTwice).toEqual([]);
    expect(world.mostInOnePlace).toBe(1);
  });

  it('that does not start with it is told so, and runs again without it', async () => {
    const { time, driver, world } = await startedFleet(2);
    world.refused = (env) => env['POOL'] === '10';
    const failed = driver.change('api', { env: { POOL: '10' } }).catch((error: Error & { code: string }) => error.code);
    await time.advance(5000);
    expect(await failed).toBe('PALIER_CHANGE_FAILED');
    const back = driver.change('api', {});
    await time.advance(5000);
    await back;
    expect(states(driver.replicas())).toEqual(allHealthy);
    await expect(driver.change('ape', {})).rejects.toThrow('There is no service "ape"');
  });
});

async function startedFleet(seed: number) {
  const time = virtualTime();
  const world = simulatedKeeper(seededRandom(seed), time.timers);
  const driver = createDriver(services, {
    ...time,
    random: seededRandom(seed + 1000),
    keeper: world.keeper,
    env: {},
    dataDir: '/tmp',
    urls: {},
    cpus: null,
    event: () => {},
    output: () => {},
    changed: () => {},
  });
  const started = driver.start();
  await time.advance(10_000);
  await started;
  return { time, driver, world };
}

const allHealthy = ['api-1', 'api-2', 'api-3', 'api-4', 'db-1', 'mail-1', 'mail-2'].map((place) => `${place} healthy`);

function states(replicas: readonly { readonly id: string; readonly state: string }[]): string[] {
  return replicas.map(({ id, state }) => `${id.split('.')[0]} ${state}`).toSorted();
}

interface SimulatedProcess {
  readonly place: string;
  readonly hear: (news: LaunchNews) => void;
  stopping: boolean;
}

/** Processes that live for seconds to minutes while `failing`, and heed SIGTERM unless `stubborn`. */
function simulatedKeeper(random: Random, timers: Timers) {
  const processes = new Map<string, SimulatedProcess>();
  const ids = new Set<string>();
  const world = {
    failing: false,
    stubborn: false,
    mostInOnePlace: 0,
    idsUsedTwice: [] as string[],
    launches: [] as Launch[],
    refused: (_env: Readonly<Record<string, string>>): boolean => false,
    running: () => [...processes.keys()],
    keeper: { launch, signal, kept: () => [], lost: new Promise<Error>(() => {}) } as unknown as Keeper,
  };
  return world;

  function launch(order: Launch, hear: (news: LaunchNews) => void): void {
    const { id } = order;
    world.launches.push(order);
    if (ids.has(id)) world.idsUsedTwice.push(id);
    ids.add(id);
    timers.after(random.int(1, 50), () => {
      if ((world.failing && random.next() < 0.1) || world.refused(order.env)) {
        hear({ kind: 'refused', id, code: 'EAGAIN', reason: 'no more processes' });
        return;
      }
      const place = id.split('.')[0] as string;
      processes.set(id, { place, hear, stopping: false });
      const inPlace = [...processes.values()].filter((one) => one.place === place).length;
      world.mostInOnePlace = Math.max(world.mostInOnePlace, inPlace);
      hear({ kind: 'spawned', id, pid: ids.size, startTicks: null, cgroup: null });
      if (world.failing)
        timers.after(random.int(1, random.pick([400, 5000, 120_000])), () => world.failing && exit(id, 1));
    });
    if (world.failing) return;
    // Who was well may fall ill later.
    timers.after(11_000 + random.int(0, 60_000), () => world.failing && exit(id, null));
  }

  function exit(id: string, code: number | null): void {
    const one = processes.get(id);
    if (one === undefined) return;
    processes.delete(id);
    one.hear({ kind: 'exited', id, code, signal: code === null ? 'SIGKILL' : null, oomKills: 0 });
    // A grandchild may hold on for a while.
    timers.after(random.int(1, 300), () => one.hear({ kind: 'gone', id }));
  }

  function signal(id: string, name: 'SIGTERM' | 'SIGKILL'): void {
    if (name === 'SIGTERM' && world.stubborn) return;
    timers.after(random.int(1, 200), () => exit(id, name === 'SIGTERM' ? 0 : null));
  }
}

function service(name: string, count: number): Service {
  return {
    name,
    command: ['/bin/sh'],
    prepare: [],
    cwd: '/',
    env: { POOL: '5' },
    replicas: { min: count, max: count },
    allotment: { cpuCores: null, memoryBytes: null },
    tunables: [],
    http: null,
    startTimeoutMs: 1000,
    stopTimeoutMs,
  };
}
