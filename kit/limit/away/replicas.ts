/** How many replicas share a limiter: each tells every two seconds that it lives; who was silent for six is not counted. */
import { randomUUID } from 'node:crypto';
import type { Cancel } from '@palier/base/timers';
import { type Kv, keyOf, type StateSurroundings } from '../../state/index.ts';
import { beatProcedure } from '../bucket/procedures.ts';

const beatMs = 2000;
const staleMs = 6000;

export class Replicas {
  readonly #kv: Kv;
  readonly #key: string;
  readonly #timeoutMs: number;
  /** Not from the surroundings' chance, which a test may seed alike in two replicas. */
  readonly #id = randomUUID();
  readonly #stop: Cancel;
  #count: number | undefined;

  constructor(kv: Kv, name: string, timeoutMs: number, { timers }: StateSurroundings) {
    this.#kv = kv;
    this.#key = keyOf('limit', name, 'replicas');
    this.#timeoutMs = timeoutMs;
    this.#stop = timers.every(beatMs, () => void this.#beat());
    void this.#beat();
  }

  /** As the shared state told last; undefined while it never did. */
  get count(): number | undefined {
    return this.#count;
  }

  close(): void {
    this.#stop();
  }

  async #beat(): Promise<void> {
    try {
      this.#count = await this.#kv.run(beatProcedure, [this.#key], [this.#id, staleMs], { timeoutMs: this.#timeoutMs });
    } catch {
      // The state is away: the last count stays.
    }
  }
}
