/** Reads the head of a request (RFC 9112 §3). */
import { Head, type HeadResult } from './head.ts';
import { COLON, CR, isHost, isTarget, LF, SLASH, SP, tokenLower } from './octet.ts';
import { defaultHeadLimits, type HeadLimits } from './options.ts';
import type { MalformedReason } from './reason.ts';
import { readVersion } from './version.ts';

/** RFC 9112 §3.2: `/path?query`, `http://host/path`, `host:port` (CONNECT), `*` (OPTIONS). */
export type TargetForm = 'origin' | 'absolute' | 'authority' | 'asterisk';

const common = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'TRACE'].map((name) => ({
  name,
  octets: Buffer.from(name, 'latin1'),
}));

export class RequestParser extends Head {
  /** As sent: methods are case-sensitive. */
  method = '';
  targetForm: TargetForm = 'origin';

  #target = 0;
  #targetEnd = 0;
  #authority = 0;
  #path = 0;

  constructor(limits: HeadLimits = defaultHeadLimits) {
    super(limits);
  }

  /** Positions in the buffer that was handed to `parse()`. */
  get targetStart(): number {
    return this.base + this.#target;
  }
  get targetEnd(): number {
    return this.base + this.#targetEnd;
  }
  /** Path and query: [pathStart, targetEnd). Empty in the forms `authority` and `asterisk`, and in `http://host`. */
  get pathStart(): number {
    return this.base + this.#path;
  }
  /** The authority of an absolute target: [authorityStart, pathStart). */
  get authorityStart(): number {
    return this.base + this.#authority;
  }
  get target(): string {
    return this.buffer.toString('latin1', this.targetStart, this.targetEnd);
  }
  /** The number of the Host header; -1 when there is none (HTTP/1.0 only). */
  get host(): number {
    return this.hostIndex;
  }

  /**
   * Reads a head from the octets [start, end) of `buffer`. `incomplete`: call again with the same octets and more behind them (they may
   * lie elsewhere). One empty line before the request line is passed over (RFC 9112 §2.2) and counts in `headBytes`.
   */
  parse(buffer: Buffer, start: number, end: number): HeadResult {
    this.begin(buffer, start, end);
    if (this.at === 0) {
      const line = this.#requestLine();
      if (line !== 'head') return line;
    }
    const result = this.readHeaders();
    if (result !== 'head') return result;
    const fault = this.statedFraming() ?? this.#hostFault();
    return fault === undefined ? 'head' : this.fail(fault);
  }

  #requestLine(): HeadResult {
    const { buffer, base } = this;
    const limit = Math.min(this.limits.maxStartLineBytes, this.limits.maxHeadBytes);
    const stop = Math.min(this.end, base + limit);
    let i = base;
    if (i < stop && buffer[i] === CR) {
      if (++i >= stop) return this.#shortLine(limit);
      if (buffer[i++] !== LF) return this.fail('bare-cr');
    }
    const method = i;
    while (i < stop && tokenLower[buffer[i] as number] !== 0) i++;
    if (i >= stop) return this.#shortLine(limit);
    if (buffer[i] !== SP || i === method) return this.fail('bad-method');
    const methodEnd = i++;
    const target = i;
    while (i < stop && isTarget[buffer[i] as number] === 1) i++;
    if (i >= stop) return this.#shortLine(limit);
    if (buffer[i] !== SP || i === target) return this.fail('bad-target');
    const targetEnd = i++;
    const version = readVersion(buffer, i, stop);
    if (version === 'incomplete') return this.#shortLine(limit);
    if (version === 'bad-start-line' || version === 'unsupported-version') return this.fail(version);
    i += 8;
    if (i >= stop) return this.#shortLine(limit);
    if (buffer[i] !== CR) return this.fail(buffer[i] === LF ? 'bare-lf' : 'bad-start-line');
    if (++i >= stop) return this.#shortLine(limit);
    if (buffer[i] !== LF) return this.fail('bare-cr');
    this.minorVersion = version;
    this.method = methodName(buffer, method, methodEnd);
    if (!this.#readTarget(target, targetEnd)) return this.fail('bad-target');
    this.at = i + 1 - base;
    return 'head';
  }

  #readTarget(start: number, end: number): boolean {
    const { buffer, base } = this;
    this.#target = start - base;
    this.#targetEnd = end - base;
    this.#authority = this.#path = start - base;
    if (this.method === 'CONNECT') {
      this.targetForm = 'authority';
      this.#path = end - base;
      return hostLike(buffer, start, end) && buffer.toString('latin1', start, end).includes(':');
    }
    if (buffer[start] === SLASH) {
      this.targetForm = 'origin';
      return true;
    }
    if (end - start === 1 && buffer[start] === 0x2a) {
      this.targetForm = 'asterisk';
      this.#path = end - base;
      return this.method === 'OPTIONS';
    }
    this.targetForm = 'absolute';
    return this.#readAbsolute(start, end);
  }

  /** `http://` or `https://`, an authority that is not empty and has no user in it (RFC 9110 §4.2.4), then path or query. */
  #readAbsolute(start: number, end: number): boolean {
    const { buffer, base } = this;
    const scheme = buffer.toString('latin1', start, Math.min(end, start + 8)).toLowerCase();
    const skip = scheme.startsWith('http://') ? 7 : scheme === 'https://' ? 8 : 0;
    if (skip === 0) return false;
    let i = start + skip;
    this.#authority = i - base;
    while (i < end && buffer[i] !== SLASH && buffer[i] !== 0x3f) i++;
    this.#path = i - base;
    return i > start + skip && buffer[start + skip] !== COLON && hostLike(buffer, start + skip, i);
  }

  #hostFault(): MalformedReason | undefined {
    if (this.hostIndex < 0) return this.minorVersion === 1 ? 'missing-host' : undefined;
    const valid = hostLike(this.buffer, this.valueStart(this.hostIndex), this.valueEnd(this.hostIndex));
    return valid ? undefined : 'bad-host';
  }

  #shortLine(limit: number): HeadResult {
    return this.end - this.base >= limit ? this.fail('start-line-too-long') : 'incomplete';
  }
}

function methodName(buffer: Buffer, start: number, end: number): string {
  for (let k = 0; k < common.length; k++) {
    const { name, octets } = common[k] as (typeof common)[number];
    if (octets.length !== end - start) continue;
    let i = 0;
    while (i < octets.length && octets[i] === buffer[start + i]) i++;
    if (i === octets.length) return name;
  }
  return buffer.toString('latin1', start, end);
}

function hostLike(buffer: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (isHost[buffer[i] as number] === 0) return false;
  return true;
}
