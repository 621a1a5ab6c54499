/** The thread beside a whole process. */
import { fileURLToPath } from 'node:url';
import { startProcess } from '@palier/testkit/processes';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../testing/thread-main.ts', import.meta.url));

// By itself: nobody closes anything, and one that stays is ended by the time of the test.
test.each([
  ['ends by itself when its thread was never handed anything', 0],
  ['waits for what its thread was handed, and ends by itself', 500],
])('a process %s', async (_, more) => {
  await using child = await startProcess({
    command: [process.execPath, '--conditions=palier-source', main, String(more)],
    ready: /^threaded$/,
  });
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.lines).toEqual(['threaded', `signed: ${more}`]);
});
