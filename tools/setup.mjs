// Brings the development set-up: the packages of the lock file, Node 24 among them. Plain JavaScript for Node 20 or newer, since it runs
// before there is anything else. Does nothing when all is in place.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, 'node_modules', '.palier-setup');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  console.log('set-up: npm install (the packages of package-lock.json, Node 24 among them) …');
  const { NODE_OPTIONS: _, ...env } = process.env;
  // Not `npm ci`: it refuses a lock file that was made where the optional packages of other platforms could not be had.
  const result = spawnSync('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    env,
  });
  if (result.status !== 0) {
    console.error(
      'set-up: npm install failed; the packages must be installed before anything runs. Mend what npm says above and try again.',
    );
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
}
