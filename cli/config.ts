/**
 * Finds and reads the system file. A mistake of the user's comes out as a sentence with the file and what to do, never as a stack.
 */
import { spawnSync } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CheckedSystem, checkSystem, type Scenario } from '@palier/protocol';
import { cliError } from './errors.ts';

const names = [
  'palier.config.ts',
  'palier.config.mts',
  'palier.config.js',
  'palier.config.mjs',
  'palier.config.json',
] as const;

/** A module that does not even parse ends within milliseconds. */
const syntaxCheckMs = 3000;

/** Reads `given`, or the system file of the folder `folder`. */
export async function readConfig(given: string | undefined, folder: string): Promise<CheckedSystem> {
  const file = given === undefined ? await find(folder) : resolve(folder, given);
  if (!(await exists(file))) throw cliError('PALIER_CONFIG_MISSING', { file });
  return checkSystem(await exportOf(file), file);
}

/** The scenarios with these names, all when there are none. Throws PALIER_SCENARIO_UNKNOWN. */
export function chosenScenarios({ system, scenarios }: CheckedSystem, names: readonly string[]): Scenario[] {
  const known = Object.keys(scenarios);
  return (names.length === 0 ? known : names).map((name) => {
    const scenario = scenarios[name];
    if (scenario !== undefined) return scenario;
    throw cliError('PALIER_SCENARIO_UNKNOWN', { scenario: name, file: system.file, known: known.join(', ') || 'none' });
  });
}

async function find(folder: string): Promise<string> {
  for (const name of names) {
    const file = resolve(folder, name);
    if (await exists(file)) return file;
  }
  return resolve(folder, names[0]);
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function exportOf(file: string): Promise<unknown> {
  try {
    if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8')) as unknown;
    const module = (await import(pathToFileURL(file).href)) as { default?: unknown };
    return module.default;
  } catch (error) {
    const problem = error instanceof Error ? `${error.name}: ${error.message}${placeOf(error, file)}` : String(error);
    throw cliError('PALIER_CONFIG_UNREADABLE', { file, problem }, { cause: error });
  }
}

/** Where a syntax error is. Node tells the place only when it ends by the error, so another one is let end by it. */
function placeOf(error: Error, file: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof SyntaxError) && code !== 'ERR_INVALID_TYPESCRIPT_SYNTAX') return '';
  const { stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: syntaxCheckMs });
  const place = /^(?:file:\/\/)?\S+:(\d+)$/m.exec(stderr ?? '');
  return place === null ? '' : `, line ${place[1]}`;
}
