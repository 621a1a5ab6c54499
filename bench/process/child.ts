/** A program that a bench starts: on one core, its output kept (bounded), ended with the bench whatever happens. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { pinned } from './cores.ts';
import { atEnd } from './ending.ts';

const maxOutputChars = 20_000;
const killAfterMs = 2000;

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The last of what it wrote. */
  output(): string;
  ended(): boolean;
  /** Resolves with its exit status when it has ended; null: by a signal. */
  readonly finished: Promise<number | null>;
  /** Asks it to end, insists after two seconds; resolves when it has. */
  stop(): Promise<void>;
}

let setpriv: boolean | null = null;

/** Starts `command` on the core. Throws when there is no such program. */
export async function startChild(name: string, core: number | null, command: readonly string[]): Promise<Child> {
  const [program = '', ...words] = [...deathBed(), ...pinned(core), ...command];
  const child = spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'], env: cleanEnvironment() });
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-maxOutputChars);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const callOff = atEnd(() => child.kill('SIGKILL'));
  child.on('exit', callOff);
  const finished = new Promise<number | null>((resolve) => child.on('close', resolve));
  await once(child, 'spawn');
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  return {
    name,
    pid: child.pid as number,
    output: () => output,
    ended,
    finished,
    async stop() {
      if (ended()) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const insist = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
      await gone;
      clearTimeout(insist);
    },
  };
}

/** Where util-linux has it: the kernel ends the child when the bench is killed without a chance to do so itself. */
function deathBed(): string[] {
  setpriv ??= spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0;
  return setpriv ? ['setpriv', '--pdeathsig', 'KILL'] : [];
}

/** Peers get no options that were meant for this process. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return env;
}
