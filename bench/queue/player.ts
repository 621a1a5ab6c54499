/** The parent's side of one process of a run: on the client's core, asked for one thing after the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { pinned } from '../process/cores.ts';
import { atEnd } from '../process/ending.ts';
import type { Asked, Told } from './play-main.ts';

export interface Player {
  readonly pid: number;
  /** Throws what went wrong there. */
  play(asked: Asked): Promise<Told>;
  stop(): Promise<void>;
}

const endsWithinMs = 5000;
const maxComplaint = 2000;

export function startPlayer(way: string, url: string, core: number | null): Player {
  const main = fileURLToPath(new URL('./play-main.ts', import.meta.url));
  const [program = '', ...words] = [...pinned(core), process.execPath, main, way, url];
  const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-maxComplaint);
  });
  const callOff = atEnd(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    pid: child.pid as number,
    async play(asked) {
      child.stdin.write(`${JSON.stringify(asked)}\n`);
      for (;;) {
        const line = await lines.next();
        if (line.done === true) throw new Error(`${way} ended at ${JSON.stringify(asked)}: ${complaint}`);
        // A peer may say something, too.
        if (!line.value.startsWith('{"')) continue;
        const told = JSON.parse(line.value) as Told & { readonly failed?: string };
        if (told.failed !== undefined) throw new Error(`${told.failed} ${complaint}`);
        return told;
      }
    },
    async stop() {
      callOff();
      child.stdin.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), endsWithinMs);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(kill);
    },
  };
}
