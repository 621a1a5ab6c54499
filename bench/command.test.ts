import { expect, test } from 'vitest';
import { chosenOf, readCommand } from './command.ts';

test('readCommand() takes a name and options in any order', () => {
  expect(readCommand(['--quick', 'generator', '--json', 'out.json', '--check'])).toEqual({
    name: 'generator',
    quick: true,
    jsonFile: 'out.json',
    check: true,
  });
  expect(readCommand([])).toEqual({ name: null, quick: false, jsonFile: null, check: false });
});

test('readCommand() takes `faults NAME` for the bench of that name', () => {
  expect(readCommand(['faults', 'state', '--quick'])).toMatchObject({ name: 'faults-state', quick: true });
  expect(readCommand(['faults']).name).toBe(null);
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

test('chosenOf() takes the one of that name, or all parts of it, and no other that begins alike', () => {
  const all = ['limit-admission', 'limit-rate', 'limits', 'token', 'token-cold'].map((name) => ({ name }));
  const names = (name: string): string[] => chosenOf(name, all).map((one) => one.name);
  expect(names('limit')).toEqual(['limit-admission', 'limit-rate']);
  expect(names('token')).toEqual(['token']);
  expect(names('limit-')).toEqual([]);
});
