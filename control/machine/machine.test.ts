import { expect, test } from 'vitest';
import type { MachineFacts } from './facts.ts';
import { findingsOf } from './findings.ts';
import {
  activityBetween,
  cgroupFolders,
  cpuTicks,
  descriptorLimits,
  mayRaisePriority,
  processTicks,
  waitingSockets,
} from './proc.ts';

const gib = 1024 ** 3;
const good: MachineFacts = {
  nodeVersion: 'v24.1.0',
  platform: 'linux 6.1 x64',
  cpuModel: 'A processor',
  cores: 8,
  memoryBytes: 16 * gib,
  availableMemoryBytes: 12 * gib,
  descriptors: { soft: 1024, hard: 500_000 },
  ports: { from: 32_768, to: 60_999, waiting: 10 },
  loopbackSources: true,
  cgroup: { version: 2, writable: ['cpu', 'memory'] },
  mayRaisePriority: true,
  activity: { busyShare: 0.02, stolenShare: 0, busiest: [] },
  timerLag: { medianMs: 0.1, p99Ms: 1 },
  clockSource: 'tsc',
  programs: { taskset: '/usr/bin/taskset', nginx: '/usr/sbin/nginx' },
};

test('a good machine has nothing to be mended and no hint', () => {
  const findings = findingsOf(good);
  expect(findings).toHaveLength(14);
  expect(findings.filter(({ ok, hint }) => ok !== true || hint !== '')).toEqual([]);
});

const troubles: readonly [string, Partial<MachineFacts>, false | 'warn', RegExp][] = [
  ['processor', { cores: 2 }, 'warn', /^2 cores/],
  ['memory', { availableMemoryBytes: gib / 2 }, 'warn', /512 MiB are free/],
  ['Node', { nodeVersion: 'v22.3.0' }, false, /v22/],
  ['descriptors', { descriptors: { soft: 512, hard: 4096 } }, 'warn', /4096/],
  ['descriptors', { descriptors: { soft: 256, hard: 512 } }, false, /512/],
  ['ports', { ports: { from: 32_768, to: 60_999, waiting: 20_000 } }, 'warn', /20000 wait/],
  ['addresses', { loopbackSources: false }, 'warn', /one address/],
  ['control groups', { cgroup: { version: 2, writable: ['cpu'] } }, 'warn', /for memory/],
  ['control groups', { cgroup: null, platform: 'darwin 25 arm64' }, 'warn', /^darwin has none/],
  ['pinning', { programs: { taskset: null } }, 'warn', /no taskset/],
  ['pinning', { cores: 1 }, 'warn', /single core/],
  ['priority', { mayRaisePriority: false }, 'warn', /cannot/],
  [
    'other work',
    { activity: { busyShare: 0.3, stolenShare: 0, busiest: [{ name: 'make', pid: 7, cores: 2.4 }] } },
    'warn',
    /30 %.*make \(7\) 2.40/,
  ],
  ['other work', { activity: { busyShare: 0.6, stolenShare: 0, busiest: [] } }, false, /60 %/],
  ['stolen time', { activity: { busyShare: 0, stolenShare: 0.05, busiest: [] } }, 'warn', /5.0 %/],
  ['stolen time', { activity: { busyShare: 0, stolenShare: 0.2, busiest: [] } }, false, /20 %/],
  ['timers', { timerLag: { medianMs: 1, p99Ms: 8 } }, 'warn', /8.0 ms/],
  ['timers', { timerLag: { medianMs: 1, p99Ms: 30 } }, false, /30.0 ms/],
  ['clock', { clockSource: 'hpet' }, 'warn', /hpet/],
  ['programs', { programs: { taskset: '/x', wrk: null, nginx: '/y' } }, 'warn', /nginx found; not found: wrk/],
];

test.each(troubles)('%s is told when it is not well: %j', (title, facts, ok, sentence) => {
  const findings = findingsOf({ ...good, ...facts });
  const found = findings.find((one) => one.title === title);
  expect(found).toMatchObject({ ok, sentence: expect.stringMatching(sentence), hint: expect.stringMatching(/\w{3}/) });
});

test('what the platform does not tell is left out', () => {
  const quiet = { ...good, descriptors: null, ports: null, mayRaisePriority: null, activity: null, clockSource: null };
  expect(findingsOf(quiet).map(({ title }) => title)).not.toContain('descriptors');
  expect(findingsOf(quiet)).toHaveLength(8);
});

test('limits, capabilities and sockets are read from their files', () => {
  const limits = (nice: number): string =>
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            1024                 unlimited            files\nMax nice priority         ${nice}                    ${nice}\n`;
  expect(descriptorLimits(limits(0))).toEqual({ soft: 1024, hard: Number.POSITIVE_INFINITY });
  expect(descriptorLimits('')).toBeNull();
  expect(mayRaisePriority(limits(0), 'CapEff:\t0000000000000000\n')).toBe(false);
  expect(mayRaisePriority(limits(30), 'CapEff:\t0000000000000000\n')).toBe(true);
  expect(mayRaisePriority(limits(0), 'CapEff:\t0000000000800000\n')).toBe(true);
  expect(waitingSockets('sockets: used 55\nTCP: inuse 11 orphan 0 tw 1306 alloc 11 mem 248\n')).toBe(1306);
});

test('activity is what others did between two looks: idle, stolen and own time do not count', () => {
  const look = (all: string, own: number, other: number) => ({
    all: cpuTicks(`cpu  ${all} 0 0\ncpu0 1 2 3`),
    processes: [
      { pid: 1, name: 'self', ticks: own },
      { pid: 2, name: 'other', ticks: other },
    ],
  });
  // user nice system idle iowait irq softirq steal: 200 ticks on two cores, 100 idle, 20 stolen, 30 own, 50 others.
  const activity = activityBetween(look('0 0 0 0 0 0 0 0', 10, 500), look('60 0 20 90 10 0 0 20', 40, 550), 1, 2);
  expect(activity).toEqual({ busyShare: 0.25, stolenShare: 0.1, busiest: [{ pid: 2, name: 'other', cores: 0.5 }] });
  expect(activityBetween(look('1 1 1 1 1 1 1 1', 0, 0), look('1 1 1 1 1 1 1 1', 0, 0), 1, 2)).toBeNull();
  expect(processTicks('7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 11 22 0 0 20 0 1 0 5 6 7')).toEqual({
    name: 'a) b',
    ticks: 33,
  });
});

test('the folders of control groups are found for version 1, version 2 and a mixture', () => {
  const v1 =
    'cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu,cpuacct 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n';
  const v2 = 'cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n';
  expect(cgroupFolders('2:cpu,cpuacct:/\n4:memory:/a/b\n0::/\n', v1 + v2)).toEqual({
    version: 1,
    folders: { cpu: '/sys/fs/cgroup/cpu,cpuacct', memory: '/sys/fs/cgroup/memory/a/b' },
  });
  expect(cgroupFolders('0::/user.slice/x\n', v2)).toEqual({
    version: 2,
    folders: { cpu: '/sys/fs/cgroup/user.slice/x', memory: '/sys/fs/cgroup/user.slice/x' },
  });
  expect(cgroupFolders('', '')).toBeNull();
});
