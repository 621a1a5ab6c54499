import { expect, test } from 'vitest';
import { readCommand } from './command.ts';

test('readCommand() takes a name and options in any order', () => {
  expect(readCommand(['--quick', 'generator', '--json', 'out.json', '--check'])).toEqual({
    name: 'generator',
    quick: true,
    jsonFile: 'out.json',
    check: true,
  });
  expect(readCommand([])).toEqual({ name: null, quick: false, jsonFile: null, check: false });
});

test.each([
  [['generator', '--fast'], '--fast is no option'],
  [['generator', '--json'], '--json stands alone'],
  [['generator', '--json', '--check'], '--json stands alone'],
  [['generator', 'balancer'], 'Two benches were named'],
  [['--check'], 'No bench was named'],
])('readCommand(%j) refuses and says why', (words, sentence) => {
  expect(() => readCommand(words)).toThrow(sentence);
});
