/**
 * What each slot costs its server: the server's own time, dealt over the slots by what they were seen to ask for. Pure.
 *
 * A call costs what its command took (`INFO commandstats`), and its part of all other work of the server: reading, parsing, answering. The
 * counters are of a time in which nobody watched; only who asked for what comes from the sample.
 */
import type { SlotSample } from './sample.ts';

/** What a primary did between two looks at its counters. */
export interface NodeTime {
  readonly overMs: number;
  /** Of the processor, in microseconds. */
  readonly cpuUs: number;
  readonly commands: ReadonlyMap<string, { readonly calls: number; readonly us: number }>;
}

export interface SlotLoad {
  readonly callsPerSecond: number;
  /** Of one processor, 0…1. */
  readonly timeShare: number;
}

export interface NodeCounters {
  readonly cpuUs: number;
  readonly commands: ReadonlyMap<string, { readonly calls: number; readonly us: number }>;
}

/**
 * A slot of which nothing was seen is not free: each counts for half a call more than was seen, all together for a twentieth at most; where
 * nothing is asked at all, slots are even.
 */
const unseenCalls = 0.5;
const unseenShare = 0.05;
/** One call of which nothing is known, in microseconds. */
const plainCallUs = 5;

/** From `INFO commandstats` and `INFO cpu`: `cmdstat_get:calls=3,usec=21,…`, `used_cpu_user_main_thread:1.2`. */
export function countersOf(commandstats: string, cpu: string): NodeCounters {
  const commands = new Map<string, { calls: number; us: number }>();
  for (const [, name, calls, us] of commandstats.matchAll(/^cmdstat_([^:]+):calls=(\d+),usec=(\d+)/gm)) {
    commands.set(name as string, { calls: Number(calls), us: Number(us) });
  }
  const seconds = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(cpu)?.[1] ?? 0);
  // Older servers have no figures of the main thread alone.
  const main = seconds('used_cpu_user_main_thread') + seconds('used_cpu_sys_main_thread');
  return { cpuUs: 1e6 * (main || seconds('used_cpu_user') + seconds('used_cpu_sys')), commands };
}

export function timeBetween(before: NodeCounters, after: NodeCounters, overMs: number): NodeTime {
  const commands = new Map<string, { calls: number; us: number }>();
  for (const [name, { calls, us }] of after.commands) {
    const old = before.commands.get(name) ?? { calls: 0, us: 0 };
    if (calls > old.calls) commands.set(name, { calls: calls - old.calls, us: us - old.us });
  }
  return { overMs, cpuUs: Math.max(0, after.cpuUs - before.cpuUs), commands };
}

/** Load of each slot that was seen. Calls of a command are dealt in proportion to the sample. */
export function loadsOf(time: NodeTime, sample: SlotSample): Map<number, SlotLoad> {
  const seen = new Map<string, number>();
  for (const commands of sample.calls.values()) {
    for (const [name, calls] of commands) seen.set(name, (seen.get(name) ?? 0) + calls);
  }
  const counted = [...seen.keys()].map((name) => time.commands.get(name) ?? { calls: 0, us: 0 });
  const calls = counted.reduce((sum, one) => sum + one.calls, 0);
  const busyUs = counted.reduce((sum, one) => sum + one.us, 0);
  const besideUs = calls === 0 ? 0 : Math.max(0, time.cpuUs - busyUs) / calls;
  const loads = new Map<number, SlotLoad>();
  for (const [slot, commands] of sample.calls) {
    let [slotCalls, slotUs] = [0, 0];
    for (const [name, own] of commands) {
      const all = time.commands.get(name) ?? { calls: 0, us: 0 };
      const share = own / (seen.get(name) as number);
      slotCalls += all.calls * share;
      slotUs += all.us * share;
    }
    loads.set(slot, {
      callsPerSecond: (slotCalls * 1000) / time.overMs,
      timeShare: (slotUs + slotCalls * besideUs) / (1000 * time.overMs),
    });
  }
  return loads;
}

/** By slot, what a plan weighs; `slots`: all that the shards have. */
export function weightsOf(
  loads: ReadonlyMap<number, SlotLoad>,
  sampledMs: number,
  slots: readonly number[],
): Map<number, number> {
  const all = [...loads.values()];
  const total = all.reduce((sum, { timeShare }) => sum + timeShare, 0);
  const calls = all.reduce((sum, { callsPerSecond }) => sum + callsPerSecond, 0);
  const perCall = calls === 0 ? plainCallUs / 1e6 : total / calls;
  const wanted = (unseenCalls * 1000 * perCall) / sampledMs;
  const unseen = total === 0 ? wanted : Math.min(wanted, (unseenShare * total) / Math.max(1, slots.length));
  return new Map(slots.map((slot) => [slot, (loads.get(slot)?.timeShare ?? 0) + unseen]));
}
