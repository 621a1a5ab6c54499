/** Who is measured, and what is told of it. */
export interface Validator {
  /** The user. */
  validate(token: string): Promise<string>;
  /** All tokens have been seen: from now on they are new again. */
  renew(): Promise<void>;
}

/** Of a replica that validates as fast as it can. */
export interface Figures {
  readonly validations: number;
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuMs: number;
}

/** Of who asks at a rate; all times from the intended moment, `p50Ms` and `p99Ms` until the replica knew. */
export interface PacedFigures {
  readonly validations: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The same until the answer was back at who asked. */
  readonly backP99Ms: number;
  /** How late the asking itself was: part of the times above, and not the replica's. */
  readonly lateP99Ms: number;
}
