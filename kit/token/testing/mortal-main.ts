/** A thread for tests: answers that all is signed, and ends in the middle of a lot that has the token `die`, without an answer. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (message: { readonly tokens?: readonly string[] }) => {
  if (message.tokens?.includes('die') === true) throw new Error('the thread dies');
  if (message.tokens !== undefined)
    parentPort?.postMessage(
      message.tokens.map(() => true),
      [],
    );
});
parentPort?.postMessage('ready', []);
