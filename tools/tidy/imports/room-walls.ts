/**
 * Inside a product, a room is on its own: it imports its own files, what stands at the root of its product, and what the map opens.
 */
import { posix } from 'node:path';
import { layers } from '../map.ts';
import { layerOf, placeOf, type Import, type Project, type Source } from '../project.ts';
import type { Breach, Rule } from '../rule.ts';

export const roomWalls: Rule = {
  name: 'room-walls',
  sentence:
    'A room imports its own files, base and protocol; another room only where the map has a way, and by its index.ts.',
  check(project) {
    return [
      ...project.sources.flatMap((source) => source.imports.flatMap((to) => checkImport(source, to))),
      ...findUnusedWays(project),
    ];
  },
  canaries: [
    {
      shows: 'a room imports another room, be it a type',
      breach: { 'control/driver/a.ts': "import type { X } from '../balancer/index.ts';\n" },
      at: ['control/driver/a.ts:1'],
      sound: { 'control/driver/a.ts': "import { X } from './x.ts';\nimport { error } from '../errors.ts';\n" },
    },
    {
      shows: 'a room imports another room of its product by the package name',
      breach: { 'load/plan/a.ts': "import { X } from '@palier/load/judge';\n" },
      at: ['load/plan/a.ts:1'],
      sound: { 'load/plan/a.ts': "import { clock } from '@palier/base/clock';\n" },
    },
    {
      shows: 'an open room is entered through the window',
      breach: { 'kit/cache/a.ts': "import { X } from '../state/kv-redis.ts';\n" },
      at: ['kit/cache/a.ts:1'],
      sound: { 'kit/cache/a.ts': "import { X } from '../state/index.ts';\n" },
    },
    {
      shows: 'a way in the map that nobody takes',
      breach: { 'control/system/index.ts': '', 'control/driver/index.ts': '' },
      at: ['tools/tidy/map.ts:1'],
      sound: {
        'control/system/index.ts': "import { drive } from '../driver/index.ts';\n",
        'control/driver/index.ts': '',
      },
    },
    {
      shows: 'a file at the root of a product ties rooms together',
      breach: { 'control/all.ts': "export * from './driver/index.ts';\n" },
      at: ['control/all.ts:1'],
      sound: {
        'control/all.ts': "export * from './errors.ts';\n",
        'cli/all.ts': "export * from './render/index.ts';\n",
      },
    },
  ],
};

function checkImport(source: Source, to: Import): Breach[] {
  const rooms = layerOf(source)?.rooms;
  if (rooms === undefined || to.target === undefined || to.product !== source.place.product) return [];
  const from = source.place.room;
  const room = placeOf(to.target).room;
  if (room === undefined || room === from) return [];
  const breach = (is: string, should: string): Breach[] => [{ path: source.path, line: to.line, is, should }];
  const open =
    source.kind === 'test' ||
    (from !== undefined &&
      (rooms.open.includes(room) || rooms.ways.some((way) => way.from === from && way.to === room)));
  if (!open) {
    return breach(
      from === undefined ? `the root of ${source.place.product} imports its room ${room}` : `${from} imports ${room}`,
      from === undefined
        ? 'only cli composes rooms'
        : 'take what is needed as an argument, put the shared word into base or protocol, or give the map a way with its reason',
    );
  }
  if (posix.basename(to.target) !== 'index.ts') {
    return breach(`enters ${room} by ${to.specifier}`, `go through its door, ${room}/index.ts`);
  }
  return [];
}

/** Ways between rooms that exist and do not import each other. */
function findUnusedWays(project: Project): Breach[] {
  const has = (room: string): boolean => project.files.has(`${room}/index.ts`);
  return Object.entries(layers).flatMap(([product, { rooms }]) =>
    (rooms?.ways ?? [])
      .map(({ from, to }) => ({ from: `${product}/${from}`, to: `${product}/${to}` }))
      .filter(({ from, to }) => has(from) && has(to) && !project.sources.some((source) => takes(source, from, to)))
      .map(({ from, to }) => ({
        path: 'tools/tidy/map.ts',
        line: 1,
        is: `the way from ${from} to ${to} is open and nobody takes it`,
        should: 'close it',
      })),
  );
}

function takes({ path, kind, imports }: Source, from: string, to: string): boolean {
  return (
    kind !== 'test' &&
    path.startsWith(`${from}/`) &&
    imports.some(({ target }) => target?.startsWith(`${to}/`) === true)
  );
}
