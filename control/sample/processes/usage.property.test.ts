import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProcessFigures, TreeReading } from './figures.ts';
import { usageBetween } from './usage.ts';

/** A machine in which processes work, have children and end, and which knows the truth. */
class Machine {
  readonly alive = new Map<number, { parent: number; cpuMs: number; endedCpuMs: number; bytes: number }>();
  workedMs = 0;
  writtenBytes = 0;
  #nextPid = 2;

  constructor() {
    this.alive.set(1, { parent: 0, cpuMs: 0, endedCpuMs: 0, bytes: 0 });
  }

  work(which: number, amount: number): void {
    const one = this.alive.get(this.#pick(which));
    if (one === undefined) return;
    one.cpuMs += amount;
    one.bytes += amount;
    this.workedMs += amount;
    this.writtenBytes += amount;
  }

  fork(which: number): void {
    this.alive.set(this.#nextPid++, { parent: this.#pick(which), cpuMs: 0, endedCpuMs: 0, bytes: 0 });
  }

  /** A process without children ends; its parent collects it, or nobody does. */
  end(which: number, collected: boolean): void {
    const pid = this.#pick(which);
    if (pid === 1 || [...this.alive.values()].some(({ parent }) => parent === pid)) return;
    const one = this.alive.get(pid);
    const parent = this.alive.get(one?.parent ?? 0);
    this.alive.delete(pid);
    if (one === undefined || parent === undefined || !collected) return;
    parent.endedCpuMs += one.cpuMs + one.endedCpuMs;
    parent.bytes += one.bytes;
  }

  read(atMs: number): TreeReading {
    const figures = [...this.alive].map(
      ([pid, { cpuMs, endedCpuMs, bytes }]): ProcessFigures => ({
        pid,
        startId: pid * 7,
        cpuMs,
        endedCpuMs,
        diskReadBytes: 0,
        diskWriteBytes: bytes,
        rssBytes: 10,
        descriptors: 3,
        threads: 2,
      }),
    );
    return { atMs, processes: figures as [ProcessFigures, ...ProcessFigures[]], cgroup: null };
  }

  #pick(which: number): number {
    const pids = [...this.alive.keys()];
    return pids[which % pids.length] as number;
  }
}

const step = (withLoss: boolean) =>
  fc.oneof(
    fc.record({ do: fc.constant('work' as const), which: fc.nat(20), amount: fc.nat(500) }),
    fc.record({ do: fc.constant('fork' as const), which: fc.nat(20) }),
    fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(20),
      collected: withLoss ? fc.boolean() : fc.constant(true),
    }),
    fc.record({ do: fc.constant('read' as const) }),
  );

function play(steps: readonly (ReturnType<typeof step> extends fc.Arbitrary<infer Step> ? Step : never)[]) {
  const machine = new Machine();
  let before = machine.read(0);
  let seenCpuMs = 0;
  let seenBytes = 0;
  const seconds: number[] = [];
  for (const one of [...steps, { do: 'read' } as const]) {
    if (one.do === 'work') machine.work(one.which, one.amount);
    else if (one.do === 'fork') machine.fork(one.which);
    else if (one.do === 'end') machine.end(one.which, one.collected);
    else {
      const after = machine.read(before.atMs + 1000);
      const usage = usageBetween(before, after);
      seconds.push(usage.cpuCores as number);
      seenCpuMs += (usage.cpuCores as number) * 1000;
      seenBytes += usage.diskWriteBytes as number;
      before = after;
    }
  }
  return { machine, seenCpuMs, seenBytes, seconds };
}

test('all that a tree did is counted once, whoever forks, ends and is collected', () => {
  fc.assert(
    fc.property(fc.array(step(false), { maxLength: 60 }), (steps) => {
      const { machine, seenCpuMs, seenBytes } = play(steps);
      expect(seenCpuMs).toBeCloseTo(machine.workedMs, 6);
      expect(seenBytes).toBe(machine.writtenBytes);
    }),
  );
});

test('children that nobody collects are lost, but nothing is ever negative or counted twice', () => {
  fc.assert(
    fc.property(fc.array(step(true), { maxLength: 60 }), (steps) => {
      const { machine, seenCpuMs, seenBytes, seconds } = play(steps);
      expect(Math.min(0, ...seconds)).toBe(0);
      expect(seenCpuMs).toBeLessThanOrEqual(machine.workedMs + 1e-6);
      expect(seenBytes).toBeLessThanOrEqual(machine.writtenBytes);
    }),
  );
});

const first: ProcessFigures = {
  pid: 5,
  startId: 100,
  cpuMs: 1000,
  endedCpuMs: 0,
  diskReadBytes: 0,
  diskWriteBytes: 0,
  rssBytes: 1,
  descriptors: 1,
  threads: 1,
};
const reading = (
  atMs: number,
  figures: Partial<ProcessFigures>,
  cgroup: TreeReading['cgroup'] = null,
): TreeReading => ({
  atMs,
  processes: [{ ...first, ...figures }],
  cgroup,
});

test('without an earlier reading, or with one of another process, nothing is known of rates; levels are', () => {
  for (const before of [null, reading(0, { startId: 99 }), reading(0, { pid: 4 }), reading(1000, {})]) {
    expect(usageBetween(before, reading(1000, {}))).toEqual({
      cpuCores: null,
      throttledShare: null,
      diskReadBytes: null,
      diskWriteBytes: null,
      rssBytes: 1,
      descriptors: 1,
      threads: 1,
      descriptorShare: null,
      busiestThreadCores: null,
      diskWaitingThreads: null,
      runQueueShare: null,
    });
  }
});

test('the cgroup counts before the processes do, and tells how long it held them back', () => {
  const before = reading(0, {}, { cpuMs: 500, throttledMs: 100 });
  const after = reading(2000, { cpuMs: 9999 }, { cpuMs: 1500, throttledMs: 700 });
  expect(usageBetween(before, after)).toMatchObject({ cpuCores: 0.5, throttledShare: 0.3 });
  expect(usageBetween(before, reading(1000, {}, { cpuMs: 500, throttledMs: 9000 })).throttledShare).toBe(1);
  expect(usageBetween(before, reading(1000, {}, { cpuMs: 500, throttledMs: null })).throttledShare).toBeNull();
});

test('the busiest thread, those that wait for a disk, the run queue and the fullest descriptor table are found', () => {
  const thread = (id: number, cpuMs: number, waitsForDisk = false) => ({ id, cpuMs, waitsForDisk });
  const before = reading(0, { runQueueMs: 100, threadFigures: [thread(1, 500), thread(2, 10)] });
  const change = {
    runQueueMs: 600,
    descriptors: 60,
    descriptorLimit: 64,
    threadFigures: [thread(1, 600), thread(2, 910, true), thread(3, 40, true)],
  };
  expect(usageBetween(before, reading(1000, change))).toMatchObject({
    busiestThreadCores: 0.9,
    diskWaitingThreads: 2,
    runQueueShare: 0.5,
    descriptorShare: 60 / 64,
  });
});

test('a process that does not tell its bytes makes the sum unknown', () => {
  const after = reading(1000, {});
  const quiet = {
    ...after,
    processes: [first, { ...first, pid: 6, diskWriteBytes: null, descriptors: null }],
  } as TreeReading;
  expect(usageBetween(reading(0, {}), quiet)).toMatchObject({
    diskReadBytes: 0,
    diskWriteBytes: null,
    descriptors: null,
  });
});
