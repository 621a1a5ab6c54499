/**
 * The published form: each package as strangers get it. Checked by publint, and by opening every door as a stranger's Node would.
 */
import { posix } from 'node:path';
import { layers } from '../tidy/map.ts';
import { readTree } from '../tidy/disk.ts';
import { makeProject } from '../tidy/project.ts';
import { type Outcome, type Part, runProgram } from './part.ts';

export const publintPart: Part = {
  name: 'publint',
  proves: 'each published package is well made',
  after: ['build'],
  async run() {
    return sum(await Promise.all(published().map(({ folder }) => checked(['publint', '--strict', folder]))));
  },
};

export const doorsPart: Part = {
  name: 'doors',
  proves: 'each door of the published form opens, and has no effect that keeps a process alive',
  after: ['build'],
  async run() {
    const doors = published().flatMap(({ name, exports }) =>
      Object.keys(exports).map((door) => posix.join(name, door)),
    );
    const script = doors.map((door) => `await import(${JSON.stringify(door)});`).join('\n');
    // No condition: the doors lead to dist/, as they do in node_modules.
    return sum([await checked(['node', '--input-type=module', '--eval', script], { NODE_OPTIONS: '' })]);
  },
};

function published(): { name: string; folder: string; exports: object }[] {
  const { manifests } = makeProject(readTree());
  return manifests.filter(({ folder, text }) => layers[folder]?.shipped === true && !/"private": true/.test(text));
}

async function checked(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const { status, output } = await runProgram(command, { live: false, env });
  return { passed: 0, failed: status === 0 ? 0 : 1, leftOut: [], output: status === 0 ? '' : output };
}

/** However many packages, one part counts as one. */
function sum(outcomes: readonly Outcome[]): Outcome {
  const failed = outcomes.some((outcome) => outcome.failed > 0);
  const output = outcomes.map((outcome) => outcome.output).join('');
  return { passed: failed ? 0 : 1, failed: failed ? 1 : 0, leftOut: [], output };
}
