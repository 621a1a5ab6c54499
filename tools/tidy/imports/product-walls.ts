/**
 * Who may import whom, between products.
 */
import { isFixture, layerOf, placeOf, type Project, type Source } from '../project.ts';
import { layers, testsImport } from '../map.ts';
import type { Breach, Rule } from '../rule.ts';

export const productWalls: Rule = {
  name: 'product-walls',
  sentence: 'A product imports only the products that the map allows; nothing shipped imports testkit.',
  check(project) {
    return [...project.sources.flatMap(checkSource), ...checkManifests(project)];
  },
  canaries: [
    {
      shows: 'base imports protocol',
      breach: { 'base/id.ts': "import { version } from '@palier/protocol';\n" },
      at: ['base/id.ts:1'],
      sound: { 'protocol/id.ts': "import { systemClock } from '@palier/base/clock';\n" },
    },
    {
      shows: 'kit, load and control import each other, be it a type or a file to start a process from',
      breach: {
        'kit/cache/index.ts': "import type { Verdict } from '@palier/load/judge';\n",
        'load/plan/index.ts': "const run = () => import('@palier/control/driver');\n",
        'control/driver/index.ts': "\nexport const file = new URL('../../load/judge/index.ts', import.meta.url);\n",
      },
      at: ['kit/cache/index.ts:1', 'load/plan/index.ts:1', 'control/driver/index.ts:2'],
      sound: {
        'cli/up.ts': "import { drive } from '@palier/control/driver';\nimport { judge } from '@palier/load/judge';\n",
        'control/driver/index.ts': "export const file = new URL('./main.ts', import.meta.url);\n",
      },
    },
    {
      shows: 'shipped code imports testkit',
      breach: { 'load/judge/judge.ts': "import { fakeClock } from '@palier/testkit/clock';\n" },
      at: ['load/judge/judge.ts:1'],
      sound: {
        'load/judge/judge.test.ts':
          "import { fakeClock } from '@palier/testkit/clock';\nconst config = new URL('../../apps/velo/palier.config.ts', import.meta.url);\n",
      },
    },
    {
      shows: 'an app looks behind the kit, and at another app',
      breach: {
        'apps/velo/coach.ts':
          "import { judge } from '@palier/load/judge';\nimport { x } from '../releases/wizard.ts';\n",
      },
      at: ['apps/velo/coach.ts:1', 'apps/velo/coach.ts:2'],
      sound: {
        'apps/velo/coach.ts': "import { cache } from '@palier/kit/cache';\nimport { defineSystem } from 'palier';\n",
      },
    },
    {
      shows: 'a package.json depends on what its code may not import',
      breach: {
        'kit/package.json': '{\n"name": "@palier/kit",\n"dependencies": {\n"@palier/control": "0.1.0"\n}\n}',
      },
      at: ['kit/package.json:4'],
      sound: {
        'kit/package.json': '{\n"name": "@palier/kit",\n"dependencies": {\n"@palier/base": "0.1.0"\n}\n}',
      },
    },
    {
      shows: 'a top-level folder that the map does not know',
      breach: { 'extras/thing.ts': '' },
      at: ['extras/thing.ts:1'],
      sound: { 'tools/thing.ts': '', 'vitest.config.ts': '' },
    },
  ],
};

function checkSource(source: Source): Breach[] {
  const own = source.place.product;
  if (source.place.layer === undefined) return [];
  const layer = layerOf(source);
  if (layer === undefined) {
    return [
      {
        path: source.path,
        line: 1,
        is: `${source.place.layer}/ stands on no map`,
        should: 'put the file into one of the layers of tools/tidy/map.ts',
      },
    ];
  }
  const allowed = source.kind === 'test' ? [...layer.imports, ...testsImport] : layer.imports;
  return source.imports
    .filter((to) => to.product !== undefined && to.product !== own && !isFixture(source, to))
    .filter(({ product }) => !allowed.includes(layerName(product as string)))
    .map(({ line, specifier, product }) => ({
      path: source.path,
      line,
      is: `${own} imports ${product} (${specifier})`,
      should: shouldImport(own as string, allowed),
    }));
}

function checkManifests(project: Project): Breach[] {
  return project.manifests.flatMap((manifest) => {
    const layer = layers[layerName(manifest.folder)];
    if (layer === undefined) return [];
    const check = (names: readonly string[], allowed: readonly string[]): Breach[] =>
      names.flatMap((name) => {
        const folder = project.manifests.find((other) => other.name === name)?.folder;
        if (folder === undefined || allowed.includes(layerName(folder))) return [];
        return [
          {
            path: manifest.path,
            line: manifest.text.split('\n').findIndex((line) => line.includes(`"${name}"`)) + 1,
            is: `${manifest.folder} depends on ${folder}`,
            should: shouldImport(manifest.folder, allowed),
          },
        ];
      });
    return [
      ...check(Object.keys(manifest.dependencies), layer.imports),
      ...check(Object.keys(manifest.devDependencies), [...layer.imports, ...testsImport]),
    ];
  });
}

function layerName(product: string): string {
  return placeOf(`${product}/x`).layer as string;
}

function shouldImport(product: string, allowed: readonly string[]): string {
  return allowed.length === 0
    ? `${product} imports nothing of ours`
    : `${product} may import ${allowed.join(', ')}; what products say to each other stands in protocol`;
}
