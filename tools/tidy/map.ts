/**
 * The map of the repository: who may import whom. The one table of the walls; ARCHITECTURE.md shows what `drawMap()` makes of it.
 */

export interface Layer {
  /** The layers whose public doors it may import. */
  readonly imports: readonly string[];
  /** Whether strangers get it: shipped code is held to more rules. */
  readonly shipped: boolean;
  /** Whether its folders are rooms, each with a door, walled off from the others. */
  readonly rooms?: {
    /** Rooms that every other room of the layer may import. */
    readonly open: readonly string[];
    /** Single ways through a wall, each with its reason. */
    readonly ways: readonly { readonly from: string; readonly to: string; readonly reason: string }[];
  };
}

/** By first folder of the path. `apps` is one layer of several products: no app imports another. */
export const layers: Readonly<Record<string, Layer>> = {
  base: { imports: [], shipped: true },
  protocol: { imports: ['base'], shipped: true },
  kit: {
    imports: ['base', 'protocol'],
    shipped: true,
    rooms: { open: ['state', 'meter'], ways: [] },
  },
  load: { imports: ['base', 'protocol'], shipped: true, rooms: { open: [], ways: [] } },
  control: { imports: ['base', 'protocol'], shipped: true, rooms: { open: [], ways: [] } },
  cli: { imports: ['base', 'protocol', 'kit', 'load', 'control'], shipped: true },
  console: { imports: ['base', 'protocol'], shipped: true },
  // As a stranger would: base is published, and its words (a Clock, a Random) stand in the kit's signatures.
  apps: { imports: ['base', 'kit', 'cli'], shipped: true },
  testkit: { imports: ['base', 'protocol'], shipped: false },
  tools: { imports: ['base', 'protocol', 'kit', 'load', 'control', 'cli', 'testkit'], shipped: false },
  bench: { imports: ['base', 'protocol', 'kit', 'load', 'control', 'cli', 'testkit'], shipped: false },
  docs: { imports: ['base', 'kit', 'cli'], shipped: false },
};

/** What a test may import beyond what its product may. */
export const testsImport: readonly string[] = ['testkit'];

/** A driver's library → how the names of the files that may import it end. */
export const driverLibraries: Readonly<Record<string, readonly string[]>> = {
  redis: ['-redis'],
  mysql2: ['-mysql2', '-mariadb'],
  pg: ['-pg', '-postgres'],
};

export const mapBegin = '<!-- map: written by `npm run docs` from tools/tidy/map.ts -->';
export const mapEnd = '<!-- /map -->';

/** The map as Markdown, without the markers. */
export function drawMap(): string {
  const lines = ['```mermaid', 'graph TD'];
  for (const [name, layer] of Object.entries(layers)) {
    if (!layer.shipped) continue;
    for (const target of direct(layer.imports)) lines.push(`  ${name} --> ${target}`);
  }
  lines.push('```', '', '| layer | may import (public doors only) | its rooms may import |', '| --- | --- | --- |');
  for (const [name, layer] of Object.entries(layers)) {
    lines.push(`| \`${name}/\` | ${list(layer.imports)} | ${layer.rooms ? roomText(layer.rooms) : '–'} |`);
  }
  lines.push('', `A test may also import ${list(testsImport)}.`);
  return lines.join('\n');
}

/** Without what is reached through another of the list: fewer arrows, the same meaning. */
function direct(names: readonly string[]): readonly string[] {
  return names.filter((name) => !names.some((other) => layers[other]?.imports.includes(name)));
}

function roomText(rooms: NonNullable<Layer['rooms']>): string {
  const parts = ['their own files'];
  if (rooms.open.length > 0) parts.push(`every room: ${list(rooms.open)}`);
  for (const way of rooms.ways) parts.push(`\`${way.from}\` → \`${way.to}\` (${way.reason})`);
  return parts.join('; ');
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'nothing of ours' : names.map((name) => `\`${name}\``).join(', ');
}
