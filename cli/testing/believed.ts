/**
 * A run that says of itself that it cannot be believed, exit status 3, is a lawful answer of the product on a busy machine, and tells a test
 * nothing. It alone is made again, never a run that came out wrong. Each repeat is printed and listed at the end of the tests
 * (`TaskMeta.repeats`, tools/test/reporter.ts): a defect that makes runs unbelievable is seen there before it fails here.
 */
import type { TestContext } from 'vitest';
import type { TemporaryFolder } from '@palier/testkit/folder';
import { type Outcome, runPalier } from './palier.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** How often a run of this test was made again. */
    repeats?: number;
  }
}

const maxRuns = 3;

/** The first outcome that can be believed, else the last. `why`: null, or why this one cannot be, to be printed. */
export async function believed<Run>(
  { task }: Pick<TestContext, 'task'>,
  run: () => Promise<Run>,
  why: (outcome: Run) => string | null,
): Promise<Run> {
  for (let runs = 1; ; runs++) {
    const outcome = await run();
    const reason = why(outcome);
    if (reason === null || runs === maxRuns) return outcome;
    task.meta.repeats = runs;
    console.warn(`run ${runs} of "${task.name}" cannot be believed and is made again: ${reason}`);
  }
}

/** As `runPalier`, made again while it ends with status 3. */
export function runBelieved(
  context: Pick<TestContext, 'task'>,
  folder: TemporaryFolder,
  ...words: readonly string[]
): Promise<Outcome> {
  return believed(context, () => runPalier(folder, ...words), whyNot);
}

/** For `believed`, of whoever has a `palier` run to its end. */
export function whyNot({ status, text }: Outcome): string | null {
  return status === 3 ? text.split('\n').slice(-20).join('\n') : null;
}
