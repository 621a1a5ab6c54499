/**
 * A folder is taken in at a glance.
 */
import { posix } from 'node:path';
import type { Rule } from '../rule.ts';

const maxFiles = 12;

export const folderSize: Rule = {
  name: 'folder-size',
  sentence: `At most ${maxFiles} source files a folder (tests and cli/ not counted).`,
  check(project) {
    const folders = new Map<string, number>();
    for (const { path, kind, place } of project.sources) {
      if (kind === 'test' || place.layer === 'cli') continue;
      const folder = posix.dirname(path);
      folders.set(folder, (folders.get(folder) ?? 0) + 1);
    }
    return [...folders]
      .filter(([, count]) => count > maxFiles)
      .map(([folder, count]) => ({
        path: folder,
        line: 1,
        is: `${count} source files`,
        should: `at most ${maxFiles}: part it by noun`,
      }));
  },
  canaries: [
    {
      shows: 'thirteen files',
      breach: files('load/plan', 13, '.ts'),
      at: ['load/plan:1'],
      sound: { ...files('load/plan', 12, '.ts'), ...files('load/plan', 13, '.test.ts'), ...files('cli', 13, '.ts') },
    },
  ],
};

function files(folder: string, count: number, suffix: string): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`${folder}/f${index}${suffix}`, '']));
}
