/**
 * Remembers answers of a loader for a short time, by key: at most `maxEntries`, the oldest forgotten first; one load at a time for a key;
 * a failed load is not remembered.
 */
import type { Clock } from '@palier/base/clock';
import type { CounterHandle } from '@palier/kit/meter';

export interface MemoOptions {
  readonly ttlMs: number;
  readonly maxEntries: number;
}

export interface Memo<Value> {
  get(key: string, load: () => Promise<Value>): Promise<Value>;
  /** Forgets one answer, or all. */
  forget(key?: string): void;
}

/** A memory whose reads and hits are metered under `name`. */
export type MemoMaker = <Value>(name: string, options: MemoOptions) => Memo<Value>;

export interface MemoMeters {
  readonly reads: CounterHandle;
  readonly hits: CounterHandle;
}

export function createMemo<Value>(options: MemoOptions, clock: Clock, meters: MemoMeters): Memo<Value> {
  const kept = new Map<string, { readonly value: Promise<Value>; readonly untilMs: number }>();
  return {
    get(key, load) {
      meters.reads.add();
      const nowMs = clock.monotonicMs();
      const known = kept.get(key);
      if (known !== undefined && known.untilMs > nowMs) {
        meters.hits.add();
        return known.value;
      }
      const value = load();
      const entry = { value, untilMs: nowMs + options.ttlMs };
      // Deleted first, so that the map stays in the order of loading and its first key is the oldest.
      kept.delete(key);
      kept.set(key, entry);
      if (kept.size > options.maxEntries) kept.delete(kept.keys().next().value as string);
      value.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return value;
    },
    forget(key) {
      if (key === undefined) kept.clear();
      else kept.delete(key);
    },
  };
}
