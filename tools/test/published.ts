/**
 * The published form: each package as strangers get it. Checked by publint, and by opening every door as a stranger's Node would.
 */
import { join, posix } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { layers } from '../tidy/map.ts';
import { readTree, root } from '../tidy/disk.ts';
import { makeProject } from '../tidy/project.ts';
import { type Outcome, type Part, runProgram } from './part.ts';

export const publintPart: Part = {
  name: 'publint',
  proves: 'each published package is well made',
  after: ['build'],
  async run() {
    const found = await Promise.all(
      published().map(async ({ name, folder, json }) => {
        const { messages } = await publint({ pkgDir: join(root, folder), strict: true });
        return messages.map((message) => `${name}: ${formatMessage(message, json) ?? message.code}\n`);
      }),
    );
    return countAsOne(found.flat().join(''));
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
    const command = ['node', '--input-type=module', '--eval', script];
    const { status, output } = await runProgram(command, { live: false, env: { NODE_OPTIONS: '' } });
    return countAsOne(status === 0 ? '' : output);
  },
};

interface Published {
  readonly name: string;
  readonly folder: string;
  readonly exports: object;
  readonly json: Record<string, unknown>;
}

function published(): Published[] {
  return makeProject(readTree())
    .manifests.map(({ name, folder, exports, text }) => ({
      name,
      folder,
      exports,
      json: JSON.parse(text) as Record<string, unknown>,
    }))
    .filter(({ folder, json }) => layers[folder]?.shipped === true && json['private'] !== true);
}

/** However many packages, one part counts as one; it failed when there is something to say. */
function countAsOne(output: string): Outcome {
  return { passed: output === '' ? 1 : 0, failed: output === '' ? 0 : 1, leftOut: [], output };
}
