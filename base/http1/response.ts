/** Reads the head of an answer (RFC 9112 §4, §6.3). */
import { Head, type HeadResult } from './head.ts';
import { CR, isValue, LF, SP } from './octet.ts';
import { defaultHeadLimits, type HeadLimits } from './options.ts';
import { readVersion } from './version.ts';

export class ResponseParser extends Head {
  /** 100 to 999. */
  status = 0;

  constructor(limits: HeadLimits = defaultHeadLimits) {
    super(limits);
  }

  /**
   * Reads a head from the octets [start, end) of `buffer`. `incomplete`: call again with the same octets and more behind them (they may
   * lie elsewhere). 1xx is a head of its own with framing `none`: the final answer follows behind it.
   * `answersHead`: the request was HEAD, so no body follows whatever the headers say.
   */
  parse(buffer: Buffer, start: number, end: number, answersHead = false): HeadResult {
    this.begin(buffer, start, end);
    if (this.at === 0) {
      const line = this.#statusLine();
      if (line !== 'head') return line;
    }
    const result = this.readHeaders();
    if (result !== 'head') return result;
    const fault = this.statedFraming();
    if (fault !== undefined) return this.fail(fault);
    const status = this.status;
    if (answersHead || status < 200 || status === 204 || status === 304) this.framing = 'none';
    else if (this.framing === 'none') {
      this.framing = 'close';
      this.keepAlive = false;
    }
    return 'head';
  }

  #statusLine(): HeadResult {
    const { buffer, base } = this;
    const limit = Math.min(this.limits.maxStartLineBytes, this.limits.maxHeadBytes);
    const stop = Math.min(this.end, base + limit);
    const version = readVersion(buffer, base, stop);
    if (version === 'incomplete') return this.#shortLine(limit);
    if (version === 'bad-start-line' || version === 'unsupported-version') return this.fail(version);
    this.minorVersion = version;
    let i = base + 8;
    if (i >= stop) return this.#shortLine(limit);
    if (buffer[i++] !== SP) return this.fail('bad-start-line');
    let status = 0;
    for (let digits = 0; digits < 3; digits++) {
      if (i >= stop) return this.#shortLine(limit);
      const digit = (buffer[i++] as number) - 0x30;
      if (digit < 0 || digit > 9 || (digits === 0 && digit === 0)) return this.fail('bad-status');
      status = status * 10 + digit;
    }
    if (i >= stop) return this.#shortLine(limit);
    // The space is due even without a reason phrase (RFC 9112 §4), but widespread servers leave out both.
    if (buffer[i] !== SP && buffer[i] !== CR) return this.fail(buffer[i] === LF ? 'bare-lf' : 'bad-status');
    while (i < stop && isValue[buffer[i] as number] === 1) i++;
    if (i >= stop) return this.#shortLine(limit);
    if (buffer[i] !== CR) return this.fail(buffer[i] === LF ? 'bare-lf' : 'bad-start-line');
    if (++i >= stop) return this.#shortLine(limit);
    if (buffer[i] !== LF) return this.fail('bare-cr');
    this.status = status;
    this.at = i + 1 - base;
    return 'head';
  }

  #shortLine(limit: number): HeadResult {
    return this.end - this.base >= limit ? this.fail('start-line-too-long') : 'incomplete';
  }
}
