/**
 * Between products there are only public doors: what the other package.json lists under `exports`.
 */
import { posix } from 'node:path';
import type { Breach, Rule } from '../rule.ts';
import { type Manifest, type Project, type Source, isFixture } from '../project.ts';

export const publicDoors: Rule = {
  name: 'public-doors',
  sentence: 'Another product is imported by its package name and a listed door; each door has its three forms.',
  check(project) {
    return [
      ...project.sources.flatMap((source) => checkSource(source, project)),
      ...project.manifests.flatMap((manifest) => checkManifest(manifest)),
    ];
  },
  canaries: [
    {
      shows: 'a relative path into another product, also as the file of a process',
      breach: {
        'cli/up.ts':
          "import { drive } from '../control/driver/index.ts';\nconst main = new URL('../load/judge/main.ts', import.meta.url);\nconst other = entryPath(import.meta.url, '../load/judge/main');\n",
      },
      at: ['cli/up.ts:1', 'cli/up.ts:2', 'cli/up.ts:3'],
      sound: {
        'cli/up.ts': "import { drive } from '@palier/control/driver';\nimport { x } from './render/x.ts';\n",
        'cli/up.test.ts': "const config = new URL('../apps/velo/palier.config.ts', import.meta.url);\n",
      },
    },
    {
      shows: 'a path that the other package.json does not list',
      breach: { 'cli/up.ts': "import { plan } from '@palier/control/driver/plan.ts';\n" },
      at: ['cli/up.ts:1'],
      sound: { 'cli/up.ts': "import { plan } from '@palier/control/driver';\n" },
    },
    {
      shows: 'a door whose source, types and published file disagree',
      breach: {
        'kit/package.json':
          '{"name": "@palier/kit", "exports": {\n"./cache": {"palier-source": "./cache/index.ts", "types": "./dist/index.d.ts", "default": "./dist/cache/index.js"}}}',
      },
      at: ['kit/package.json:2'],
      sound: {
        'kit/package.json':
          '{"name": "@palier/kit", "exports": {"./cache": {"palier-source": "./cache/index.ts", "types": "./dist/cache/index.d.ts", "default": "./dist/cache/index.js"}}}',
      },
    },
  ],
};

function checkSource(source: Source, project: Project): Breach[] {
  const breaches: Breach[] = [];
  for (const to of source.imports) {
    const { specifier, product, target, line, how } = to;
    if (product === undefined || product === source.place.product || isFixture(source, to)) continue;
    const manifest = project.manifests.find(({ folder }) => folder === product);
    if (manifest === undefined) continue;
    const doors = Object.keys(manifest.exports).map((door) => posix.join(manifest.name, door));
    if (specifier.startsWith('.')) {
      breaches.push({
        path: source.path,
        line,
        is: `${how === 'url' ? 'names a file' : 'imports'} by a path into another product (${specifier})`,
        should: `go through a door of ${manifest.name}: ${doors.join(', ') || 'it has none yet'}`,
      });
    } else if (target === undefined) {
      breaches.push({
        path: source.path,
        line,
        is: `${specifier} is no door of ${manifest.name}`,
        should: `take one of ${doors.join(', ') || '(none yet)'} or list it in ${manifest.path}`,
      });
    }
  }
  return breaches;
}

function checkManifest(manifest: Manifest): Breach[] {
  return Object.entries(manifest.exports).flatMap(([door, forms]) => {
    const source = forms['palier-source'];
    const stem = source?.match(/^\.\/(.*)\.ts$/)?.[1];
    if (stem !== undefined && forms['types'] === `./dist/${stem}.d.ts` && forms['default'] === `./dist/${stem}.js`) {
      return [];
    }
    return [
      {
        path: manifest.path,
        line: manifest.text.split('\n').findIndex((line) => line.includes(`"${door}"`)) + 1,
        is: `the door ${door} leads to ${JSON.stringify(forms)}`,
        should: 'palier-source "./X.ts", types "./dist/X.d.ts", default "./dist/X.js", with one X',
      },
    ];
  });
}
