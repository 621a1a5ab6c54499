/**
 * Finds and reads the system file. A mistake of the user's comes out as a sentence with the file and what to do, never as a stack.
 */
import { spawnSync } from 'node:child_process';
import { access, readFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type CheckedSystem, checkSystem, type Scenario } from '@palier/protocol';
import { cliError } from './errors.ts';
import type { Surroundings } from './surroundings.ts';

const names = [
  'palier.config.ts',
  'palier.config.mts',
  'palier.config.js',
  'palier.config.mjs',
  'palier.config.json',
] as const;

/** A module that does not even parse ends within milliseconds. */
const syntaxCheckMs = 3000;

/** A system file that asks a server for its figures is done by then; one that waits for ever is not. */
const loadTimeoutMs = 30_000;
/** Node tells of a rejection that nobody handles, and of what a timer of 0 threw, a moment after the import. */
const strayMs = 5;

type ConfigSurroundings = Pick<Surroundings, 'folder' | 'stop' | 'timers'>;

/** Reads `given`, or the system file of the folder. Rejects with the reason of `stop.asked` when it is aborted meanwhile. */
export async function readConfig(given: string | undefined, surroundings: ConfigSurroundings): Promise<CheckedSystem> {
  const { folder } = surroundings;
  const file =
    given === undefined ? ((await systemFileIn(folder)) ?? resolve(folder, names[0])) : resolve(folder, given);
  if (!(await exists(file))) throw cliError('PALIER_CONFIG_MISSING', { file });
  return checkSystem(await exportOf(file, surroundings), file);
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

/** The system file of a folder; null where there is none. */
export async function systemFileIn(folder: string): Promise<string | null> {
  for (const name of names) {
    const file = resolve(folder, name);
    if (await exists(file)) return file;
  }
  return null;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function exportOf(file: string, { stop, timers }: ConfigSurroundings): Promise<unknown> {
  const over = new AbortController();
  const hooks = lendPalier();
  const signal = AbortSignal.any([over.signal, stop.asked]);
  try {
    if (file.endsWith('.json')) return JSON.parse(await readFile(file, 'utf8')) as unknown;
    // Nothing can end an import: what it waits for is left behind with the process.
    const module = await Promise.race([
      import(pathToFileURL(file).href) as Promise<{ default?: unknown }>,
      timers.sleep(loadTimeoutMs, signal).then(() => {
        throw new Error(`it was not done within ${loadTimeoutMs / 1000} s; is there an "await" that never ends?`);
      }),
    ]);
    await timers.sleep(strayMs, stop.asked);
    return module.default;
  } catch (error) {
    const stray = stop.stray();
    if (stop.asked.aborted && stray === null) throw error;
    const cause = stray === null ? error : stray.error;
    const problem = cause instanceof Error ? `${cause.name}: ${cause.message}${placeOf(cause, file)}` : String(cause);
    throw cliError('PALIER_CONFIG_UNREADABLE', { file, problem }, { cause });
  } finally {
    over.abort();
    hooks.deregister();
  }
}

/** A system file whose folder has no "palier" gets the one that reads it, so that it can stand anywhere. */
function lendPalier(): { deregister(): void } {
  return registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'palier') return next(specifier, context);
      try {
        return next(specifier, context);
      } catch {
        return next(specifier, { ...context, parentURL: import.meta.url });
      }
    },
  });
}

/** Where a syntax error is. Node tells the place only when it ends by the error, so another one is let end by it. */
function placeOf(error: Error, file: string): string {
  const { code } = error as NodeJS.ErrnoException;
  if (!(error instanceof SyntaxError) && code !== 'ERR_INVALID_TYPESCRIPT_SYNTAX') return '';
  const { stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: syntaxCheckMs });
  const place = /^(?:file:\/\/)?\S+:(\d+)$/m.exec(stderr ?? '');
  return place === null ? '' : `, line ${place[1]}`;
}
