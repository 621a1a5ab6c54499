/**
 * ARCHITECTURE.md shows the map that the checks keep, not one that somebody remembers.
 */
import { drawMap, mapBegin, mapEnd } from '../map.ts';
import type { Rule } from '../rule.ts';

const file = 'ARCHITECTURE.md';

export const mapDrawn: Rule = {
  name: 'map-drawn',
  sentence: 'ARCHITECTURE.md holds the map of tools/tidy/map.ts, as `npm run docs` writes it.',
  check(project) {
    const text = project.files.get(file);
    if (text === undefined || text === withMap(text)) return [];
    const begin = text.indexOf(mapBegin);
    return [
      {
        path: file,
        line: begin < 0 ? 1 : text.slice(0, begin).split('\n').length,
        is: begin < 0 ? 'has no place for the map' : 'shows another map than tools/tidy/map.ts',
        should: begin < 0 ? `hold the lines ${mapBegin} and ${mapEnd}` : 'run npm run docs',
      },
    ];
  },
  canaries: [
    {
      shows: 'an old map',
      breach: { [file]: `# Map\n\n${mapBegin}\n\nbase imports everything\n\n${mapEnd}\n` },
      at: [`${file}:3`],
      sound: { [file]: `# Map\n\n${mapBegin}\n\n${drawMap()}\n\n${mapEnd}\n` },
    },
    { shows: 'no map', breach: { [file]: '# Map\n' }, at: [`${file}:1`], sound: {} },
  ],
};

/** The text with the map of today between its markers; undefined when it has no markers. */
export function withMap(text: string): string | undefined {
  const begin = text.indexOf(mapBegin);
  const end = text.indexOf(mapEnd);
  if (begin < 0 || end < begin) return undefined;
  return `${text.slice(0, begin)}${mapBegin}\n\n${drawMap()}\n\n${text.slice(end)}`;
}
