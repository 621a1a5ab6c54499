/**
 * Who has which slot, from what each primary says of itself: of two that claim one slot the newer epoch has it, as among the nodes
 * themselves (Redis Cluster specification, "Hash slots configuration propagation"). Also which slots are on their way. Pure.
 */
import { slotCount } from '../redis/cluster/slots.ts';
import type { NodeLine, Word } from '../redis/cluster/word.ts';

export interface Shard {
  readonly primary: NodeLine;
  readonly replicas: readonly NodeLine[];
  readonly slots: readonly number[];
}

/** One slot that goes from one node to another. */
export interface Move {
  readonly slot: number;
  readonly from: string;
  readonly to: string;
}

export interface Mark {
  readonly node: string;
  readonly slot: number;
  /** Its owner was giving it to a node that is gone: whoever was promoted there may have keys of it. */
  readonly going: boolean;
}

export interface ClusterView {
  /** Primaries in the order of their first slot, those without any last. */
  readonly shards: readonly Shard[];
  /** By slot; undefined: nobody claims it. */
  readonly owners: readonly (string | undefined)[];
  /** Begun and not ended, by whoever moved slots here before. */
  readonly begun: readonly Move[];
  /** Marks that lead nowhere: the node is to forget them. */
  readonly marks: readonly Mark[];
  /** Slots on which the primaries' words differ, or that two nodes are to get: nothing may be moved meanwhile. */
  readonly doubtful: readonly number[];
}

/** `words`: of every primary that answers. */
export function viewOf(words: readonly Word[]): ClusterView {
  const speakers = words.filter(({ self }) => self.role === 'primary');
  const owners = ownersOf(speakers);
  const { begun, marks, contested } = openOf(speakers, owners);
  const doubtful = new Set(contested);
  for (const slot of differing(speakers, owners)) doubtful.add(slot);
  return { shards: shardsOf(speakers, owners), owners, begun, marks, doubtful: [...doubtful].sort((a, b) => a - b) };
}

/** The primary of the shard to which the node belongs, when another one was promoted meanwhile; itself while it is one. */
function primaryNow(words: readonly Word[], id: string): string | undefined {
  const lines = words.flatMap(({ nodes }) => nodes).filter((line) => line.id === id);
  if (words.some(({ self }) => self.id === id && self.role === 'primary')) return id;
  return lines.find(({ primary }) => words.some(({ self }) => self.id === primary))?.primary;
}

function ownersOf(words: readonly Word[]): (string | undefined)[] {
  const owners: (string | undefined)[] = Array.from({ length: slotCount });
  const epochs = new Float64Array(slotCount).fill(-1);
  for (const { self } of words) {
    for (const slot of self.slots) {
      if (self.epoch <= (epochs[slot] as number)) continue;
      epochs[slot] = self.epoch;
      owners[slot] = self.id;
    }
  }
  return owners;
}

function shardsOf(words: readonly Word[], owners: readonly (string | undefined)[]): readonly Shard[] {
  const slots = new Map<string, number[]>(words.map(({ self }) => [self.id, []]));
  owners.forEach((owner, slot) => owner !== undefined && slots.get(owner)?.push(slot));
  const first = (id: string): number => slots.get(id)?.[0] ?? slotCount;
  return words
    .map(({ self, nodes }) => ({
      primary: self,
      replicas: nodes.filter(({ role, primary, failed }) => role === 'replica' && primary === self.id && !failed),
      slots: slots.get(self.id) ?? [],
    }))
    .sort((a, b) => first(a.primary.id) - first(b.primary.id) || (a.primary.id < b.primary.id ? -1 : 1));
}

function differing(words: readonly Word[], owners: readonly (string | undefined)[]): readonly number[] {
  const found = new Set<number>();
  for (const { self, nodes, coming } of words) {
    const seen = new Map(nodes.flatMap(({ id, slots }) => slots.map((slot): [number, string] => [slot, id])));
    for (const slot of self.slots) seen.set(slot, self.id);
    owners.forEach((owner, slot) => {
      // Of a slot that comes to it a node hears nothing from the others: it sticks to whom it came from, though another was promoted there.
      if (owner !== undefined && seen.get(slot) !== owner && !coming.has(slot)) found.add(slot);
    });
  }
  return [...found];
}

interface Open {
  readonly begun: readonly Move[];
  readonly marks: readonly Mark[];
  readonly contested: readonly number[];
}

/** What is half done is told by the nodes at both ends; either mark may be missing, as after a kill between two steps or a failover. */
function openOf(words: readonly Word[], owners: readonly (string | undefined)[]): Open {
  const targets = new Map<number, Set<string>>();
  const marks: Mark[] = [];
  for (const { self, going, coming } of words) {
    for (const [slot, to] of going) {
      const mine = owners[slot] === self.id;
      const target = mine ? primaryNow(words, to) : undefined;
      if (target === undefined || target === self.id) marks.push({ node: self.id, slot, going: mine });
      else targets.set(slot, (targets.get(slot) ?? new Set()).add(target));
    }
    for (const slot of coming.keys()) {
      if (owners[slot] === self.id || owners[slot] === undefined) marks.push({ node: self.id, slot, going: false });
      else targets.set(slot, (targets.get(slot) ?? new Set()).add(self.id));
    }
  }
  const begun: Move[] = [];
  const contested: number[] = [];
  for (const [slot, to] of [...targets].sort(([a], [b]) => a - b)) {
    if (to.size > 1) contested.push(slot);
    else begun.push({ slot, from: owners[slot] as string, to: [...to][0] as string });
  }
  return { begun, marks, contested };
}
