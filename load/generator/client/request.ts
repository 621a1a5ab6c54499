/** A request as it goes over the wire, and what its sender wants of the answer. */
export interface Request {
  /** The head, and the body as far as it is text. One that is sent again and again is replaced when it could not be overwritten. */
  bytes: Uint8Array | string;
  /** Where in the bytes a trace is written before each send; -1: nowhere, what must be there is there. */
  readonly traceAt: number;
  /** The rest of the body. */
  readonly rest: Uint8Array | null;
  /** Octets in all. */
  readonly length: number;
  /** Whether no body follows whatever the answer's head says. */
  readonly isHead: boolean;
  /** Whether sending it twice does the same as once (RFC 9110 §9.2.2). */
  readonly idempotent: boolean;
  /** Whether the body of the answer is to be kept. */
  readonly keepBody: boolean;
  /** The headers of the answer to be kept, in lower case. */
  readonly keepHeaders: readonly string[];
}
