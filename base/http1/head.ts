/**
 * The part of a head that requests and answers share: header lines, framing, keep-alive (RFC 9112, §5, §6, §9.3).
 *
 * One parser object serves a connection for its life: `parse()` fills its fields, they hold until the next `parse()` of the same object
 * and point into the window that was handed in. Nothing is allocated for a message; a value becomes a string only when asked for.
 */
import { Field, type FieldKind, fieldKind, sameName } from './field.ts';
import { COLON, COMMA, CR, HTAB, isValue, LF, SP, tokenLower } from './octet.ts';
import type { HeadLimits } from './options.ts';
import type { MalformedReason } from './reason.ts';

/** `incomplete`: call again with the same bytes and more behind them. `malformed`: see `reason`. */
export type HeadResult = 'incomplete' | 'head' | 'malformed';

/** How the body is delimited: there is none; `contentLength` octets; chunks; or all until the peer closes (answers only). */
export type Framing = 'none' | 'length' | 'chunked' | 'close';

const slots = 5;
const chunked = Buffer.from('chunked', 'latin1');
const close = Buffer.from('close', 'latin1');
const keepAlive = Buffer.from('keep-alive', 'latin1');
const timeout = Buffer.from('timeout=', 'latin1');
/** 15 digits are below 2^53. */
const maxLengthDigits = 15;

export class Head {
  /** 0 or 1: HTTP/1.0 or HTTP/1.1. */
  minorVersion = 1;
  /** Whether the peer lets the connection live on after this message. */
  keepAlive = true;
  framing: Framing = 'none';
  /** The octets that Content-Length states; -1 when it is not there. Counts only when `framing` is `length`. */
  contentLength = -1;
  /** `Keep-Alive: timeout=N` in milliseconds; -1 when it is not there. */
  keepAliveTimeoutMs = -1;
  /** Whether Connection names more than `close` and `keep-alive`; `connectionOptions()` tells them. */
  connectionListsMore = false;
  headerCount = 0;
  /** From the start of the window to the first octet of the body. */
  headBytes = 0;
  /** Set when the last answer was `malformed`. */
  reason: MalformedReason | undefined = undefined;

  /** The window of the last `parse()`. */
  protected buffer: Buffer = Buffer.alloc(0);
  protected base = 0;
  protected end = 0;
  protected hostIndex = -1;
  protected hasTransferEncoding = false;
  protected readonly limits: HeadLimits;
  /** Where to go on, relative to `base`: the start of the first line that was not read yet. */
  protected at = 0;
  #sawClose = false;
  #sawKeepAlive = false;
  /** For each header: start and end of its name, start and end of its value, all relative to `base`; its kind. */
  readonly #lines: Int32Array;

  constructor(limits: HeadLimits) {
    this.limits = limits;
    this.#lines = new Int32Array(limits.maxHeaders * slots);
  }

  /** Forgets a message that was begun and will not be finished. */
  reset(): void {
    this.at = 0;
  }

  /** Positions in the buffer that was handed to `parse()`. The line of header `i` is [nameStart(i), lineEnd(i)), its CRLF included. */
  nameStart(i: number): number {
    return this.base + (this.#lines[i * slots] as number);
  }
  nameEnd(i: number): number {
    return this.base + (this.#lines[i * slots + 1] as number);
  }
  valueStart(i: number): number {
    return this.base + (this.#lines[i * slots + 2] as number);
  }
  valueEnd(i: number): number {
    return this.base + (this.#lines[i * slots + 3] as number);
  }
  kind(i: number): FieldKind {
    return this.#lines[i * slots + 4] as FieldKind;
  }
  lineEnd(i: number): number {
    return i + 1 < this.headerCount ? this.nameStart(i + 1) : this.base + this.headBytes - 2;
  }
  name(i: number): string {
    return this.buffer.toString('latin1', this.nameStart(i), this.nameEnd(i)).toLowerCase();
  }
  value(i: number): string {
    return this.buffer.toString('latin1', this.valueStart(i), this.valueEnd(i));
  }

  /** The number of the first header of this name (in lower case) from header `from` on; -1 when there is none. */
  find(name: string, from = 0): number {
    for (let i = from; i < this.headerCount; i++) {
      const start = this.nameStart(i);
      if (this.nameEnd(i) - start !== name.length) continue;
      let k = 0;
      while (k < name.length && tokenLower[this.buffer[start + k] as number] === name.charCodeAt(k)) k++;
      if (k === name.length) return i;
    }
    return -1;
  }

  /** The value of the first header of this name (in lower case), each octet one character. */
  get(name: string): string | undefined {
    const i = this.find(name);
    return i < 0 ? undefined : this.value(i);
  }

  /** The options that the Connection headers list, in lower case. Allocates; ask only when `connectionListsMore`. */
  connectionOptions(): string[] {
    const options: string[] = [];
    for (let i = 0; i < this.headerCount; i++) {
      if (this.kind(i) !== Field.connection) continue;
      for (const part of this.value(i).split(',')) {
        const option = part.trim().toLowerCase();
        if (option !== '') options.push(option);
      }
    }
    return options;
  }

  protected begin(buffer: Buffer, start: number, end: number): void {
    this.buffer = buffer;
    this.base = start;
    this.end = end;
    if (this.at > 0) return;
    this.headerCount = 0;
    this.headBytes = 0;
    this.contentLength = -1;
    this.keepAliveTimeoutMs = -1;
    this.connectionListsMore = false;
    this.hostIndex = -1;
    this.hasTransferEncoding = false;
    this.reason = undefined;
    this.#sawClose = false;
    this.#sawKeepAlive = false;
  }

  protected fail(reason: MalformedReason): 'malformed' {
    this.reason = reason;
    this.at = 0;
    return 'malformed';
  }

  /** Reads the header lines from `this.at` on, up to and with the empty line. */
  protected readHeaders(): HeadResult {
    const buffer = this.buffer;
    const base = this.base;
    const stop = Math.min(this.end, base + this.limits.maxHeadBytes);
    let i = base + this.at;
    for (;;) {
      const line = i;
      while (i < stop && tokenLower[buffer[i] as number] !== 0) i++;
      if (i >= stop) return this.#short(line);
      const after = buffer[i] as number;
      if (after !== COLON || i === line) {
        if (after !== CR || i !== line) return this.fail(nameFault(after, i === line));
        if (i + 1 >= stop) return this.#short(line);
        if (buffer[i + 1] !== LF) return this.fail('bare-cr');
        this.headBytes = i + 2 - base;
        this.at = 0;
        return 'head';
      }
      const nameEnd = i++;
      while (i < stop && (buffer[i] === SP || buffer[i] === HTAB)) i++;
      const valueStart = i;
      while (i < stop && isValue[buffer[i] as number] === 1) i++;
      if (i >= stop) return this.#short(line);
      let valueEnd = i;
      if (buffer[i] !== CR) return this.fail(buffer[i] === LF ? 'bare-lf' : 'bad-header-value');
      if (++i >= stop) return this.#short(line);
      if (buffer[i++] !== LF) return this.fail('bare-cr');
      while (valueEnd > valueStart && (buffer[valueEnd - 1] === SP || buffer[valueEnd - 1] === HTAB)) valueEnd--;
      const fault = this.#keep(line, nameEnd, valueStart, valueEnd);
      if (fault !== undefined) return this.fail(fault);
    }
  }

  /** The framing that the headers state, before the rules of the kind of message. */
  protected statedFraming(): MalformedReason | undefined {
    this.keepAlive = this.minorVersion === 1 ? !this.#sawClose : this.#sawKeepAlive && !this.#sawClose;
    if (!this.hasTransferEncoding) {
      this.framing = this.contentLength >= 0 ? 'length' : 'none';
      return undefined;
    }
    if (this.contentLength >= 0) return 'length-and-chunked';
    // RFC 9112 §6.1: the framing of an HTTP/1.0 message with Transfer-Encoding is faulty.
    if (this.minorVersion === 0) return 'bad-transfer-encoding';
    this.framing = 'chunked';
    return undefined;
  }

  #short(line: number): HeadResult {
    if (this.end - this.base >= this.limits.maxHeadBytes) return this.fail('head-too-large');
    this.at = line - this.base;
    return 'incomplete';
  }

  #keep(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): MalformedReason | undefined {
    const index = this.headerCount;
    if (index >= this.limits.maxHeaders) return 'too-many-headers';
    const kind = fieldKind(this.buffer, nameStart, nameEnd);
    const slot = index * slots;
    const lines = this.#lines;
    lines[slot] = nameStart - this.base;
    lines[slot + 1] = nameEnd - this.base;
    lines[slot + 2] = valueStart - this.base;
    lines[slot + 3] = valueEnd - this.base;
    lines[slot + 4] = kind;
    this.headerCount = index + 1;
    switch (kind) {
      case Field.contentLength:
        return this.#contentLength(valueStart, valueEnd);
      case Field.transferEncoding:
        return this.#transferEncoding(valueStart, valueEnd);
      case Field.connection:
        this.#connection(valueStart, valueEnd);
        return undefined;
      case Field.keepAlive:
        this.#keepAlive(valueStart, valueEnd);
        return undefined;
      case Field.host:
        if (this.hostIndex >= 0) return 'duplicate-host';
        this.hostIndex = index;
        return undefined;
      default:
        return undefined;
    }
  }

  #contentLength(start: number, end: number): MalformedReason | undefined {
    if (this.contentLength >= 0) return 'duplicate-content-length';
    if (start === end || end - start > maxLengthDigits) return 'bad-content-length';
    let length = 0;
    for (let i = start; i < end; i++) {
      const digit = (this.buffer[i] as number) - 0x30;
      if (digit < 0 || digit > 9) return 'bad-content-length';
      length = length * 10 + digit;
    }
    this.contentLength = length;
    return undefined;
  }

  /** `chunked` and nothing else: what is coded otherwise we could not read, and what follows `chunked` nobody may send. */
  #transferEncoding(start: number, end: number): MalformedReason | undefined {
    const isChunked = end - start === chunked.length && sameName(this.buffer, start, chunked);
    if (this.hasTransferEncoding || start === end) return 'bad-transfer-encoding';
    if (!isChunked) {
      const first = this.#item(start, end, chunked);
      return first ? 'bad-transfer-encoding' : 'unsupported-transfer-coding';
    }
    this.hasTransferEncoding = true;
    return undefined;
  }

  #connection(start: number, end: number): void {
    let i = start;
    while (i < end) {
      const first = i;
      while (i < end && this.buffer[i] !== COMMA) i++;
      if (this.#item(first, i, keepAlive)) this.#sawKeepAlive = true;
      else if (this.#item(first, i, close)) this.#sawClose = true;
      else this.connectionListsMore = true;
      i++;
    }
  }

  #keepAlive(start: number, end: number): void {
    let i = start;
    while (i < end && (this.buffer[i] === SP || this.buffer[i] === HTAB || this.buffer[i] === COMMA)) i++;
    while (i + timeout.length < end && !startsWith(this.buffer, i, timeout)) i++;
    i += timeout.length;
    let seconds = -1;
    for (let digits = 0; i < end && digits < 9; i++, digits++) {
      const digit = (this.buffer[i] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      seconds = Math.max(0, seconds) * 10 + digit;
    }
    if (seconds >= 0) this.keepAliveTimeoutMs = seconds * 1000;
  }

  /** Whether the list item at [start, end), white space around it aside, begins with `name` as a whole token. */
  #item(start: number, end: number, name: Uint8Array): boolean {
    let i = start;
    while (i < end && (this.buffer[i] === SP || this.buffer[i] === HTAB)) i++;
    if (end - i < name.length || !sameName(this.buffer, i, name)) return false;
    i += name.length;
    return i === end || tokenLower[this.buffer[i] as number] === 0;
  }
}

function startsWith(buffer: Uint8Array, start: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) {
    // `=` is no token octet; 0x20 makes letters small and leaves it as it is.
    if (((buffer[start + i] as number) | 0x20) !== text[i]) return false;
  }
  return true;
}

function nameFault(octet: number, atLineStart: boolean): MalformedReason {
  if (octet === LF) return 'bare-lf';
  if (octet === SP || octet === HTAB) return atLineStart ? 'folded-header' : 'space-before-colon';
  return octet === CR ? 'bare-cr' : 'bad-header-name';
}
