/**
 * The published form in a stranger's hands: each package packed, its types looked at as every resolver finds them, installed into an empty
 * folder, every door opened; then, without this repository's tools and with an empty home, `palier init` and `palier prove` on a service.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, posix } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { root } from '../tidy/disk.ts';
import { countAsOne, type Part, type ProgramOptions, runProgram } from './part.ts';
import { type Published, publishedPackages } from './published.ts';

export const strangerPart: Part = {
  name: 'stranger',
  proves: 'packed, the types are found (attw); installed, each door opens, and palier init and prove do their work',
  after: ['build'],
  async run() {
    const folder = mkdtempSync(join(tmpdir(), 'palier-stranger-'));
    try {
      return countAsOne('stranger', await wrongIn(folder, publishedPackages()));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** What is wrong, the first of it; nothing: an empty text. */
async function wrongIn(folder: string, packages: readonly Published[]): Promise<string> {
  const archives = join(folder, 'archives');
  const installed = join(folder, 'installed');
  for (const path of [archives, installed]) mkdirSync(path);
  const workspaces = packages.flatMap((one) => ['-w', one.folder]);
  const packed = await runProgram(['npm', 'pack', ...workspaces, '--pack-destination', archives], { live: false });
  if (packed.status !== 0) return packed.output;
  const files = readdirSync(archives).map((name) => join(archives, name));
  return (
    (await Promise.all(files.map(wrongTypes))).join('') ||
    (await wrongInstall(installed, files)) ||
    (await wrongDoors(installed, packages)) ||
    wrongJob(folder, installed)
  );
}

/** What attw objects to. Palier is ESM only: how CommonJS would find the types is left out, and so is Node 10, as attw's `esm-only` does. */
async function wrongTypes(archive: string): Promise<string> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(archive)));
  if (result.types === false) return `${result.packageName}: has no types\n`;
  return result.problems
    .filter((problem) => !('resolutionKind' in problem) || /^(node16-esm|bundler)$/.test(problem.resolutionKind))
    .map((problem) => `${result.packageName}: ${JSON.stringify(problem)}\n`)
    .join('');
}

async function wrongInstall(folder: string, archives: readonly string[]): Promise<string> {
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status, output } = await runProgram(['npm', 'install', ...quiet, ...archives], theirs(folder));
  return status === 0 ? '' : output;
}

async function wrongDoors(folder: string, packages: readonly Published[]): Promise<string> {
  const doors = packages.flatMap(({ name, exports }) => Object.keys(exports).map((door) => posix.join(name, door)));
  writeFileSync(join(folder, 'doors.js'), doors.map((door) => `await import(${JSON.stringify(door)});\n`).join(''));
  const { status, output } = await runProgram(['node', 'doors.js'], { ...theirs(folder), longestMs: 30_000 });
  return status === 0 ? '' : output;
}

/** A stranger's service, and all that is there to be seen of it. */
const service = {
  'package.json': '{ "private": true, "type": "module", "scripts": { "start": "node server.js" } }',
  'server.js': `import { createServer } from 'node:http';
createServer((request, response) => {
  const known = ['/', '/health', '/items'].includes(request.url);
  response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' }).end('{ "items": "/items" }');
}).listen(process.env.PORT);
`,
};

/** How often a run is made that says of itself that it cannot be believed (exit status 3): other parts of the tests run beside it. */
const maxRuns = 3;

async function wrongJob(folder: string, installed: string): Promise<string> {
  for (const [name, text] of Object.entries(service)) writeFileSync(join(installed, name), text);
  // Neither what npm or palier keep in a home, nor the programs of this repository but Node itself.
  const home = join(folder, 'home');
  mkdirSync(home);
  const node = dirname(createRequire(join(root, 'package.json')).resolve('node/bin/node'));
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((one) => !one.includes('node_modules'));
  const alone = theirs(installed, { HOME: home, PATH: [node, ...path].join(delimiter) });
  const palier = (...words: readonly string[]): ReturnType<typeof runProgram> =>
    runProgram(['npx', '--no-install', 'palier', ...words], { ...alone, longestMs: 180_000 });

  const written = await palier('init');
  if (written.status !== 0) return written.output;
  const text = readFileSync(join(installed, 'palier.config.ts'), 'utf8');
  if (!text.includes("'GET /items'")) return `palier init did not see /items:\n${text}`;
  for (let run = 1; ; run++) {
    const { status, output } = await palier('prove', 'first', '--time-scale', '0.5', '--json', 'run.json');
    if (status === 3 && run < maxRuns) continue;
    if (status !== 0) return output;
    const { verdict } = JSON.parse(readFileSync(join(installed, 'run.json'), 'utf8')) as { verdict: string };
    return verdict === 'pass' ? '' : `palier prove ended with 0, and the verdict is ${verdict}`;
  }
}

/** A stranger's npm and Node have none of our conditions. */
function theirs(folder: string, env: Readonly<Record<string, string>> = {}): ProgramOptions {
  return { live: false, folder, env: { NODE_OPTIONS: '', npm_config_node_options: '', ...env } };
}
