import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { removeLeftFolders, temporaryFolder } from './folder.ts';

test('a temporary folder is gone after its block, with all that was in it', async () => {
  let path = '';
  {
    await using folder = await temporaryFolder('test');
    path = folder.path;
    await mkdir(folder.file('a', 'b'), { recursive: true });
    await writeFile(folder.file('a', 'b', 'c'), 'x');
    expect(existsSync(folder.file('a', 'b', 'c'))).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});

test('what a killed process has left is removed once nobody has touched it for a while; what a living one has is not', async () => {
  // Never in the folder that all share: a mistake would take from others what they use.
  await using shared = await temporaryFolder('shared');
  const own = shared.file(`palier-own-${process.pid}-abcdef`);
  await mkdir(own);
  const entry = JSON.stringify(new URL('./folder.ts', import.meta.url).href);
  const code = `const { temporaryFolder } = await import(${entry}); console.log((await temporaryFolder('left')).path);`;
  const env = { ...process.env, TMPDIR: shared.path };
  const left = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', env }).trim();
  expect(dirname(left)).toBe(shared.path);
  expect(await removeLeftFolders(shared.path, 60_000)).toEqual([]);
  expect(existsSync(left)).toBe(true);
  // Two runs of tests may do it at once.
  const removed = await Promise.all([removeLeftFolders(shared.path, 0), removeLeftFolders(shared.path, 0)]);
  expect(removed.flat()).toContain(basename(left));
  expect([existsSync(left), existsSync(own)]).toEqual([false, true]);
});
