/** A thread for tests: answers that all is signed, and ends without an answer in the middle of a lot that has the token `die`, or more than 32. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', (message: { readonly tokens?: readonly string[] }) => {
  const { tokens = [] } = message;
  if (tokens.includes('die') || tokens.length > 32) throw new Error('the thread dies');
  if (message.tokens !== undefined)
    parentPort?.postMessage(
      message.tokens.map(() => true),
      [],
    );
});
parentPort?.postMessage('ready', []);
