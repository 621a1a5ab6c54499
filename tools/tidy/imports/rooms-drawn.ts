/**
 * ARCHITECTURE.md shows the ways between rooms that the checks keep, not one that somebody remembers.
 */
import { drawRooms, roomsBegin, roomsEnd } from '../map.ts';
import type { Rule } from '../rule.ts';

const file = 'ARCHITECTURE.md';

export const roomsDrawn: Rule = {
  name: 'rooms-drawn',
  sentence: 'ARCHITECTURE.md holds the ways between rooms of tools/tidy/map.ts, as `npm run docs` writes it.',
  check(project) {
    const text = project.files.get(file);
    if (text === undefined || text === withRooms(text)) return [];
    const begin = text.indexOf(roomsBegin);
    return [
      {
        path: file,
        line: begin < 0 ? 1 : text.slice(0, begin).split('\n').length,
        is:
          begin < 0
            ? 'has no place for the ways between rooms'
            : 'shows other ways between rooms than tools/tidy/map.ts',
        should: begin < 0 ? `hold the lines ${roomsBegin} and ${roomsEnd}` : 'run npm run docs',
      },
    ];
  },
  canaries: [
    {
      shows: 'an old table',
      breach: { [file]: `# Map\n\n${roomsBegin}\n\nbase imports everything\n\n${roomsEnd}\n` },
      at: [`${file}:3`],
      sound: { [file]: `# Map\n\n${roomsBegin}\n\n${drawRooms()}\n\n${roomsEnd}\n` },
    },
    { shows: 'no table', breach: { [file]: '# Map\n' }, at: [`${file}:1`], sound: {} },
  ],
};

/** The text with the table of today between its markers; undefined when it has no markers. */
export function withRooms(text: string): string | undefined {
  const begin = text.indexOf(roomsBegin);
  const end = text.indexOf(roomsEnd);
  if (begin < 0 || end < begin) return undefined;
  return `${text.slice(0, begin)}${roomsBegin}\n\n${drawRooms()}\n\n${text.slice(end)}`;
}
