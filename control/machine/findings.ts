/**
 * From facts about a machine to sentences about what they do to a measurement. Pure.
 */
import { formatBytes } from '@palier/base/bytes';
import type { MachineFacts } from './facts.ts';
import { machineLimits as limits } from './options.ts';

export interface Finding {
  readonly title: string;
  /** False: mend it before a measurement can be trusted. `warn`: measurements are worse for it. */
  readonly ok: boolean | 'warn';
  readonly sentence: string;
  /** What to do about it; empty when there is nothing to do. */
  readonly hint: string;
}

/** One per subject that the platform tells of, always in the same order. */
export function findingsOf(facts: MachineFacts): Finding[] {
  return [
    processor(facts),
    memory(facts),
    node(facts),
    descriptors(facts),
    ports(facts),
    addresses(facts),
    cgroup(facts),
    pinning(facts),
    priority(facts),
    activity(facts),
    stolen(facts),
    timers(facts),
    clock(facts),
    programs(facts),
  ].filter((finding) => finding !== null);
}

function finding(title: string, ok: Finding['ok'], sentence: string, hint: string): Finding {
  return { title, ok, sentence, hint: ok === true ? '' : hint };
}

/** True, `warn` or false: the larger, the worse. */
function grade(value: number, warnAbove: number, badAbove: number): Finding['ok'] {
  return value > badAbove ? false : value > warnAbove ? 'warn' : true;
}

function processor({ cores, cpuModel, platform }: MachineFacts): Finding {
  return finding(
    'processor',
    cores < limits.fewCores ? 'warn' : true,
    `${cores} ${cores === 1 ? 'core' : 'cores'}, ${cpuModel}, ${platform}.`,
    'The generator, the balancer and the replicas share these cores; figures are a lower bound of what the system can do.',
  );
}

function memory({ memoryBytes, availableMemoryBytes }: MachineFacts): Finding {
  return finding(
    'memory',
    availableMemoryBytes < limits.littleMemoryBytes ? 'warn' : true,
    `${formatBytes(memoryBytes)}, of which ${formatBytes(availableMemoryBytes)} are free.`,
    'End what is not needed: a machine that swaps measures its disk.',
  );
}

function node({ nodeVersion }: MachineFacts): Finding {
  const major = Number(/^v?(\d+)/.exec(nodeVersion)?.[1] ?? 0);
  const ok = major >= limits.leastNodeMajor;
  return finding('Node', ok, `${nodeVersion}.`, `Palier needs Node ${limits.leastNodeMajor} or newer.`);
}

function descriptors({ descriptors }: MachineFacts): Finding | null {
  if (descriptors === null) return null;
  const most = Math.max(descriptors.soft, descriptors.hard);
  return finding(
    'descriptors',
    grade(-most, -limits.fewDescriptors, -limits.leastDescriptors),
    `A process may open ${Number.isFinite(most) ? most : 'any number of'} files and connections.`,
    `Raise it to ${limits.fewDescriptors} or more (ulimit -Hn, /etc/security/limits.conf, LimitNOFILE of the unit).`,
  );
}

function ports({ ports }: MachineFacts): Finding | null {
  if (ports === null) return null;
  const { from, to, waiting } = ports;
  const free = to - from + 1 - waiting;
  return finding(
    'ports',
    free < limits.fewPorts ? 'warn' : true,
    `Connections start from ports ${from} to ${to}; ${waiting} wait for their end (TIME_WAIT).`,
    'Wait a minute, or widen net.ipv4.ip_local_port_range.',
  );
}

function addresses({ loopbackSources }: MachineFacts): Finding {
  return finding(
    'addresses',
    loopbackSources ? true : 'warn',
    loopbackSources
      ? 'Each user can have an address of its own (127.0.1.x).'
      : 'All users come from one address, 127.0.0.1.',
    'Limits per address will see one machine. On macOS: sudo ifconfig lo0 alias 127.0.1.1 (and on, one for each user).',
  );
}

function cgroup({ cgroup, platform }: MachineFacts): Finding {
  const missing = ['cpu', 'memory'].filter((name) => cgroup?.writable.includes(name) !== true);
  const state =
    cgroup === null
      ? `${platform.split(' ')[0]} has none: allotments are judged against, not enforced.`
      : missing.length === 0
        ? `Version ${cgroup.version}: allotments of CPU and memory can be enforced.`
        : `Version ${cgroup.version}: no group can be made for ${missing.join(' and ')}; there allotments are judged against, not enforced.`;
  const hint =
    'With systemd: systemd-run --user --scope -p Delegate=yes palier …; in a container, as root with cgroups writable.';
  return finding('control groups', missing.length === 0 ? true : 'warn', state, hint);
}

function pinning({ programs, cores }: MachineFacts): Finding {
  const able = programs['taskset'] != null && cores > 1;
  return finding(
    'pinning',
    able ? true : 'warn',
    able
      ? 'The generator can have a core of its own (taskset).'
      : cores > 1
        ? 'There is no taskset: the generator shares its cores with the replicas.'
        : 'There is a single core: the generator shares it with the replicas.',
    cores > 1
      ? 'On Linux: apt-get install util-linux. Elsewhere processes cannot be pinned.'
      : 'Take a machine with two cores or more.',
  );
}

function priority({ mayRaisePriority }: MachineFacts): Finding | null {
  if (mayRaisePriority === null) return null;
  return finding(
    'priority',
    mayRaisePriority ? true : 'warn',
    mayRaisePriority
      ? 'The generator may be given priority.'
      : 'The generator cannot be given priority over the replicas.',
    'It matters when cores are shared: run as root, or allow it (nice in /etc/security/limits.conf).',
  );
}

function activity({ activity }: MachineFacts): Finding | null {
  if (activity === null) return null;
  const who = activity.busiest.map(({ name, pid, cores }) => `${name} (${pid}) ${cores.toFixed(2)} cores`).join(', ');
  return finding(
    'other work',
    grade(activity.busyShare, limits.busyShare, limits.tooBusyShare),
    `${percent(activity.busyShare)} of the cores are used by others${who === '' ? '' : `: ${who}`}.`,
    'End it or wait for its end: what it takes is missing in the measurement.',
  );
}

function stolen({ activity }: MachineFacts): Finding | null {
  if (activity === null) return null;
  return finding(
    'stolen time',
    grade(activity.stolenShare, limits.stolenShare, limits.tooMuchStolenShare),
    `The hypervisor took ${percent(activity.stolenShare)} of the time.`,
    'Neighbours on the same host disturb the measurement; take a dedicated machine, or repeat and compare.',
  );
}

function timers({ timerLag }: MachineFacts): Finding {
  const { medianMs, p99Ms } = timerLag;
  return finding(
    'timers',
    grade(p99Ms, limits.lateTimerMs, limits.tooLateTimerMs),
    `A timer of 1 ms comes ${medianMs.toFixed(1)} ms late (median), ${p99Ms.toFixed(1)} ms in 99 of 100 cases.`,
    'The generator cannot send more exactly than that; usually other work is the reason.',
  );
}

function clock({ clockSource }: MachineFacts): Finding | null {
  if (clockSource === null) return null;
  const slow = ['hpet', 'acpi_pm', 'jiffies', 'refined-jiffies', 'pit'].includes(clockSource);
  return finding(
    'clock',
    slow ? 'warn' : true,
    `The kernel reads the time from ${clockSource}.`,
    'That is slow to read: every request costs more. See /sys/devices/system/clocksource/clocksource0/available_clocksource.',
  );
}

function programs({ programs }: MachineFacts): Finding {
  const missing = Object.keys(programs).filter((name) => name !== 'taskset' && programs[name] === null);
  const there = Object.keys(programs).filter((name) => name !== 'taskset' && programs[name] !== null);
  return finding(
    'programs',
    missing.length === 0 ? true : 'warn',
    `${there.length === 0 ? 'None' : there.join(', ')} found${missing.length === 0 ? '' : `; not found: ${missing.join(', ')}`}.`,
    'Needed only to compare Palier with its peers and to test its own pages: apt-get install them.',
  );
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`;
}
