/**
 * Programs from outside that a test needs: used when they are there, said how to get when they are not. In CI they must be there.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Program {
  /** Where it is, or undefined when this machine has none. */
  readonly path: string | undefined;
  /** For vitest: `describe('…', program.options, () => …)` leaves the tests out, with the reason, when the program is missing. */
  readonly options: { readonly skip: boolean; readonly meta: object };
}

export interface ProgramSource {
  /** The Debian package that brings it. */
  readonly debian: string;
  /** Other names under which it may be installed. */
  readonly alsoNamed?: readonly string[];
}

/** Looks for a program on the PATH. Throws when it is missing and `CI` is `true`: there, a test left out is a test failed. */
export function needs(
  name: string,
  source: ProgramSource,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Program {
  const path = find([name, ...(source.alsoNamed ?? [])], env['PATH'] ?? '');
  if (path !== undefined) return { path, options: { skip: false, meta: {} } };
  const reason = `needs ${name}: apt-get install ${source.debian}`;
  if (env['CI'] === 'true')
    throw new Error(`${name} is not installed; in CI what a test needs must be there (${reason}).`);
  return { path, options: { skip: true, meta: { leftOut: reason } } };
}

function find(names: readonly string[], searchPath: string): string | undefined {
  return searchPath
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
