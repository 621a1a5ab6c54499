/**
 * A message while it is put together, to be written to a socket at once.
 *
 * One draft serves the whole balancer: what is composed is written before anything else runs. Its memory is used again when the kernel
 * took all of it, which is the rule; otherwise the socket keeps that memory and the draft takes new one.
 */

/** What a draft is written to: a `net.Socket`. */
export interface Sink {
  readonly destroyed: boolean;
  readonly writableLength: number;
  write(bytes: Uint8Array): boolean;
}

const shortCopy = 48;
const hexDigits = Buffer.from('0123456789abcdef', 'latin1');

export class Draft {
  length = 0;
  #memory: Buffer;

  constructor(bytes: number) {
    this.#memory = Buffer.allocUnsafeSlow(bytes);
  }

  copy(source: Buffer, start: number, end: number): void {
    const bytes = end - start;
    if (this.length + bytes > this.#memory.length) this.#grow(bytes);
    const memory = this.#memory;
    let at = this.length;
    // For a few octets a loop is faster than the call.
    if (bytes <= shortCopy) for (let i = start; i < end; i++) memory[at++] = source[i] as number;
    else source.copy(memory, at, start, end);
    this.length += bytes;
  }

  all(source: Buffer): void {
    this.copy(source, 0, source.length);
  }

  /** Each character one octet. */
  text(text: string): void {
    if (this.length + text.length > this.#memory.length) this.#grow(text.length);
    this.length += this.#memory.write(text, this.length, 'latin1');
  }

  /** `digits` hexadecimal digits of a whole number below 2^32; as many as it needs when `digits` is 0. */
  hex(value: number, digits = 0): void {
    let count = digits;
    if (count === 0) for (count = 1; count < 8 && value >= 16 ** count; ) count++;
    if (this.length + count > this.#memory.length) this.#grow(count);
    for (let i = count - 1, left = value; i >= 0; i--, left >>>= 4) {
      this.#memory[this.length + i] = hexDigits[left & 15] as number;
    }
    this.length += count;
  }

  clear(): void {
    this.length = 0;
  }

  /** Writes what was composed and begins anew. Answers the number of octets. */
  send(sink: Sink): number {
    const bytes = this.length;
    this.length = 0;
    if (bytes === 0 || sink.destroyed) return bytes;
    sink.write(this.#memory.subarray(0, bytes));
    if (sink.writableLength > 0) this.#memory = Buffer.allocUnsafeSlow(this.#memory.length);
    return bytes;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 * (this.#memory.length + bytes));
    this.#memory.copy(larger, 0, 0, this.length);
    this.#memory = larger;
  }
}
