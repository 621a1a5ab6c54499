/** A Kv in memory for tests of this room: its clock is set by the test, its answers are counted, and it can be away or slow. */
import { kitError } from '../../errors.ts';
import type { HealthState, Kv, Procedure, Reply, View } from '../../state/index.ts';

type Entry = { text?: Buffer; hash?: Map<string, Buffer>; expiresAtMs: number };

export interface MemoryKv extends Kv {
  /** The engine's clock. */
  nowMs: number;
  /** While set, every call fails with it. */
  away: boolean;
  /** Calls are answered when this resolves. */
  pause: Promise<void>;
  /** Calls that reached it. */
  readonly reads: number;
  readonly runs: number;
  readonly keysSeen: ReadonlySet<string>;
}

export function memoryKv(nowMs: number): MemoryKv {
  const entries = new Map<string, Entry>();
  const keysSeen = new Set<string>();
  const entry = (key: string): Entry | undefined => {
    const held = entries.get(key);
    if (held === undefined || held.expiresAtMs > kv.nowMs) return held;
    entries.delete(key);
    return undefined;
  };
  const hashOf = (key: string): Map<string, Buffer> => entry(key)?.hash ?? new Map<string, Buffer>();
  const view = {
    get nowMs() {
      return kv.nowMs;
    },
    get: (key: string) => entry(key)?.text,
    set: (key: string, text: Buffer, expiresAtMs = Number.POSITIVE_INFINITY) => entries.set(key, { text, expiresAtMs }),
    delete: (key: string) => entries.delete(key),
    expiresAtMs: (key: string) => entry(key)?.expiresAtMs,
    expireAt: (key: string, expiresAtMs: number) => {
      const held = entry(key);
      if (held !== undefined) held.expiresAtMs = expiresAtMs;
      return held !== undefined;
    },
    hash: {
      get: (key: string, field: string) => hashOf(key).get(field),
      all: (key: string) => new Map(hashOf(key)),
      set: (key: string, field: string, value: Buffer) => {
        const hash = hashOf(key).set(field, value);
        entries.set(key, { hash, expiresAtMs: entry(key)?.expiresAtMs ?? Number.POSITIVE_INFINITY });
      },
      delete: (key: string, field: string) =>
        hashOf(key).delete(field) && (hashOf(key).size > 0 || entries.delete(key)),
      size: (key: string) => hashOf(key).size,
    },
  } as unknown as View;
  const reached = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) keysSeen.add(key);
    await kv.pause;
    if (kv.away) throw kitError('PALIER_STATE_LATE', { engine: 'memory', outcome: 'none' });
  };
  const kv = {
    engine: 'sqlite' as const,
    nowMs,
    away: false,
    pause: Promise.resolve(),
    reads: 0,
    runs: 0,
    keysSeen,
    health: {
      get state(): HealthState {
        return kv.away ? 'down' : 'up';
      },
      reason: undefined,
      onChange: () => () => {},
    },
    async getMany(keys: readonly string[]) {
      kv.reads++;
      await reached(keys);
      return keys.map((key) => view.get(key));
    },
    async run<Result>(procedure: Procedure<Result>, keys: readonly string[], args: readonly (string | number)[]) {
      kv.runs++;
      await reached(keys);
      const bytes = args.map((arg) => Buffer.from(String(arg)));
      return procedure.read(procedure.apply(view, keys, bytes) satisfies Reply);
    },
  };
  return kv as unknown as MemoryKv;
}
