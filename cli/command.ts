/**
 * From the command line to the command; each is loaded only when it is called.
 */
import type { Arguments } from './arguments.ts';
import { helpOf } from './help.ts';
import { palierVersion } from './palier-version.ts';
import { exitStatus, type Surroundings } from './surroundings.ts';

/** Runs the command and returns the exit status. Throws PalierError for what the user can mend. */
export async function runCommand(args: Arguments, surroundings: Surroundings): Promise<number> {
  switch (args.command) {
    case 'help':
      surroundings.screen.write(helpOf(args.of));
      return exitStatus.pass;
    case 'version':
      surroundings.screen.write(`${palierVersion()}\n`);
      return exitStatus.pass;
    case 'init':
      return (await import('./init.ts')).init(args, surroundings);
    case 'up':
      return (await import('./up.ts')).up(args, surroundings);
    case 'prove':
      return (await import('./prove.ts')).prove(args, surroundings);
    case 'load':
      return (await import('./load.ts')).load(args, surroundings);
    case 'export':
      return (await import('./export.ts')).exportScripts(args, surroundings);
    case 'limit':
      return (await import('./limit.ts')).limit(args, surroundings);
    case 'compare':
      return (await import('./compare.ts')).compare(args, surroundings);
    case 'shards':
      return (await import('./shards.ts')).shards(args, surroundings);
    case 'doctor':
      return (await import('./doctor.ts')).doctor(args, surroundings);
  }
}
