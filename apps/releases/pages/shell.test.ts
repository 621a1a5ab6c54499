import { expect, test } from 'vitest';
import { shellOf } from './shell.ts';

test('The document runs no script of its own, and names every module ahead of its import', () => {
  const shell = shellOf('/pages/stamp', ['main.ts', 'views/list.ts']);
  expect([...shell.matchAll(/<script[^>]*>(.*?)<\/script>/gs)].map(([, inside]) => inside)).toEqual(['']);
  expect(shell).not.toMatch(/ style=| on\w+=/);
  expect(shell).toContain('<link rel="modulepreload" href="/pages/stamp/views/list.ts">');
});
