/**
 * A memory whose answers are dropped at every replica when somebody changes what they were made of: here at once, at the others when the
 * message comes; what was missed is over after `ttlMs`.
 */
import type { Bus } from '@palier/kit/state';
import type { MemoMaker, MemoOptions } from './memo.ts';

export interface HeardMemo<Value> extends AsyncDisposable {
  get(key: string, load: () => Promise<Value>): Promise<Value>;
  /** The answer for this key is no longer right, or none is. Nobody waits for the others to hear it. */
  changed(key?: string): void;
}

/** `name` is the meter's and the channel's. Throws what `Bus.subscribe` throws. */
export async function openHeardMemo<Value>(
  name: string,
  bus: Bus,
  memo: MemoMaker,
  options: MemoOptions,
): Promise<HeardMemo<Value>> {
  const remembered = memo<Value>(name, options);
  const heard = await bus.subscribe(name, {
    // No key is empty: that is all of them.
    message: (key) => remembered.forget(String(key) || undefined),
    gap: () => remembered.forget(),
  });
  return {
    get: (key, load) => remembered.get(key, load),
    changed(key) {
      remembered.forget(key);
      bus.publish(name, key ?? '').catch(() => {});
    },
    [Symbol.asyncDispose]: async () => heard.close(),
  };
}
