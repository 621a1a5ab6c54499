/**
 * Moves slots with the Cluster's own commands, in the order of its specification ("Live reconfiguration"), while requests run. What is half
 * done stands in the nodes themselves: whoever is killed at any step takes up from there.
 *
 * The target is told first that the slot comes, then the owner that it goes; then keys go over, and a key that is with the owner is the true one,
 * since whoever asks for it is served there. At the end the target has the slot by a newer epoch before the owner lets go of it: from then on
 * the nodes themselves spread it.
 */
import { ErrorReply } from '@redis/client';
import { kitError } from '../../errors.ts';
import type { RedisArgs, RedisReply } from '../redis/link-redis.ts';
import type { StateSurroundings } from '../surroundings.ts';
import type { ClusterNodes } from './nodes-redis.ts';
import { agreeEvery, batchMs, maxBatchKeys, migrateTimeoutMs, type MoveOptions, patienceMs } from './options.ts';
import type { Move } from './view.ts';

export interface Moved {
  readonly slots: number;
  readonly keys: number;
  /** What is left when it was asked to stop. */
  readonly leftSlots: number;
}

const firstBatchKeys = 16;
const tryAgainMs = 250;

/** Ends what others began: marks that mean nothing, then moves that are half done. Answers how many there were. */
export async function takeUp(nodes: ClusterNodes, around: StateSurroundings, options: MoveOptions): Promise<Moved> {
  const { marks, begun } = await nodes.settled();
  const found: Move[] = [];
  for (const { node, slot, going } of marks) {
    const to = going ? await holderOf(nodes, slot, node) : undefined;
    if (to === undefined) await nodes.ask(node, ['CLUSTER', 'SETSLOT', String(slot), 'STABLE']);
    else found.push({ slot, from: node, to });
  }
  return moveAll(nodes, [...begun, ...found], around, options);
}

/** A primary that has keys of a slot which is another's: promoted in the place of the one that the slot was going to. */
async function holderOf(nodes: ClusterNodes, slot: number, owner: string): Promise<string | undefined> {
  for (const id of nodes.primaries) {
    if (id === owner) continue;
    if (Number(await nodes.ask(id, ['CLUSTER', 'COUNTKEYSINSLOT', String(slot)])) > 0) return id;
  }
  return undefined;
}

/**
 * Throws PALIER_SHARDS_STOPPED when a node refuses for longer than `patienceMs`, PALIER_SHARDS_DOWN, PALIER_SHARDS_DOUBT. What is done
 * stays done; to go on, begin again.
 */
export async function moveAll(
  nodes: ClusterNodes,
  moves: readonly Move[],
  around: StateSurroundings,
  { signal, progress }: MoveOptions,
): Promise<Moved> {
  const mover = new Mover(nodes, around);
  const startedMs = around.clock.monotonicMs();
  let slots = 0;
  for (const move of moves) {
    if (signal?.aborted) break;
    await mover.move(move);
    slots++;
    if (slots % agreeEvery === 0) await nodes.settled(patienceMs);
    const eachMs = (around.clock.monotonicMs() - startedMs) / slots;
    progress?.({
      slot: move.slot,
      movedSlots: slots,
      ofSlots: moves.length,
      movedKeys: mover.keys,
      leftMs: eachMs * (moves.length - slots),
    });
  }
  if (slots > 0) await nodes.settled(patienceMs);
  return { slots, keys: mover.keys, leftSlots: moves.length - slots };
}

class Mover {
  keys = 0;
  readonly #nodes: ClusterNodes;
  readonly #around: StateSurroundings;
  #batch = firstBatchKeys;

  constructor(nodes: ClusterNodes, around: StateSurroundings) {
    this.#nodes = nodes;
    this.#around = around;
  }

  /** Again and again while a node is away, fails over or is not heard. */
  async move(move: Move): Promise<void> {
    const { clock, timers } = this.#around;
    const untilMs = clock.monotonicMs() + patienceMs;
    const { from, to, slot } = move;
    let now = { slot, from: this.#nodes.primaryOf(from) ?? from, to: this.#nodes.primaryOf(to) ?? to };
    for (;;) {
      try {
        await this.#once(now);
        return;
      } catch (error) {
        if (clock.monotonicMs() >= untilMs) throw stopped(now, error);
        await timers.sleep(tryAgainMs);
        const next = await this.#asItIs(move);
        if (next === undefined) return;
        now = next;
      }
    }
  }

  /** The same move with whoever was promoted meanwhile; undefined when the slot is there already. */
  async #asItIs(move: Move): Promise<Move | undefined> {
    const { owners } = await this.#nodes.settled(patienceMs);
    const from = owners[move.slot] as string;
    const to = this.#nodes.primaryOf(move.to) ?? (await holderOf(this.#nodes, move.slot, from)) ?? move.to;
    return from === to ? undefined : { slot: move.slot, from, to };
  }

  async #once({ slot, from, to }: Move): Promise<void> {
    await this.#setSlot(to, slot, 'IMPORTING', from);
    await this.#setSlot(from, slot, 'MIGRATING', to);
    await this.#handOver(slot, from, to);
    await this.#setSlot(to, slot, 'NODE', to);
    await this.#setSlot(from, slot, 'NODE', to);
    const others = this.#nodes.primaries.filter((id) => id !== to && id !== from);
    await Promise.all(others.map((id) => this.#setSlot(id, slot, 'NODE', to)));
  }

  async #handOver(slot: number, from: string, to: string): Promise<void> {
    for (;;) {
      const question = ['CLUSTER', 'GETKEYSINSLOT', String(slot), String(this.#batch)];
      const names = (await this.#nodes.ask(from, question)) as readonly RedisReply[];
      if (names.length === 0) return;
      const startedMs = this.#around.clock.monotonicMs();
      await this.#nodes.ask(from, this.#migrate(to, names as readonly Buffer[]), 2 * migrateTimeoutMs);
      const tookMs = this.#around.clock.monotonicMs() - startedMs;
      this.keys += names.length;
      this.#batch = nextBatch(this.#batch, tookMs);
    }
  }

  #migrate(to: string, names: readonly Buffer[]): RedisArgs {
    const { host, port } = this.#nodes.placeOf(to);
    const { username, password } = this.#nodes.link;
    // What is there already came with a hand-over whose answer was lost: the owner's is newer.
    const head = ['MIGRATE', host, String(port), '', '0', String(migrateTimeoutMs), 'REPLACE'];
    const auth =
      password === undefined ? [] : username === undefined ? ['AUTH', password] : ['AUTH2', username, password];
    return [...head, ...auth, 'KEYS', ...names];
  }

  #setSlot(node: string, slot: number, what: 'IMPORTING' | 'MIGRATING' | 'NODE', other: string): Promise<RedisReply> {
    return this.#nodes.ask(node, ['CLUSTER', 'SETSLOT', String(slot), what, other]);
  }
}

/** Twice as many when it was quick, half when it was slow: what a value weighs is not known before. */
function nextBatch(keys: number, tookMs: number): number {
  if (tookMs > 2 * batchMs) return Math.max(1, Math.floor(keys / 2));
  return tookMs < batchMs / 2 ? Math.min(maxBatchKeys, keys * 2) : keys;
}

function stopped({ slot }: Move, error: unknown): Error {
  if (!(error instanceof ErrorReply)) return error as Error;
  return kitError('PALIER_SHARDS_STOPPED', { slot, why: error.message }, { cause: error });
}
