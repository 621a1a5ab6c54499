/**
 * The repository's texts that rules and documents are made of, read from the disk.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FileTree } from './project.ts';

/** Where the repository lies. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** TypeScript, JavaScript, Markdown and package.json files below `folder`; nothing installed, built or hidden. */
export function readTree(folder: string = root): FileTree {
  const tree: Record<string, string> = {};
  const visit = (directory: string): void => {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) {
        if (!/^(node_modules|dist|coverage|\..*)$/.test(entry.name)) visit(path);
      } else if (/\.(ts|tsx|mts|mjs|js|md)$/.test(entry.name) || entry.name === 'package.json') {
        tree[relative(folder, path).split(sep).join('/')] = readFileSync(path, 'utf8');
      }
    }
  };
  visit(folder);
  return tree;
}
