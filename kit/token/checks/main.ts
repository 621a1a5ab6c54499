/** The thread: checks what it is handed, a lot at a time, in the order in which it comes. */
import { parentPort } from 'node:worker_threads';
import { type CheckingKey, isSigned } from './signature.ts';
import type { FromThread, ToThread } from './checks.ts';

let keys: readonly CheckingKey[] = [];
parentPort?.on('message', (message: ToThread) => {
  if ('keys' in message) {
    keys = message.keys;
    return;
  }
  const { tokens, by } = message;
  answer(
    tokens.map((token, at) => {
      const key = keys[by[at] as number];
      // One that was taken out meanwhile.
      return key !== undefined && isSigned(token, key);
    }),
  );
});
answer('ready');

function answer(message: FromThread): void {
  parentPort?.postMessage(message, []);
}
