/** Who is measured, and what is told of it. */
export interface Validator {
  /** The user. */
  validate(token: string): Promise<string>;
  /** All tokens have been seen: from now on they are new again. */
  renew(): Promise<void>;
}

export interface Figures {
  readonly validations: number;
  readonly seconds: number;
  /** Of all threads. */
  readonly cpuMs: number;
  /** From the intended moment; of a paced run. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}
