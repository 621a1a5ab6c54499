/**
 * Cuts a stream of bytes into lines: each at most `maxBytes` long (the rest of a longer line is left out and said), an unfinished last
 * line given at the end.
 */
import { StringDecoder } from 'node:string_decoder';

export interface LineCutter {
  /** The lines that this piece completed. */
  push(piece: Buffer): string[];
  /** What stood after the last line break. */
  end(): string[];
}

export function cutLines(maxBytes: number): LineCutter {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let skipped = 0;
  const finish = (line: string): string => {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line;
    const whole = skipped === 0 ? text : `${text} … (${skipped} more characters)`;
    skipped = 0;
    return whole;
  };
  return {
    push(piece) {
      const parts = decoder.write(piece).split('\n');
      const lines: string[] = [];
      for (const [index, part] of parts.entries()) {
        const room = Math.max(0, maxBytes - rest.length);
        rest += part.slice(0, room);
        skipped += Math.max(0, part.length - room);
        if (index === parts.length - 1) break;
        lines.push(finish(rest));
        rest = '';
      }
      return lines;
    },
    end() {
      rest += decoder.end();
      return rest === '' ? [] : [finish(rest)];
    },
  };
}
