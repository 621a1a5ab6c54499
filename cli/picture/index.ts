/**
 * Shows a run while it happens: a picture that redraws itself on a terminal, plain lines anywhere else.
 */
import { styleText } from 'node:util';
import { modelWords } from '../model-words.ts';
import { eventText, lineEverySeconds, progressLine } from './lines.ts';
import { type Paint, renderPicture } from './render.ts';
import { emptyPicture, nextPicture, type Picture, type PictureFact } from './state.ts';
import type { Service } from '@palier/protocol';

export { type Paint, type Style } from './render.ts';
export { type PictureFact } from './state.ts';
export * from './text.ts';

/** What the picture needs of `process.stdout`. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface Show {
  tell(fact: PictureFact): void;
  /** Writes lines that stay, above the picture. */
  print(...lines: string[]): void;
  /** Removes the picture. */
  end(): void;
}

/** Colours on a terminal that wants them (NO_COLOR and FORCE_COLOR are heeded by `styleText`), none elsewhere. */
export function paintFor(screen: Screen): Paint {
  return (style, text) => (screen.isTTY ? styleText(style, text) : text);
}

export function startShow(system: string, services: readonly Service[], screen: Screen): Show {
  let picture = emptyPicture(system, services);
  const onTerminal = screen.isTTY === true;
  const paint = paintFor(screen);
  let drawn = 0;

  const erase = (): void => {
    if (drawn === 0) return;
    screen.write(`${up(drawn)}\x1b[J`);
    drawn = 0;
  };
  const draw = (): void => {
    if (!onTerminal) return;
    // A picture taller than the window could not be drawn over again: what scrolled away stays.
    const lines = renderPicture(picture, (screen.columns ?? 80) - 1, paint).slice(
      0,
      Math.max(1, (screen.rows ?? 24) - 1),
    );
    // Each line is written over and its rest cleared, what is left below at the end: cleared first, terminals keep it in their scrollback.
    screen.write(`${up(drawn)}${lines.map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
    drawn = lines.length;
  };
  const print = (...lines: string[]): void => {
    erase();
    for (const line of lines) screen.write(`${line}\n`);
    draw();
  };

  return {
    tell(fact) {
      picture = nextPicture(picture, fact);
      // Under load each second comes as two facts; one drawing shows both.
      const drawnSoon = fact.kind === 'sample' && picture.step === 'loading';
      if (onTerminal && !drawnSoon) draw();
      if (!onTerminal) for (const line of plain(picture, fact)) screen.write(`${line}\n`);
    },
    print,
    end: erase,
  };
}

/** ECMA-48: cursor up, to the beginning of the line. */
function up(lines: number): string {
  return lines === 0 ? '' : `\x1b[${lines}F`;
}

function plain(picture: Picture, fact: PictureFact): string[] {
  if (fact.kind === 'note' || fact.kind === 'up' || fact.kind === 'finishing') return [fact.note];
  if (fact.kind === 'event') return eventText(fact.event);
  if (fact.kind === 'scenario') {
    const place = fact.place === '' ? '' : ` (${fact.place})`;
    return [`scenario ${fact.scenario.name}${place}, ${modelWords(fact.scenario)}`];
  }
  if (fact.kind !== 'second') return [];
  const totalMs = picture.phases.at(-1)?.endMs ?? 0;
  return Math.round(picture.atMs / 1000) % lineEverySeconds(totalMs) === 0 ? [progressLine(picture)] : [];
}
