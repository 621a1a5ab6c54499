/**
 * A study: not who is faster, but how often ours is right. It runs its own cases and prints its own table; the list, the options and the
 * exit status are the same as of the benches.
 *
 * A study is a folder `bench/NAME/` whose `study.ts` exports one `study`.
 */
import type { Met } from './rows.ts';

export interface Study {
  /** The folder's name. */
  readonly name: string;
  /** One sentence for the list of benches. */
  readonly sentence: string;
  /** Prints as it goes; resolves with what it came to and what `--json` writes. Throws when it cannot be run at all here. */
  run(options: { readonly quick: boolean }): Promise<{ readonly met: Met; readonly result: object }>;
}
