import { mkdir, readdir } from 'node:fs/promises';
import { temporaryFolder } from '@palier/testkit/folder';
import { expect, test } from 'vitest';
import { checkWritable, writeWhole } from './output.ts';

test('checkWritable() leaves no file and no folder, and keeps the folders that were there', async () => {
  await using folder = await temporaryFolder('output');
  await checkWritable(folder.file('some/where/out.json'));
  expect(await readdir(folder.path)).toEqual([]);
  await mkdir(folder.file('some'));
  await checkWritable(folder.file('some/where/out.json'));
  expect(await readdir(folder.path, { recursive: true })).toEqual(['some']);
});

test('what cannot be written is said before anything runs, and nothing is left of the attempt', async () => {
  await using folder = await temporaryFolder('output');
  await writeWhole(folder.file('a/file'), 'text');
  await expect(checkWritable(folder.file('a/file/out.json'))).rejects.toMatchObject({
    code: 'PALIER_OUTPUT_UNWRITABLE',
  });
  expect(await readdir(folder.file('a'))).toEqual(['file']);
});
