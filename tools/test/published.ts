/**
 * The published form: each package as strangers get it. Checked by publint.
 */
import { join } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { layers } from '../tidy/map.ts';
import { readTree, root } from '../tidy/disk.ts';
import { makeProject } from '../tidy/project.ts';
import { countAsOne, type Part } from './part.ts';

export const publintPart: Part = {
  name: 'publint',
  proves: 'each published package is well made',
  after: ['build'],
  async run() {
    const found = await Promise.all(
      publishedPackages().map(async ({ name, folder, json }) => {
        const { messages } = await publint({ pkgDir: join(root, folder), strict: true });
        return messages.map((message) => `${name}: ${formatMessage(message, json) ?? message.code}\n`);
      }),
    );
    return countAsOne('publint', found.flat().join(''));
  },
};

export interface Published {
  readonly name: string;
  readonly folder: string;
  readonly exports: object;
  readonly json: Record<string, unknown>;
}

/** The packages that strangers get. */
export function publishedPackages(): Published[] {
  return makeProject(readTree())
    .manifests.map(({ name, folder, exports, text }) => ({
      name,
      folder,
      exports,
      json: JSON.parse(text) as Record<string, unknown>,
    }))
    .filter(({ folder, json }) => layers[folder]?.shipped === true && json['private'] !== true);
}
