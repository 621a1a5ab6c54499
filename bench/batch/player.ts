/** The client process, on the client's core: asked for one slice after the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pinned } from '../process/cores.ts';
import { atEnd } from '../process/ending.ts';
import type { Asked, Told } from './play-main.ts';

export interface Player {
  play(asked: Asked): Promise<Told>;
  stop(): Promise<void>;
}

export function startPlayer(url: string, core: number | null): Player {
  const main = fileURLToPath(new URL('./play-main.ts', import.meta.url));
  const [program = '', ...words] = [...pinned(core), process.execPath, main, url];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  const callOff = atEnd(() => child.kill('SIGKILL'));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async play(asked) {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      const answer = await answers.next();
      if (answer.done === true) throw new Error(`The client ended while it played ${JSON.stringify(asked)}.`);
      return JSON.parse(answer.value) as Told;
    },
    async stop() {
      callOff();
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
}
