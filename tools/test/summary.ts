/**
 * The end of the output: what was left out, what passed only when tried again, and last each failure with its error. Whoever sees no
 * more than the last screen of a log sees what failed.
 */
import { stripVTControlCharacters } from 'node:util';
import type { Failure, Outcome } from './part.ts';

/** The failures, whatever they say, and the lines below them fit into a screen. */
const maxFailureLines = 36;
const maxFailures = 12;
/** Its name and two lines of what it says. */
const minLinesEach = 3;
const maxChars = 240;

/** Without a last line break. Empty when there is nothing to say. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const leftOut = outcomes.flatMap((outcome) => outcome.leftOut);
  const retried = outcomes.flatMap((outcome) => outcome.retried);
  const failures = outcomes.flatMap((outcome) => outcome.failures);
  return [
    list('left out:', leftOut),
    list('passed only when tried again:', retried),
    failures.length === 0 ? '' : `failed:\n${failureLines(failures).join('\n')}`,
  ]
    .filter((part) => part !== '')
    .join('\n');
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

function failureLines(failures: readonly Failure[]): readonly string[] {
  const shown = failures.slice(0, maxFailures);
  const each = Math.max(minLinesEach, Math.floor(maxFailureLines / shown.length));
  const lines = shown.flatMap(({ what, error }) => [
    `  ${cut(what)}`,
    ...shortened(error, each - 1).map((line) => `      ${line}`),
  ]);
  const more = failures.length - shown.length;
  return more > 0 ? [...lines, `  and ${more} more, above`] : lines;
}

/** Its beginning, where the error stands, and its end, where the last lines of a child process stand. */
function shortened(text: string, most: number): readonly string[] {
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(cut);
  if (lines.length <= most) return lines;
  const head = Math.ceil((most - 1) / 2);
  const tail = most - 1 - head;
  return [...lines.slice(0, head), '…', ...(tail > 0 ? lines.slice(-tail) : [])];
}

function cut(line: string): string {
  return line.length <= maxChars ? line : `${line.slice(0, maxChars - 1)}…`;
}
