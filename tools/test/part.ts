/**
 * A part of the tests: a program that is run, timed and counted. One part's failure hides no other part's result.
 */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { root } from '../tidy/disk.ts';

export interface Failure {
  readonly what: string;
  readonly error: string;
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  /** One for each that failed: all that is said of it at the end. */
  readonly failures: readonly Failure[];
  /** What was left out, each with its reason. */
  readonly leftOut: readonly string[];
  /** What passed, but not at the first try. */
  readonly retried: readonly string[];
  /** To be shown at once when something failed. */
  readonly output: string;
}

export interface Part {
  readonly name: string;
  /** What it proves, in a few words. */
  readonly proves: string;
  /** Parts that must have passed for this one to make sense. */
  readonly after?: readonly string[];
  /** Whether its output has already been seen when it ends. */
  readonly live?: boolean;
  run(): Promise<Outcome>;
}

/** One program, counted as one: passed when it exits with 0. */
export function programPart(
  name: string,
  proves: string,
  command: readonly string[],
  after: readonly string[] = [],
): Part {
  return {
    name,
    proves,
    after,
    async run() {
      const { status, output } = await runProgram(command, { live: false });
      return asOne(status === 0, `${name}: ${proves}`, output);
    },
  };
}

/** A part counts as one, however much it looks at; it failed when there is something to say. */
export function countAsOne(what: string, output: string): Outcome {
  return asOne(output === '', what, output);
}

function asOne(ok: boolean, what: string, output: string): Outcome {
  const failures = ok ? [] : [{ what, error: output }];
  return { passed: ok ? 1 : 0, failed: failures.length, failures, leftOut: [], retried: [], output };
}

export interface ProgramOptions {
  /** Shown at once, or kept. */
  readonly live: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
  readonly longestMs?: number;
}

/** No part may hold up the others for longer: the tests of real processes take a quarter of an hour, twice that on a busy machine. */
const longestPartMs = 45 * 60_000;

/** Runs a program (at the root, if no folder is named) with the repository's Node and tools first on the PATH. */
export function runProgram(
  command: readonly string[],
  { live, env = {}, folder = root, longestMs = longestPartMs }: ProgramOptions,
): Promise<{ status: number; output: string }> {
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(delimiter);
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: undefined };
  return new Promise((resolve) => {
    const child = spawn(command[0] as string, command.slice(1), {
      cwd: folder,
      env: { ...process.env, NODE_OPTIONS: '--conditions=palier-source', PATH: path, ...plain, ...env },
      stdio: live ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      timeout: longestMs,
    });
    let output = '';
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()));
    child.once('error', (error) => resolve({ status: 1, output: `${output}${error.message}\n` }));
    child.once('close', (status, signal) => {
      const ended = signal === null ? '' : `\nended by ${signal}; it may take ${longestMs / 1000} s\n`;
      resolve({ status: status ?? 1, output: output + ended });
    });
  });
}
