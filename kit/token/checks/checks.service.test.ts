/** The thread beside a whole process. */
import { fileURLToPath } from 'node:url';
import { startProcess } from '@palier/testkit/processes';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('../testing/thread-main.ts', import.meta.url));

test('the thread keeps no process alive; whoever waits for its answer does', async () => {
  await using child = await startProcess({
    command: [process.execPath, '--conditions=palier-source', main],
    ready: /^threaded$/,
  });
  // By itself: nobody closes anything, and one that stays is ended by the time of this test.
  expect(await child.ended).toEqual({ code: 0, signal: null });
  expect(child.lines).toEqual(['threaded', 'signed: true']);
});
