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

/** What calls that name a key took; 0 where there were none, though a server is never quite idle. */
export function keyedShare({ cpuUs, overMs, commands }: NodeTime, isKeyed: (command: string) => boolean): number {
  return [...commands.keys()].some(isKeyed) ? cpuUs / (1000 * overMs) : 0;
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

/**
 * What a plan weighs: of the shard's slots, each one's load. A sample is never all: how much of the load lies where nothing was seen is told
 * by how many slots were seen once (I. J. Good, "The population frequencies of species", 1953), and so much is dealt evenly over all.
 * Where hardly anybody came twice, slots are nearly even; where all came to a few, nearly nothing is. `timeShare` is what the shard's calls took: it is
 * dealt evenly where all of them came while nobody watched.
 */
export function weightsOf(
  loads: ReadonlyMap<number, SlotLoad>,
  { visits }: Pick<SlotSample, 'visits'>,
  timeShare: number,
  slots: readonly number[],
): Map<number, number> {
  const counts = [...visits.values()];
  const all = counts.reduce((sum, count) => sum + count, 0);
  const once = counts.filter((count) => count === 1).length;
  const seen = all === 0 ? timeShare : [...loads.values()].reduce((sum, load) => sum + load.timeShare, 0);
  // One visit more, to where nobody was: an idle shard has a little to deal, too.
  const one = all === 0 ? plainCallUs / 1e6 : seen / all;
  const unseen = (once + 1) / (all + 1);
  const even = (unseen * (seen + one)) / Math.max(1, slots.length);
  return new Map(slots.map((slot) => [slot, (1 - unseen) * (loads.get(slot)?.timeShare ?? 0) + even]));
}
