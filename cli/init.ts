/**
 * `palier init`: looks at the folder, starts the service once to see what it answers, writes a system file. Asks nothing, overwrites
 * nothing; says what it saw, what it guessed and what to do next.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { PalierError } from '@palier/base/error';
import { checkSystem } from '@palier/protocol';
import type { InitArguments } from './arguments.ts';
import { systemFileIn } from './config.ts';
import { cliError } from './errors.ts';
import {
  fileOf,
  type Folder,
  factLines,
  isModuleFolder,
  lineOf,
  readFolder,
  type Start,
  startsOf,
  type Trial,
  tryOut,
  withPortOption,
} from './init/index.ts';
import { paintFor } from './picture/index.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';

/** Exit status 1: written, and not seen to run. */
export async function init({ words, config, start }: InitArguments, surroundings: Surroundings): Promise<number> {
  const { folder: cwd, screen } = surroundings;
  const paint = paintFor(screen);
  // A file that is named elsewhere is for the service there.
  const here = config === undefined ? cwd : dirname(resolve(cwd, config));
  const file = resolve(cwd, config ?? `palier.config.${(await isModuleFolder(here)) ? 'ts' : 'mts'}`);
  const there = config === undefined ? await systemFileIn(here) : existsSync(file) ? file : null;
  if (there !== null) throw cliError('PALIER_INIT_EXISTS', { file: there });
  const folder = await readFolder(here);
  const starts = startsOf(folder, words);
  const [likeliest] = starts;
  if (likeliest === undefined) throw cliError('PALIER_INIT_NOTHING', { folder: here });

  const warn = (line: string): unknown => screen.write(`${paint('yellow', '!')} ${line}\n`);
  const { lines, warnings } = factLines(folder);
  for (const line of lines) screen.write(`  ${line}\n`);
  for (const line of warnings) warn(line);
  const tried = start ? await firstThatRuns(starts, file, folder, surroundings) : null;
  if (surroundings.stop.asked.aborted) return exitStatus.interrupted;
  const proposal = fileOf(tried?.start ?? likeliest, tried?.trial ?? null, folder);
  checkSystem(proposal.system, file);
  await writeNew(file, proposal.text);

  screen.write(`${paint('green', '✔')} ${relative(cwd, file)}  ${proposal.says}\n`);
  for (const line of proposal.notes) warn(line);
  if (tried === null)
    warn(
      start
        ? 'The service was not seen to run: mend its command in the file, then try palier up.'
        : 'The service was not started: its routes and health page are guesses.',
    );
  screen.write(
    `Next: ${paint('bold', `palier prove ${proposal.scenario}`)} (a minute and a half; --time-scale 0.5 for a shorter one), palier limit for how much it carries.\n`,
  );
  return tried === null && start ? exitStatus.fail : exitStatus.pass;
}

interface Tried {
  readonly start: Start;
  readonly trial: Trial;
}

/** Null when none does; each is told. A program that listened at a port of its own gets a second try, and is told its port. */
async function firstThatRuns(
  starts: readonly Start[],
  file: string,
  folder: Folder,
  surroundings: Surroundings,
): Promise<Tried | null> {
  const { screen, stop } = surroundings;
  const paint = paintFor(screen);
  const left = [...starts];
  for (let start = left.shift(); start !== undefined && !stop.asked.aborted; start = left.shift()) {
    const { command, from } = start.candidate;
    screen.write(
      `  starting ${typeof command === 'string' ? command : lineOf(command)}  ${paint('dim', `(${from})`)}\n`,
    );
    try {
      const trial = await tryOut(start, file, folder, surroundings);
      return { start, trial };
    } catch (error) {
      if (stop.asked.aborted || !(error instanceof PalierError)) throw error;
      screen.write(`${paint('yellow', '!')} ${error.message}\n  ${error.hint}\n`);
      const again = String(error.facts['note'] ?? '').startsWith('It listens at ') ? withPortOption(start) : null;
      if (again !== null) left.unshift(again);
    }
  }
  return null;
}

/** Throws PALIER_INIT_EXISTS, PALIER_OUTPUT_UNWRITABLE. */
async function writeNew(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw cliError('PALIER_INIT_EXISTS', { file });
    throw cliError('PALIER_OUTPUT_UNWRITABLE', { file, problem: (error as Error).message }, { cause: error });
  }
}
