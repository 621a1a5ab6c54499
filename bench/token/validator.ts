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

/** Of who asks at a rate; all times from the intended moment. */
export interface PacedFigures {
  readonly validations: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** How late the asking itself was: part of the times above, and not the replica's. */
  readonly lateP99Ms: number;
}
