/** Whether the server keeps the sessions: asked once when they are opened, without anybody waiting for it, and told. */
import type { Log } from '@palier/base/log';
import { checkKeeps, type Keeping, type Kv } from '../state/index.ts';

export class KeepingWatch {
  readonly #kv: Kv;
  readonly #log: Log;
  #keeping: Keeping | undefined;
  #stop: (() => void) | undefined;
  #asking = false;

  constructor(kv: Kv, log: Log) {
    this.#kv = kv;
    this.#log = log;
    void this.#ask();
  }

  /** For a health page. Undefined while it is not known. */
  get keeping(): Keeping | undefined {
    return this.#keeping;
  }

  async #ask(): Promise<void> {
    if (this.#asking || this.#keeping !== undefined) return;
    this.#asking = true;
    try {
      const told: Log = (level, message, facts) => this.#log(level, `sessions: ${message}`, facts);
      this.#keeping = await checkKeeps(this.#kv, told);
      this.#stop?.();
    } catch (error) {
      this.#later(error);
    } finally {
      this.#asking = false;
    }
  }

  /** A server that is away at the start is asked when it is there. */
  #later(error: unknown): void {
    if (this.#stop !== undefined) return;
    this.#log('info', 'sessions: whether the server keeps them could not be asked yet', { reason: String(error) });
    try {
      this.#stop = this.#kv.health.onChange((state) => {
        if (state === 'up') void this.#ask();
      });
    } catch {
      // Too many listen already: it stays unknown.
    }
  }
}
