/**
 * The lines of a child's output, and waiting for one of them.
 */

const maxLines = 10_000;

export class Output {
  readonly lines: string[] = [];
  readonly #command: string;
  readonly #waiting = new Set<{ hear(line: string): void; fail(why: string): void }>();
  /** Why no further line comes, once that is so. */
  #over: string | undefined;

  constructor(command: string) {
    this.#command = command;
  }

  add(line: string): void {
    this.lines.push(line);
    if (this.lines.length > maxLines) this.lines.shift();
    for (const one of this.#waiting) one.hear(line);
  }

  end(why: string): void {
    this.#over = why;
    for (const one of this.#waiting) one.fail(why);
  }

  /** The next (or an earlier) line that matches. Rejects when the output ends first or after `withinMs`. */
  line(pattern: RegExp, withinMs: number): Promise<string> {
    const earlier = this.lines.find((one) => pattern.test(one));
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(one);
      };
      const one = {
        hear(line: string): void {
          if (!pattern.test(line)) return;
          done();
          resolve(line);
        },
        fail: (why: string): void => {
          done();
          const last = this.lines.slice(-20).join('\n');
          reject(new Error(`${this.#command}: ${why} before a line matched ${pattern}\n${last}`));
        },
      };
      const timer = setTimeout(() => one.fail(`${withinMs} ms passed`), withinMs);
      this.#waiting.add(one);
      if (this.#over !== undefined) one.fail(this.#over);
    });
  }
}
