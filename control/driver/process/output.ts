/** The last lines of a replica's output, bounded in lines and in bytes; the oldest go first. */

export interface OutputTail {
  push(lines: readonly string[]): void;
  /** The last `count` lines, oldest first. */
  last(count: number): readonly string[];
  clear(): void;
}

export function outputTail(maxLines: number, maxBytes: number): OutputTail {
  let lines: string[] = [];
  let bytes = 0;
  return {
    push(more) {
      for (const line of more) {
        lines.push(line);
        bytes += line.length + 1;
      }
      let drop = Math.max(0, lines.length - maxLines);
      for (let index = 0; index < drop; index++) bytes -= (lines[index]?.length ?? 0) + 1;
      while (bytes > maxBytes && drop < lines.length) bytes -= (lines[drop++]?.length ?? 0) + 1;
      if (drop > 0) lines = lines.slice(drop);
    },
    last: (count) => lines.slice(Math.max(0, lines.length - count)),
    clear() {
      lines = [];
      bytes = 0;
    },
  };
}

/** The last lines as they stand at the end of an error; empty without output. */
export function outputText(lines: readonly string[]): string {
  return lines.length === 0
    ? '\nIt wrote nothing.'
    : `\nIts last lines:\n${lines.map((line) => `  | ${line}`).join('\n')}`;
}
