/**
 * The entry of the command `palier`: makes the surroundings, runs the command, ends with its exit status.
 */
import { readFileSync } from 'node:fs';
import { systemClock } from '@palier/base/clock';
import { PalierError } from '@palier/base/error';
import { systemTimers } from '@palier/base/timers';
import { parseArguments } from './arguments.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';
import { runCommand } from './command.ts';
import { cliError } from './errors.ts';
import { paintFor } from './picture/index.ts';
import { watchStop } from './stop.ts';

/** How long what is left open may keep a palier that is done. */
const lingerMs = 500;

const timers = systemTimers();
const stop = watchStop({ process: Object.assign(process, { grandparentPid }), timers });
const surroundings: Surroundings = {
  folder: process.cwd(),
  screen: process.stdout,
  env: Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  ),
  clock: systemClock(),
  timers,
  seed: process.pid,
  stop,
};

try {
  process.exitCode = await runCommand(parseArguments(process.argv.slice(2)), surroundings);
  const stray = stop.stray();
  if (stray !== null) refuse(uncaught(stray.error));
} catch (error) {
  const stray = stop.stray();
  if (stop.asked.aborted && stray === null) process.exitCode = exitStatus.interrupted;
  // A start that was broken off because of what nothing caught: that is the reason.
  else refuse(stray !== null && isCode(error, 'PALIER_START_STOPPED') ? uncaught(stray.error) : error);
} finally {
  stop.end();
  // A system file may have left a timer or a socket open; without one, the process is gone before.
  setTimeout(() => process.exit(), lingerMs).unref();
}

function uncaught(error: unknown): PalierError {
  return cliError('PALIER_UNCAUGHT', { problem: stackOf(error) }, { cause: error });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof PalierError && error.code === code;
}

function refuse(error: unknown): void {
  process.stderr.write(describeError(error));
  process.exitCode = exitStatus.wrongUse;
}

function grandparentPid(): number | null {
  try {
    // proc_pid_stat(5): the name may hold anything, so the fields are counted behind its last parenthesis.
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return null;
  }
}

function describeError(error: unknown): string {
  const paint = paintFor(process.stderr);
  if (error instanceof PalierError) {
    return `${paint('red', error.message)}\n${error.hint}\n${paint('dim', error.code)}\n`;
  }
  return `${paint('red', 'palier met a state that it does not know; this is a defect of palier.')}\nPlease report it with these lines:\n${stackOf(error)}\n`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
