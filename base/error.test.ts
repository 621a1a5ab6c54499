import { expect, test } from 'vitest';
import { errorMaker } from './error.ts';

const made = errorMaker({
  PALIER_MISTAKE: { message: '{name} is no port; it should be one.', hint: 'Give {name} a number.', retry: 'never' },
  PALIER_AWAY: { message: 'The server is away; it should answer.', hint: 'Wait.', retry: 'later' },
});

test('an error tells the facts in its sentence and in its hint', () => {
  const error = made('PALIER_MISTAKE', { name: 'a' });
  expect(error.message).toBe('a is no port; it should be one.');
  expect(error.hint).toBe('Give a a number.');
});

test('a mistake shows where it was made; what comes from the surroundings costs no stack, and the next error has its own again', () => {
  expect(made('PALIER_MISTAKE', { name: 'a' }).stack).toContain('error.test.ts');
  const before = Error.stackTraceLimit;
  const away = made('PALIER_AWAY', {}, { cause: new Error('ECONNRESET') });
  expect(away.stack).not.toContain('\n');
  expect(away.cause).toBeInstanceOf(Error);
  expect(Error.stackTraceLimit).toBe(before);
  expect(made('PALIER_MISTAKE', { name: 'b' }).stack).toContain('error.test.ts');
});
