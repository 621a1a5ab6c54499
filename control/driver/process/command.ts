/**
 * Whether a command can be run, asked before it is run: the system's own answer would name neither the program nor the place.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Service } from '@palier/protocol';
import { controlError } from '../../errors.ts';

/** Throws PALIER_FOLDER_MISSING or PALIER_COMMAND_MISSING. */
export function checkCommand(service: Service, argv: readonly string[], env: Readonly<Record<string, string>>): void {
  if (!isFolder(service.cwd)) {
    throw controlError('PALIER_FOLDER_MISSING', { service: service.name, folder: service.cwd });
  }
  const program = argv[0] ?? '';
  const path = env['PATH'] ?? '';
  if (program.includes('/')) {
    const file = resolve(service.cwd, program);
    if (isProgram(file)) return;
    throw controlError('PALIER_COMMAND_MISSING', { service: service.name, program, where: `looked for ${file}`, path });
  }
  if (isOnPath(program, path)) return;
  const here = isFile(resolve(service.cwd, program)) ? `; but ./${program} is there` : '';
  const where = `looked for it in the folders of PATH${here}`;
  throw controlError('PALIER_COMMAND_MISSING', { service: service.name, program, where, path });
}

/** Whether a folder of PATH holds a program of this name. */
export function isOnPath(program: string, path: string): boolean {
  return path.split(delimiter).some((folder) => folder !== '' && isProgram(join(folder, program)));
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return isFile(file);
  } catch {
    return false;
  }
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}

function isFolder(folder: string): boolean {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
