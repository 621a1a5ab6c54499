/**
 * Finds the payload of a body in windows as they arrive, without copying: content-length, chunked (RFC 9112 §7.1), or until the peer
 * closes. Chunk extensions and trailers are passed over, within limits.
 */
import type { Framing } from './head.ts';
import { COLON, CR, hexValue, isValue, LF, SEMICOLON, tokenLower } from './octet.ts';
import { type BodyLimits, defaultBodyLimits } from './options.ts';
import type { MalformedReason } from './reason.ts';

/**
 * `data`: go on at `position`, this window holds more. `more`: the window is used up. `done`: the body ends at `position`.
 * Payload may come with each of these three.
 */
export type BodyResult = 'data' | 'more' | 'done' | 'malformed';

/** Where in the chunked coding the next octet stands. */
const At = {
  size: 0,
  sizeMore: 1,
  extension: 2,
  sizeLf: 3,
  payload: 4,
  payloadCr: 5,
  payloadLf: 6,
  trailer: 7,
  trailerName: 8,
  trailerValue: 9,
  trailerLf: 10,
  endLf: 11,
} as const;

/** 2^48: thirteen digits and more could not be counted exactly. */
const maxSizeDigits = 12;

export class BodyReader {
  /** The payload that came with the last answer: [payloadStart, payloadEnd) of the window's buffer; may be empty. */
  payloadStart = 0;
  payloadEnd = 0;
  /** The first octet that the last `read()` did not consume. */
  position = 0;
  reason: MalformedReason | undefined = undefined;

  readonly #limits: BodyLimits;
  #framing: Framing = 'none';
  #left = 0;
  #at: number = At.size;
  #digits = 0;
  #extensionBytes = 0;
  #trailerBytes = 0;
  #ended = true;

  constructor(limits: BodyLimits = defaultBodyLimits) {
    this.#limits = limits;
  }

  /** Begins a body; one reader serves a connection for its life. Answers true when the body is empty, hence already done. */
  begin(framing: Framing, contentLength: number): boolean {
    this.#framing = framing;
    this.#left = framing === 'length' ? contentLength : 0;
    this.#at = At.size;
    this.#digits = 0;
    this.#extensionBytes = 0;
    this.#trailerBytes = 0;
    this.reason = undefined;
    this.#ended = framing === 'none' || (framing === 'length' && contentLength === 0);
    return this.#ended;
  }

  /** Octets of payload still to come in a body of known length; 0 otherwise. */
  get left(): number {
    return this.#framing === 'length' ? this.#left : 0;
  }

  /** Reads [start, end) of `buffer`. Call again from `position` while it answers `data`. */
  read(buffer: Uint8Array, start: number, end: number): BodyResult {
    this.payloadStart = this.payloadEnd = this.position = start;
    if (this.#ended) return 'done';
    if (this.#framing === 'chunked') return this.#readChunked(buffer, start, end);
    const take = this.#framing === 'close' ? end - start : Math.min(end - start, this.#left);
    this.payloadEnd = this.position = start + take;
    if (this.#framing === 'close') return 'more';
    this.#left -= take;
    this.#ended = this.#left === 0;
    return this.#ended ? 'done' : 'more';
  }

  /** The peer sends no more. True when the body is whole: it was done, or it is delimited by this. */
  end(): boolean {
    if (this.#framing === 'close') this.#ended = true;
    return this.#ended;
  }

  #readChunked(buffer: Uint8Array, start: number, end: number): BodyResult {
    let i = start;
    while (i < end) {
      if (this.#at === At.payload) return this.#payload(i, end);
      const octet = buffer[i++] as number;
      const fault = this.#at <= At.payloadLf ? this.#sizeOctet(octet) : this.#trailerOctet(octet);
      if (fault !== undefined) {
        this.reason = fault;
        this.position = this.payloadStart = this.payloadEnd = i - 1;
        return 'malformed';
      }
      if (this.#ended) break;
    }
    this.payloadStart = this.payloadEnd = this.position = i;
    return this.#ended ? 'done' : 'more';
  }

  #payload(start: number, end: number): BodyResult {
    const take = Math.min(end - start, this.#left);
    this.payloadStart = start;
    this.payloadEnd = this.position = start + take;
    this.#left -= take;
    if (this.#left === 0) this.#at = At.payloadCr;
    return this.position < end ? 'data' : 'more';
  }

  #sizeOctet(octet: number): MalformedReason | undefined {
    switch (this.#at) {
      case At.size:
      case At.sizeMore:
        return this.#sizeDigit(octet);
      case At.extension:
        if (octet === CR) this.#at = At.sizeLf;
        else if (isValue[octet] === 0) return octet === LF ? 'bare-lf' : 'bad-chunk';
        else if (++this.#extensionBytes > this.#limits.maxChunkExtensionBytes) return 'chunk-extensions-too-large';
        return undefined;
      case At.sizeLf:
        if (octet !== LF) return 'bare-cr';
        this.#digits = 0;
        this.#at = this.#left === 0 ? At.trailer : At.payload;
        return undefined;
      case At.payloadCr:
        this.#at = At.payloadLf;
        return octet === CR ? undefined : 'bad-chunk';
      default:
        this.#at = At.size;
        return octet === LF ? undefined : 'bad-chunk';
    }
  }

  #sizeDigit(octet: number): MalformedReason | undefined {
    const value = hexValue[octet] as number;
    if (value < 16) {
      if (++this.#digits > maxSizeDigits) return 'bad-chunk-size';
      this.#left = this.#left * 16 + value;
      this.#at = At.sizeMore;
      return undefined;
    }
    if (this.#at === At.size) return 'bad-chunk-size';
    if (octet === CR) this.#at = At.sizeLf;
    else if (octet === SEMICOLON) this.#at = At.extension;
    else return octet === LF ? 'bare-lf' : 'bad-chunk-size';
    return undefined;
  }

  #trailerOctet(octet: number): MalformedReason | undefined {
    if (++this.#trailerBytes > this.#limits.maxTrailerBytes) return 'trailers-too-large';
    switch (this.#at) {
      case At.trailer:
        if (octet === CR) this.#at = At.endLf;
        else if (tokenLower[octet] === 0) return octet === LF ? 'bare-lf' : 'bad-trailer';
        else this.#at = At.trailerName;
        return undefined;
      case At.trailerName:
        if (octet === COLON) this.#at = At.trailerValue;
        else if (tokenLower[octet] === 0) return 'bad-trailer';
        return undefined;
      case At.trailerValue:
        if (octet === CR) this.#at = At.trailerLf;
        else if (isValue[octet] === 0) return octet === LF ? 'bare-lf' : 'bad-trailer';
        return undefined;
      case At.trailerLf:
        this.#at = At.trailer;
        return octet === LF ? undefined : 'bare-cr';
      default:
        this.#ended = true;
        return octet === LF ? undefined : 'bare-cr';
    }
  }
}
