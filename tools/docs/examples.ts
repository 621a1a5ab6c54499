/**
 * The examples of our documents, held to their word: each `ts` block is type-checked and run.
 *
 * A block that would not end by itself is marked `ts types` (type-checked only); one that is no program `ts fragment` (only shown).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { runProgram } from '../test/part.ts';

const proofFile = '.palier-example-errors.ts';

export interface Example {
  readonly document: string;
  /** The line of its first line of code, from 1. */
  readonly line: number;
  readonly runs: boolean;
  readonly code: string;
}

/** Throws on a `ts` block with a mark that nobody knows. */
export function findExamples(document: string, text: string): Example[] {
  const examples: Example[] = [];
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const [, fence, language, mark] = /^(`{3,}|~{3,})(\w*) *(.*)$/.exec(lines[at] as string) ?? [];
    if (fence === undefined) continue;
    const end = lines.findIndex((line, index) => index > at && line.trim() === fence);
    const stop = end < 0 ? lines.length : end;
    if (language === 'ts' && mark !== 'fragment') {
      if (mark !== '' && mark !== 'types')
        throw new Error(`${document}:${at + 1}  "ts ${mark}" is no mark; ts, ts types and ts fragment are.`);
      examples.push({ document, line: at + 2, runs: mark === '', code: lines.slice(at + 1, stop).join('\n') });
    }
    at = stop;
  }
  return examples;
}

/**
 * Writes the examples beside their documents (so that imports resolve as for a reader), checks their types together with `proof`, runs
 * them one after the other in an empty folder, and takes the files away again. Answers what went wrong, as text.
 */
export async function checkExamples(
  root: string,
  examples: readonly Example[],
  proof: string | undefined,
): Promise<string[]> {
  const files = examples.map((example, index) => ({
    example,
    path: posix.join(posix.dirname(example.document), `.palier-example-${index}.ts`),
    // The line numbers of the document.
    text: `${'\n'.repeat(example.line - 1)}${example.code}\nexport {};\n`,
  }));
  const written = files.map(({ path, text }) => ({ path, text }));
  if (proof !== undefined) written.push({ path: proofFile, text: proof });
  const config = '.palier-example-tsconfig.json';
  const compilerOptions = {
    noUnusedLocals: false,
    noUnusedParameters: false,
    isolatedDeclarations: false,
    declaration: false,
  };
  written.push({
    path: config,
    text: JSON.stringify({
      extends: './tsconfig.json',
      compilerOptions,
      include: [],
      files: written.map(({ path }) => path),
    }),
  });
  try {
    for (const { path, text } of written) writeFileSync(join(root, path), text);
    const readable = (text: string): string =>
      files.reduce(
        (all, { path, example }) => all.replaceAll(path, example.document),
        text.replaceAll(proofFile, 'ErrorCode of palier (cli/error-code.ts) is not what the catalogues hold'),
      );
    const types = await runProgram(['tsc', '-p', config], { live: false });
    const wrong = types.status === 0 ? [] : [readable(types.output)];
    for (const { path, example } of files) {
      const output = example.runs ? await run(join(root, path)) : '';
      if (output !== '') wrong.push(`${example.document}:${example.line}  the example fails:\n${readable(output)}`);
    }
    return wrong;
  } finally {
    for (const { path } of written) rmSync(join(root, path), { force: true });
  }
}

/** An example that takes longer does not end by itself. */
const longestExampleMs = 30_000;

async function run(path: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'palier-example-'));
  try {
    const { status, output } = await runProgram(['node', path], { live: false, folder, longestMs: longestExampleMs });
    return status === 0 ? '' : `${output}\n(exit status ${status})`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
