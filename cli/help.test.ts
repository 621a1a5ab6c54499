import { expect, test } from 'vitest';
import { parseArguments } from './arguments.ts';
import { type CommandName, commands, helpOf } from './help.ts';

const names = Object.keys(commands) as CommandName[];

test('the first page names every command, and each has a page with its own options', () => {
  for (const name of names) {
    expect(helpOf(undefined)).toContain(`palier ${commands[name].usage}`);
    for (const option of commands[name].options) expect(helpOf(name)).toMatch(new RegExp(`^  --${option}\\b`, 'm'));
  }
  expect(helpOf('compare')).not.toContain('--target');
});

test.each(names)('the example of %s is a command line that palier understands', (name) => {
  const [palier, ...words] = commands[name].example.split(' ');
  expect(palier).toBe('palier');
  expect(parseArguments(words).command).toBe(name);
  expect(helpOf(name)).toContain(commands[name].example);
});
