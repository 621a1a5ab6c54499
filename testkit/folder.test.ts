import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
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
  await using own = await temporaryFolder('test');
  const entry = JSON.stringify(new URL('./folder.ts', import.meta.url).href);
  const code = `const { temporaryFolder } = await import(${entry}); console.log((await temporaryFolder('left')).path);`;
  const left = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' }).trim();
  try {
    expect(existsSync(left)).toBe(true);
    expect(await removeLeftFolders(60_000)).not.toContain(basename(left));
    expect(existsSync(left)).toBe(true);
    // Two runs of tests may do it at once.
    const removed = await Promise.all([removeLeftFolders(0), removeLeftFolders(0)]);
    expect(removed.flat()).toContain(basename(left));
    expect([existsSync(left), existsSync(own.path)]).toEqual([false, true]);
  } finally {
    await rm(left, { recursive: true, force: true });
  }
});
