/**
 * A file opens with its promise.
 */
import type { Rule } from '../rule.ts';

export const promise: Rule = {
  name: 'promise',
  sentence: 'A source file begins with a comment that says what it promises.',
  check(project) {
    return project.sources
      .filter(({ kind, place, syntax, text }) => {
        const start = text.startsWith('#!') ? text.indexOf('\n') + 1 : 0;
        // An example in docs/ is introduced by its page.
        if (kind === 'test' || place.layer === 'docs') return false;
        return text.slice(start, syntax.comments[0]?.start ?? text.length).trim() !== '';
      })
      .map(({ path }) => ({ path, line: 1, is: 'begins without a word', should: 'begin with a comment: its promise' }));
  },
  canaries: [
    {
      shows: 'a file that begins with code',
      breach: { 'base/a.ts': 'export const a = 1; // the promise comes too late\n' },
      at: ['base/a.ts:1'],
      sound: {
        'base/a.ts': '/** What a is. */\nexport const a = 1;\n',
        'cli/main.ts': '#!/usr/bin/env node\n// Starts it all.\n\nstart();\n',
        'base/a.test.ts': "it('is a', () => {});\n",
        'docs/guides/palier.config.ts': 'export default 1;\n',
      },
    },
  ],
};
