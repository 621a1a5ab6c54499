// Installs the packages of a lock file when they are not yet there. Plain JavaScript for Node 20 or newer, since it runs before there is
// anything else.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the repository lies. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * Does nothing when the packages of `folder`/package-lock.json have been installed and `program` is among them; says in one line what it
 * does otherwise, and ends the process with status 1 when it cannot.
 */
export function installPackages(folder, says, program) {
  const stamp = join(folder, 'node_modules', '.palier-setup');
  const wanted = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  const isThere = existsSync(join(folder, 'node_modules', '.bin', program));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  console.log(`set-up: npm install (${says}) …`);
  const { NODE_OPTIONS: _, ...env } = process.env;
  // Not `npm ci`: it refuses a lock file that was made where the optional packages of other platforms could not be had.
  const result = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
    env,
  });
  if (result.status !== 0 || !existsSync(join(folder, 'node_modules', '.bin', program))) {
    console.error(
      `set-up: npm install ${result.status === 0 ? `brought no ${program}` : 'failed'}; the packages must be installed before anything runs. ` +
        'Mend what npm says above and try again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
