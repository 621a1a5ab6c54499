/** A Kv in memory for tests of this room: its clock is set by the test, its answers are counted, and it can be away or slow. */
import { kitError } from '../../errors.ts';
import type {
  CopyEvents,
  CopySource,
  CopySourceOptions,
  HealthState,
  Kv,
  Procedure,
  Reply,
  View,
} from '../../state/index.ts';

type Entry = { text?: Buffer; hash?: Map<string, Buffer>; expiresAtMs: number };

export interface MemoryKv extends Kv {
  /** The engine's clock. */
  nowMs: number;
  /** While true, every call fails. */
  away: boolean;
  /** While true, changes are told to nobody, and nobody is proven that there were none. */
  mute: boolean;
  /** Calls are answered when this resolves. */
  pause: Promise<void>;
  /** As the healthy engine does many times in `freshMs`. */
  prove(): void;
  /** Calls that reached it. */
  readonly reads: number;
  readonly runs: number;
  readonly keysSeen: ReadonlySet<string>;
}

export function memoryKv(nowMs: number, monotonicMs: () => number): MemoryKv {
  const keysSeen = new Set<string>();
  const view = memoryView(() => kv.nowMs);
  const reached = async (keys: readonly string[]): Promise<void> => {
    for (const key of keys) keysSeen.add(key);
    await kv.pause;
    if (kv.away) throw kitError('PALIER_STATE_LATE', { engine: 'memory', outcome: 'none' });
  };
  const listeners = new Set<CopyEvents>();
  const tell = (keys: readonly string[]): void => {
    if (!kv.mute) for (const events of listeners) for (const key of keys) events.changed(key);
  };
  const proof = { provenMs: 0, holds: () => true };
  const lane = (): typeof proof => {
    if (!kv.mute && !kv.away) proof.provenMs = monotonicMs();
    return proof;
  };
  const kv = {
    engine: 'sqlite' as const,
    nowMs,
    away: false,
    mute: false,
    prove: (): void => void lane(),
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
    copySource: (events: CopyEvents, { reader }: CopySourceOptions): CopySource => {
      listeners.add(events);
      return {
        maxStaleMs: Number.POSITIVE_INFINITY,
        async read(key) {
          kv.reads++;
          await reached([key]);
          const reply = reader?.apply(view, [key], []) ?? [view.get(key)];
          const leftMs = (view.expiresAtMs(key) ?? Number.POSITIVE_INFINITY) - kv.nowMs;
          return { reply, leftMs: Number.isFinite(leftMs) ? leftMs : undefined, lane: lane(), slot: 0 };
        },
        close: () => void listeners.delete(events),
      };
    },
    async run<Result>(procedure: Procedure<Result>, keys: readonly string[], args: readonly (string | number)[]) {
      kv.runs++;
      await reached(keys);
      const bytes = args.map((arg) => Buffer.from(String(arg)));
      const reply: Reply = procedure.apply(view, keys, bytes);
      if (procedure.readOnly !== true) tell(keys);
      return procedure.read(reply);
    },
  };
  return kv as unknown as MemoryKv;
}

function memoryView(now: () => number): View {
  const entries = new Map<string, Entry>();
  const entry = (key: string): Entry | undefined => {
    const held = entries.get(key);
    if (held === undefined || held.expiresAtMs > now()) return held;
    entries.delete(key);
    return undefined;
  };
  const hashOf = (key: string): Map<string, Buffer> => entry(key)?.hash ?? new Map<string, Buffer>();
  return {
    get nowMs() {
      return now();
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
}
