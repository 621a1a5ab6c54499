/**
 * The scripts of the pages: the modules of `browser/` without their types, each line where it stood. They are made once, by a process of its
 * own, and kept in the folder of the data; other sources, other stamp.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Scripts {
  /** Of the sources: 12 letters and digits. */
  readonly stamp: string;
  /** By its name within `browser/`, such as `views/list.ts`. */
  readonly files: ReadonlyMap<string, string>;
}

const browserFolder = fileURLToPath(new URL('browser/', import.meta.url));
const stripper = fileURLToPath(new URL('strip/main.ts', import.meta.url));
const onlyTypes = /^\s*(\/\*.*?\*\/\s*)*$/s;
/** Of a process that takes a fifth of a second. */
const stripTimeoutMs = 30_000;

/** Throws what the file system throws, and what the stripper says. */
export async function pageScripts(dataFolder: string): Promise<Scripts> {
  const names = (await readdir(browserFolder, { recursive: true })).filter((name) => name.endsWith('.ts')).toSorted();
  const sources = await Promise.all(names.map((name) => readFile(join(browserFolder, name), 'utf8')));
  const stamp = createHash('sha256')
    .update(JSON.stringify([process.version, names, sources]))
    .digest('hex')
    .slice(0, 12);
  const kept = join(dataFolder, 'pages', `${stamp}.json`);
  const made = (await readKept(kept)) ?? (await make(names, kept));
  return { stamp, files: new Map(Object.entries(made)) };
}

async function readKept(file: string): Promise<Record<string, string> | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch {
    return null;
  }
}

/** Replicas that start together each make them; whoever is last replaces the same by the same. */
async function make(names: readonly string[], kept: string): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', stripper, ...names.map((name) => join(browserFolder, name))],
    { timeout: stripTimeoutMs, maxBuffer: 2 ** 24 },
  );
  // A module of types alone is asked for by nobody.
  const made = Object.entries(JSON.parse(stdout) as Record<string, string>).filter(([, text]) => !onlyTypes.test(text));
  const scripts = Object.fromEntries(made.map(([file, text]) => [relative(browserFolder, file), text]));
  await mkdir(join(kept, '..'), { recursive: true });
  const half = `${kept}.${process.pid}`;
  await writeFile(half, JSON.stringify(scripts));
  await rename(half, kept);
  return scripts;
}
