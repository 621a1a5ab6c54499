/**
 * Times in which no other process changed the file: copies that were read in one hold until `PRAGMA data_version` says that it is over.
 *
 * It is asked when a copy is wanted and the last answer is older than `lookEveryMs`: one look for all copies of a process. What the process
 * itself commits does not change the version; it is told of its own writes anyway.
 */
import type { Clock } from '@palier/base/clock';
import type { Lane } from '../copies/source.ts';
import type { SqliteFile } from './file.ts';

export class SqliteLanes {
  readonly #version: () => number;
  readonly #clock: Clock;
  readonly #lookEveryMs: number;
  #lane: SqliteLane | undefined;

  constructor(file: SqliteFile, clock: Clock, lookEveryMs: number) {
    const statement = file.prepare('PRAGMA data_version');
    this.#version = () => Number(statement.get()?.['data_version']);
    this.#clock = clock;
    this.#lookEveryMs = lookEveryMs;
  }

  /** The lane of what is read after this call. Throws what SQLite throws. */
  now(): Lane {
    this.#lane?.look();
    if (!this.#lane?.holds()) this.#lane = new SqliteLane(this.#version, this.#clock, this.#lookEveryMs);
    return this.#lane;
  }
}

class SqliteLane implements Lane {
  readonly #versionNow: () => number;
  readonly #clock: Clock;
  readonly #lookEveryMs: number;
  readonly #version: number;
  #provenMs: number;
  #over = false;

  constructor(versionNow: () => number, clock: Clock, lookEveryMs: number) {
    this.#versionNow = versionNow;
    this.#clock = clock;
    this.#lookEveryMs = lookEveryMs;
    this.#provenMs = clock.monotonicMs();
    this.#version = versionNow();
  }

  get provenMs(): number {
    this.look();
    return this.#provenMs;
  }

  holds(): boolean {
    return !this.#over;
  }

  look(): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#over || nowMs - this.#provenMs <= this.#lookEveryMs) return;
    if (this.#isUnchanged()) this.#provenMs = nowMs;
    else this.#over = true;
  }

  /** A file that is locked or closed tells nothing. */
  #isUnchanged(): boolean {
    try {
      return this.#versionNow() === this.#version;
    } catch {
      return false;
    }
  }
}
