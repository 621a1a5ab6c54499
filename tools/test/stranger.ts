/**
 * The published form in a stranger's hands: each package packed, installed into an empty folder, every door opened.
 */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { countAsOne, type Outcome, type Part, runProgram } from './part.ts';
import { type Published, publishedPackages } from './published.ts';

export const strangerPart: Part = {
  name: 'stranger',
  proves: 'installed from its packages, each door opens and keeps no process alive',
  after: ['build'],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'palier-stranger-'));
    try {
      return await openDoors(folder, publishedPackages());
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

async function openDoors(folder: string, packages: readonly Published[]): Promise<Outcome> {
  const workspaces = packages.flatMap((one) => ['-w', one.folder]);
  const packed = await runProgram(['npm', 'pack', ...workspaces, '--pack-destination', folder], { live: false });
  if (packed.status !== 0) return countAsOne('stranger', packed.output);
  const archives = readdirSync(folder).map((name) => `./${name}`);
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  // A stranger's npm has none of our conditions.
  const theirs = { live: false, folder, env: { NODE_OPTIONS: '', npm_config_node_options: '' } };
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const installed = await runProgram(['npm', 'install', ...quiet, ...archives], theirs);
  if (installed.status !== 0) return countAsOne('stranger', installed.output);
  const doors = packages.flatMap(({ name, exports }) => Object.keys(exports).map((door) => posix.join(name, door)));
  writeFileSync(join(folder, 'doors.js'), doors.map((door) => `await import(${JSON.stringify(door)});\n`).join(''));
  const { status, output } = await runProgram(['node', 'doors.js'], { ...theirs, longestMs: 30_000 });
  return countAsOne('stranger', status === 0 ? '' : output);
}
