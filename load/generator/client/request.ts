/** A request as it goes over the wire, and what its sender wants of the answer. */
export interface Request {
  /** The head, and the body as far as it is text. */
  readonly bytes: Uint8Array | string;
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
