/**
 * A real process for a test: started, waited for, and always ended together with all that it started.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { Output } from './output.ts';

export interface ProcessOptions {
  /** Program and arguments, without a shell. Default program when the first is a `.ts` or `.mjs` file: this Node. */
  readonly command: readonly [string, ...string[]];
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** The start is over when a line of its output (either stream) matches. Default: at once. */
  readonly ready?: RegExp;
  /** How long the start may take. Default 60 000: a busy machine is no failed test. */
  readonly readyWithinMs?: number;
  /** How long it may take to end after SIGTERM before it is killed. Default 10 000. */
  readonly stopWithinMs?: number;
  /** Opens a channel, for `process.send` in a Node child. */
  readonly channel?: boolean;
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface TestProcess extends AsyncDisposable {
  readonly pid: number;
  /** The match of `ready`; empty without it. */
  readonly ready: readonly string[];
  /** All lines so far, both streams, at most the last 10 000. */
  readonly lines: readonly string[];
  readonly child: ChildProcess;
  /** Resolves when it has ended, whoever ended it. */
  readonly ended: Promise<ProcessEnd>;
  /** The next (or an earlier) line that matches. Rejects when it ends first or after `withinMs` (default 30 000). */
  line(pattern: RegExp, withinMs?: number): Promise<string>;
  /** SIGTERM to it and to all in its process group, SIGKILL after `stopWithinMs`; resolves when it has ended. */
  stop(): Promise<ProcessEnd>;
}

/** Starts it in a process group of its own. `await using child = await startProcess(…)` stops it at the end of the block. */
export async function startProcess(options: ProcessOptions): Promise<TestProcess> {
  const [program, args] = commandOf(options.command);
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe', ...(options.channel ? (['ipc'] as const) : [])],
    detached: true,
  });
  const output = new Output(options.command.join(' '));
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', (line) => output.add(line));
  }
  const ended = endOf(child, output);
  const killGroup = (): void => signalGroup(child, 'SIGKILL');
  endsWithUs(killGroup, ended);

  async function stop(): Promise<ProcessEnd> {
    signalGroup(child, 'SIGTERM');
    const timer = setTimeout(killGroup, options.stopWithinMs ?? 10_000);
    const end = await ended;
    clearTimeout(timer);
    killGroup();
    return end;
  }

  let ready: readonly string[] = [];
  if (options.ready !== undefined) {
    try {
      ready = options.ready.exec(await output.line(options.ready, options.readyWithinMs ?? 60_000)) ?? [];
    } catch (error) {
      await stop();
      throw error;
    }
  }
  return {
    pid: child.pid ?? -1,
    ready,
    lines: output.lines,
    child,
    ended,
    line: (pattern, withinMs = 30_000) => output.line(pattern, withinMs),
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
    },
  };
}

/** What is to be killed when this process ends: one listener for all, since Node warns of more than ten. */
const running = new Set<() => void>();

function killAll(): void {
  for (const kill of running) kill();
}

function endsWithUs(kill: () => void, ended: Promise<unknown>): void {
  if (running.size === 0) process.on('exit', killAll);
  running.add(kill);
  void ended.then(() => {
    running.delete(kill);
    if (running.size === 0) process.off('exit', killAll);
  });
}

function endOf(child: ChildProcess, output: Output): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => {
      output.end(`it ended (${signal ?? code})`);
      resolve({ code, signal });
    });
    child.once('error', (error) => {
      output.end(String(error));
      resolve({ code: null, signal: null });
    });
  });
}

function commandOf([first, ...rest]: readonly [string, ...string[]]): [string, string[]] {
  return /\.(ts|mts|mjs|js)$/.test(first) ? [process.execPath, [first, ...rest]] : [first, rest];
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is empty: all of it has ended.
  }
}
