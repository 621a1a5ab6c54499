/**
 * A room has a door and a page that says what it promises.
 */
import type { Rule } from '../rule.ts';

const needed = ['index.ts', 'README.md'];

export const rooms: Rule = {
  name: 'rooms',
  sentence: 'Each room of kit, load and control has an index.ts (its door) and a README.md (its page).',
  check(project) {
    const found = new Set(
      project.sources.flatMap(({ place }) => (place.room === undefined ? [] : [`${place.product}/${place.room}`])),
    );
    return [...found].flatMap((room) =>
      needed
        .filter((file) => !project.files.has(`${room}/${file}`))
        .map((file) => ({ path: `${room}/${file}`, line: 1, is: 'is not there', should: `each room has ${file}` })),
    );
  },
  canaries: [
    {
      shows: 'a room without a page, one without a door',
      breach: { 'kit/cache/index.ts': '', 'load/plan/plan.ts': '', 'load/plan/README.md': '' },
      at: ['kit/cache/README.md:1', 'load/plan/index.ts:1'],
      sound: { 'kit/cache/index.ts': '', 'kit/cache/README.md': '', 'kit/errors.ts': '', 'cli/render/a.ts': '' },
    },
  ],
};
