/** The documents of this project: every Markdown file of the repository's own folders, in a fixed order. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

export interface Document {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

const maxDepth = 4;
const maxFiles = 500;

/** Those of the folder itself first, then folder by folder, in the order of their names. */
export async function findDocuments(folder: string): Promise<Document[]> {
  const paths: string[] = [];
  await collect(folder, 0, paths);
  return Promise.all(
    paths.map(async (path) => ({
      path: relative(folder, path).replaceAll('\\', '/'),
      text: await readFile(path, 'utf8'),
    })),
  );
}

async function collect(folder: string, depth: number, paths: string[]): Promise<void> {
  // By code point, so that every machine has the same order.
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith('.md') && paths.length < maxFiles) paths.push(join(folder, entry.name));
  }
  if (depth === maxDepth) return;
  for (const entry of entries) {
    const skipped = entry.name.startsWith('.') || ['node_modules', 'dist', 'coverage'].includes(entry.name);
    if (entry.isDirectory() && !skipped) await collect(join(folder, entry.name), depth + 1, paths);
  }
}
