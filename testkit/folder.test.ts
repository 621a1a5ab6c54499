import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { temporaryFolder } from './folder.ts';

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
