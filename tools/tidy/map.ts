/**
 * The map of the repository: who may import whom. The one table of the walls; ARCHITECTURE.md shows what `drawRooms()`
 * makes of it.
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
  load: {
    imports: ['base', 'protocol'],
    shipped: true,
    rooms: {
      open: [],
      ways: [
        { from: 'capacity', to: 'judge', reason: 'a probe is judged as a run is' },
        { from: 'bottleneck', to: 'judge', reason: "a change is judged with the judge's statistics" },
        { from: 'compare', to: 'judge', reason: "two runs are compared with the judge's statistics" },
      ],
    },
  },
  control: {
    imports: ['base', 'protocol'],
    shipped: true,
    rooms: {
      open: [],
      ways: [
        { from: 'system', to: 'driver', reason: 'a running system is put together there' },
        { from: 'system', to: 'balancer', reason: 'a running system is put together there' },
        { from: 'system', to: 'sample', reason: 'a running system is put together there' },
      ],
    },
  },
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

export const roomsBegin = '<!-- rooms:begin -->';
export const roomsEnd = '<!-- rooms:end -->';

/** The ways between rooms as Markdown, without the markers; laid out as Biome does. */
export function drawRooms(): string {
  const rows = [['room', 'may import', 'because']];
  for (const [name, { rooms }] of Object.entries(layers)) {
    for (const open of rooms?.open ?? [])
      rows.push([`every room of \`${name}/\``, `\`${name}/${open}\``, 'it is open']);
    for (const { from, to, reason } of rooms?.ways ?? []) {
      rows.push([`\`${name}/${from}\``, `\`${name}/${to}\``, reason]);
    }
  }
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  const lines = rows.map(
    (row) => `| ${row.map((text, column) => text.padEnd(widths[column] as number)).join(' | ')} |`,
  );
  return [lines[0], `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...lines.slice(1)].join('\n');
}
