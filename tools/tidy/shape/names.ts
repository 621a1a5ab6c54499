/**
 * A name says what a thing is.
 */
import type { Rule } from '../rule.ts';

const forbidden = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'misc']);

export const names: Rule = {
  name: 'names',
  sentence: 'The names utils, helpers, common and misc do not exist: name the noun.',
  check(project) {
    return project.sources.flatMap(({ path }) => {
      const word = path
        .toLowerCase()
        .split(/[/._-]/)
        .find((part) => forbidden.has(part));
      return word === undefined
        ? []
        : [{ path, line: 1, is: `"${word}" in its path`, should: 'name the noun that it holds' }];
    });
  },
  canaries: [
    {
      shows: 'a file and a folder',
      breach: { 'base/string-utils.ts': '', 'load/common/index.ts': '' },
      at: ['base/string-utils.ts:1', 'load/common/index.ts:1'],
      sound: { 'base/commons.ts': '', 'load/plan/index.ts': '' },
    },
  ],
};
