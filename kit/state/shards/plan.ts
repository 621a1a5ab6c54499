/**
 * Which slots go where, so that no shard has more than its share of the measured load. Pure, and few moves: the hottest slot that fits goes
 * from the busiest shard to the idlest, until the busiest is within the goal. Each move makes the sum of squares smaller, so it ends; it looks at
 * the state alone, so that a plan of what a plan has made is empty.
 */
import type { Move } from './view.ts';

export interface LoadedShard {
  readonly id: string;
  /** Load by slot, in whatever unit, not below 0; all slots of the shard are there. */
  readonly slots: ReadonlyMap<number, number>;
}

export interface Plan {
  readonly moves: readonly Move[];
  /** Load of the busiest shard by the mean of all, before and after; 1 is even. */
  readonly before: number;
  readonly after: number;
  /** Slots that alone are more than a shard's share: no move can divide them, only another key naming. */
  readonly indivisible: readonly number[];
  /** Load of each shard when all is done, by its id. */
  readonly loads: ReadonlyMap<string, number>;
}

export interface PlanOptions {
  /** The busiest shard may have so many times the mean. */
  readonly goal: number;
}

/** A slot with less than so much of a shard's share is not worth its move; of a share of even slots in eight shards each is five times that. */
const worthMoving = 1 / 10_000;

interface Part {
  readonly id: string;
  load: number;
  /** The coolest first. */
  readonly slots: { readonly slot: number; readonly load: number }[];
}

export function planMoves(shards: readonly LoadedShard[], { goal }: PlanOptions): Plan {
  const parts = shards.map(partOf);
  const mean = parts.reduce((sum, { load }) => sum + load, 0) / Math.max(1, parts.length);
  const most = goal * mean;
  const before = imbalance(parts.map(({ load }) => load));
  const moved = new Map<number, Move>();
  for (let next = step(parts, mean, most); next !== undefined; next = step(parts, mean, most)) {
    const { from, to, at } = next;
    const [slot] = from.slots.splice(at, 1) as [Part['slots'][number]];
    to.slots.splice(place(to.slots, slot.load), 0, slot);
    from.load = sumOf(from);
    to.load = sumOf(to);
    const origin = moved.get(slot.slot)?.from ?? from.id;
    if (origin === to.id) moved.delete(slot.slot);
    else moved.set(slot.slot, { slot: slot.slot, from: origin, to: to.id });
  }
  const indivisible = parts.flatMap(({ slots }) => slots.filter(({ load }) => load > most).map(({ slot }) => slot));
  return {
    moves: [...moved.values()],
    before,
    after: imbalance(parts.map(({ load }) => load)),
    indivisible: parts.length > 1 ? indivisible : [],
    loads: new Map(parts.map(({ id, load }) => [id, load])),
  };
}

/** The largest by the mean; 1 when there is nothing. */
export function imbalance(loads: readonly number[]): number {
  const sum = loads.reduce((all, load) => all + load, 0);
  return sum <= 0 ? 1 : (Math.max(...loads) * loads.length) / sum;
}

function partOf({ id, slots }: LoadedShard): Part {
  const list = [...slots].map(([slot, load]) => ({ slot, load })).sort((a, b) => a.load - b.load || b.slot - a.slot);
  const part = { id, load: 0, slots: list };
  return { ...part, load: sumOf(part) };
}

/** Summed anew and in order: adding and taking away would leave rests that another plan would see. */
function sumOf({ slots }: Pick<Part, 'slots'>): number {
  return slots.reduce((sum, { load }) => sum + load, 0);
}

interface Step {
  readonly from: Part;
  readonly to: Part;
  /** Which of the slots of `from`. */
  readonly at: number;
}

function step(parts: readonly Part[], mean: number, most: number): Step | undefined {
  const order = [...parts].sort((a, b) => b.load - a.load || (a.id < b.id ? -1 : 1));
  const to = order.at(-1);
  if (to === undefined) return undefined;
  for (const from of order) {
    if (from.load <= most || from === to) return undefined;
    const at = fitting(from, to, mean, most);
    if (at !== undefined) return { from, to, at };
  }
  return undefined;
}

function fitting(from: Part, to: Part, mean: number, most: number): number | undefined {
  // A shard keeps a slot: a primary without any is made a replica by its Cluster.
  if (from.slots.length < 2) return undefined;
  const room = Math.min(from.load - mean, mean - to.load);
  const largest = place(from.slots, room) - 1;
  const first = place(from.slots, worthMoving * mean);
  const at = Math.max(largest, first);
  const load = from.slots[at]?.load;
  if (load === undefined) return undefined;
  return to.load + load <= most && to.load + load < from.load ? at : undefined;
}

/** How many of the slots are not hotter. */
function place(slots: Part['slots'], load: number): number {
  let [low, high] = [0, slots.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((slots[middle] as { load: number }).load <= load) low = middle + 1;
    else high = middle;
  }
  return low;
}
