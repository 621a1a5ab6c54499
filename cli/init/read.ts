/**
 * Reads a folder: names of files, and the texts of those that tell how a service is started. Bounded; what cannot be read is left out.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Folder } from './folder.ts';
import { initLimits } from './options.ts';

/** Not entered: what others wrote, what was made, and what only tests need. */
const skipped =
  /^(\.git|\.palier|node_modules|vendor|\.?venv|env|site-packages|__pycache__|\.tox|\.mypy_cache|\.next|\.nuxt|coverage|tests?|__tests__|spec|e2e|testdata|fixtures|examples?|docs?|benchmarks?)$/;

/** Read where they stand at the top. */
const told =
  /^(package\.json|Procfile|Dockerfile|(docker-)?compose\.ya?ml|pyproject\.toml|requirements[^/]*\.txt|Pipfile|setup\.(py|cfg)|go\.mod|Cargo\.toml|\.gitignore|\.env\.(example|sample|template|dist))$/;
/** Read anywhere: sources, and descriptions of an API. */
const source = /\.([cm]?js|[cm]?ts|py|go|rs|rb|java|php)$|(^|\/)(openapi|swagger)[\w.-]*\.(json|ya?ml)$|(^|\/)www$/;
const made =
  /^(dist|build|out|target|public|static|assets)\/|\.min\.js$|\.d\.[cm]?ts$|\.(test|spec)\.\w+$|_test\.(go|py)$/;

export async function readFolder(path: string): Promise<Folder> {
  const paths: string[] = [];
  await walk(path, '', paths);
  for (const name of ['.venv/bin/python', 'venv/bin/python']) {
    if (await isThere(join(path, name))) paths.push(name);
  }
  for (const name of await readdir(join(path, 'node_modules', '.bin')).catch(() => []))
    paths.push(`node_modules/.bin/${name}`);
  const texts: Record<string, string> = {};
  const wanted = paths.filter((name) => told.test(name) || (source.test(name) && !made.test(name)));
  for (const name of wanted.slice(0, initLimits.maxTexts)) {
    const text = await textIn(join(path, name));
    if (text !== undefined) texts[name] = text;
  }
  return { name: projectName(texts['package.json']) ?? basename(path), paths, texts };
}

/** Whether Node takes a `.ts` file there for a module, without a word of warning: the nearest package.json says so, or there is none. */
export async function isModuleFolder(path: string): Promise<boolean> {
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    const text = await textIn(join(folder, 'package.json'));
    if (text !== undefined) return /"type"\s*:\s*"module"/.test(text);
    if (folder === dirname(folder)) return true;
  }
}

/** Level by level, so that what lies high is read when there is too much. */
async function walk(root: string, top: string, paths: string[]): Promise<void> {
  let level = [top];
  for (let depth = 0; depth < initLimits.maxDepth && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
      for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory() && !skipped.test(entry.name)) next.push(path);
        else if (!entry.isDirectory() && paths.length < initLimits.maxPaths) paths.push(path);
      }
    }
    level = next;
  }
}

async function textIn(file: string): Promise<string | undefined> {
  try {
    if ((await stat(file)).size > initLimits.maxTextBytes) return undefined;
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function projectName(manifest: string | undefined): string | undefined {
  const name = /"name"\s*:\s*"([^"]+)"/.exec(manifest ?? '')?.[1];
  return name?.replace(/^@[^/]*\//, '');
}
