/**
 * No file reaches itself by its imports; types count, since a reader walks the circle all the same.
 */
import type { Project, Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';

export const noCircles: Rule = {
  name: 'no-circles',
  sentence: 'No import circle, types included.',
  check(project) {
    return findCircles(project);
  },
  canaries: [
    {
      shows: 'three files in a circle, one link a type',
      breach: {
        'base/a.ts': "import { b } from './b.ts';\n",
        'base/b.ts': "\nimport type { C } from './c.ts';\n",
        'base/c.ts': "export * from './a.ts';\n",
      },
      at: ['base/c.ts:1'],
      sound: {
        'base/a.ts': "import { b } from './b.ts';\nimport { c } from './c.ts';\n",
        'base/b.ts': "import { c } from './c.ts';\n",
        'base/c.ts': "export const main = new URL('./a.ts', import.meta.url);\n",
      },
    },
  ],
};

/** Depth first; each link that closes a circle is one breach. */
function findCircles(project: Project): Breach[] {
  const sources = new Map(project.sources.map((source) => [source.path, source]));
  const done = new Set<string>();
  const breaches: Breach[] = [];
  const visit = (source: Source, way: readonly string[]): void => {
    const below = [...way, source.path];
    for (const { target, line, how } of source.imports) {
      const next = target === undefined || how === 'url' ? undefined : sources.get(target);
      if (next === undefined || done.has(next.path)) continue;
      const start = below.indexOf(next.path);
      if (start < 0) {
        visit(next, below);
        continue;
      }
      breaches.push({
        path: source.path,
        line,
        is: `closes the circle ${[...below.slice(start), next.path].join(' → ')}`,
        should: 'move what both need into a file that imports neither',
      });
    }
    done.add(source.path);
  };
  for (const source of project.sources) if (!done.has(source.path)) visit(source, []);
  return breaches;
}
