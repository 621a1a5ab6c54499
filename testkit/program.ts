/**
 * Programs from outside that a test needs: used when they are there, said how to get when they are not. In CI those that a Debian package
 * brings must be there.
 */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export interface Program {
  /** Where it is, or undefined when this machine has none. */
  readonly path: string | undefined;
  /** For vitest: `describe('…', program.options, () => …)` leaves the tests out, with the reason, when the program is missing. */
  readonly options: { readonly skip: boolean; readonly meta: object };
}

export type ProgramSource = {
  /** Other names under which it may be installed. */
  readonly alsoNamed?: readonly string[];
  /** Where it may be beside the PATH. */
  readonly folders?: readonly string[];
} & (
  | {
      /** The Debian package that brings it. */
      readonly debian: string;
    }
  | {
      /** No Debian package has it; what `go install` takes. It is looked for where Go puts it, too. */
      readonly go: string;
    }
);

/** Looks for a program on the PATH. Throws when it is missing, Debian has it and `CI` is `true`: there, a test left out is a test failed. */
export function needs(
  name: string,
  source: ProgramSource,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Program {
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...(source.folders ?? [])];
  if ('go' in source) folders.push(join(env['GOPATH'] ?? join(homedir(), 'go'), 'bin'));
  const path = find([name, ...(source.alsoNamed ?? [])], folders);
  if (path !== undefined) return { path, options: { skip: false, meta: {} } };
  const reason = `needs ${name}: ${'go' in source ? `go install ${source.go}` : `apt-get install ${source.debian}`}`;
  if (env['CI'] === 'true' && 'debian' in source)
    throw new Error(`${name} is not installed; in CI what a test needs must be there (${reason}).`);
  return { path, options: { skip: true, meta: { leftOut: reason } } };
}

function find(names: readonly string[], folders: readonly string[]): string | undefined {
  return folders
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
