import { expect, test } from 'vitest';
import { begin, isAnswered } from './begun.ts';

const begun = begin('a state', 1000);

test('A sign-in is answered by its state within five minutes', () => {
  expect(isAnswered(begun, 'a state', 1000)).toBe(true);
  expect(isAnswered(begun, 'a state', 301_000)).toBe(true);
});

test('No other state answers it, nor its own later, nor any where none was begun', () => {
  for (const given of ['', 'a stat', 'a state ', 'A state', 'ä state'])
    expect(isAnswered(begun, given, 1000)).toBe(false);
  expect(isAnswered(begun, 'a state', 301_001)).toBe(false);
  expect(isAnswered(undefined, '', 1000)).toBe(false);
});
