/** What a node says of itself, from which `keeping.ts` tells whether it keeps what it is given. */

/** What was seen of one node; undefined: could not be asked. */
export interface KeepingFacts {
  readonly node: string;
  /** 0: no limit. */
  readonly maxMemoryBytes: number | undefined;
  /** `maxmemory-policy`. */
  readonly policy: string | undefined;
  readonly appendsToFile: boolean | undefined;
  readonly snapshots: boolean | undefined;
}
