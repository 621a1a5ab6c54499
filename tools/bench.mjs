// `npm run bench -- NAME [--quick] [--json FILE] [--check]`: installs what the benches need besides the repository's own packages, and
// runs bench/main.ts on the Node of the set-up. Plain JavaScript: it runs before there is anything else.
import { spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { installPackages, root } from './install.mjs';

await import('./setup.mjs');
installPackages(join(root, 'bench'), 'the peers that the benches measure beside us', 'autocannon');

const programs = join(root, 'node_modules', '.bin');
const result = spawnSync(join(programs, 'node'), [join(root, 'bench', 'main.ts'), ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: {
    ...process.env,
    NODE_OPTIONS: '--conditions=palier-source',
    PATH: [programs, process.env.PATH].join(delimiter),
  },
});
// A run that was interrupted is no pass.
process.exitCode = result.status ?? 1;
