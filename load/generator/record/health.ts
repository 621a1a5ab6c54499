/** How well the generator itself is, over any stretch of time. */
import type { GeneratorHealth } from '@palier/protocol';

/** Port: what a process knows of itself; all counted from its start. */
export interface HealthSource {
  /** How long the event loop has waited and worked. */
  loopMs(): { readonly idle: number; readonly active: number };
  cpuMs(): number;
  gcMs(): number;
}

type Figures = Omit<GeneratorHealth, 'lag'>;

/** Measures from one cut to the next. */
export class HealthMeter {
  readonly #source: HealthSource;
  #sinceMs: number;
  #idleMs: number;
  #activeMs: number;
  #cpuMs: number;
  #gcMs: number;
  #longestStallMs = 0;

  constructor(source: HealthSource, nowMs: number) {
    this.#source = source;
    this.#sinceMs = nowMs;
    const { idle, active } = source.loopMs();
    this.#idleMs = idle;
    this.#activeMs = active;
    this.#cpuMs = source.cpuMs();
    this.#gcMs = source.gcMs();
  }

  stalled(forMs: number): void {
    if (forMs > this.#longestStallMs) this.#longestStallMs = forMs;
  }

  /** The figures since the last cut. */
  cut(nowMs: number): Figures {
    const { idle, active } = this.#source.loopMs();
    const cpuMs = this.#source.cpuMs();
    const gcMs = this.#source.gcMs();
    const figures = {
      loopUtilisation: share(active - this.#activeMs, active - this.#activeMs + idle - this.#idleMs),
      gcShare: share(gcMs - this.#gcMs, nowMs - this.#sinceMs),
      // More than one: V8 collects garbage and compiles on threads of its own.
      cpuCores: nowMs > this.#sinceMs ? (cpuMs - this.#cpuMs) / (nowMs - this.#sinceMs) : 0,
      longestStallMs: this.#longestStallMs,
    };
    this.#sinceMs = nowMs;
    this.#idleMs = idle;
    this.#activeMs = active;
    this.#cpuMs = cpuMs;
    this.#gcMs = gcMs;
    this.#longestStallMs = 0;
    return figures;
  }
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.max(0, Math.min(1, part / whole)) : 0;
}
