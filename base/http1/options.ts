/** The limits of a message's head and of what surrounds its body. Each ends in a malformed message with a reason of its own. */

export interface HeadLimits {
  /** Start line and header section together, the empty line included. */
  readonly maxHeadBytes: number;
  /** The request line or the status line, its line end included. */
  readonly maxStartLineBytes: number;
  /** Header lines. */
  readonly maxHeaders: number;
}

export interface BodyLimits {
  /** Chunk extensions of one body together: without it a peer could send kilobytes of extension for each byte of payload. */
  readonly maxChunkExtensionBytes: number;
  /** The trailer section of one body. */
  readonly maxTrailerBytes: number;
}

/** 16 KiB is what Node (`--max-http-header-size`) and HAProxy (`tune.bufsize`) take; 8 KiB of line is nginx's; 128 headers, as HAProxy's 101. */
export const defaultHeadLimits: HeadLimits = { maxHeadBytes: 16_384, maxStartLineBytes: 8192, maxHeaders: 128 };

/** 16 KiB of extensions, as Go's net/http and Node since 2024; a trailer section is a small head. */
export const defaultBodyLimits: BodyLimits = { maxChunkExtensionBytes: 16_384, maxTrailerBytes: 8192 };
