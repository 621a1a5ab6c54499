import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mistakesBetween, nearest } from './nearest.ts';

const word = fc.stringMatching(/^[a-z]{1,8}$/);

describe('mistakesBetween()', () => {
  it('is none for the same word, one for one mistake, and the same either way', () => {
    fc.assert(
      fc.property(word, word, fc.nat(7), fc.constantFrom('x', 'q'), (a, b, at, letter) => {
        expect(mistakesBetween(a, a)).toBe(0);
        expect(mistakesBetween(a, b)).toBe(mistakesBetween(b, a));
        expect(mistakesBetween(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
        const i = at % (a.length + 1);
        expect(mistakesBetween(a, `${a.slice(0, i)}${letter}${a.slice(i)}`)).toBe(1);
      }),
    );
    expect(['replcas', 'repilcas', 'replicass', 'rebel'].map((one) => mistakesBetween(one, 'replicas'))).toEqual([
      1, 1, 1, 6,
    ]);
  });
});

describe('nearest()', () => {
  it('is the word that was meant, and nothing for a word that resembles none', () => {
    const words = ['stages', 'thinkTime', 'tasks', 'limits', 'start'];
    expect(['satges', 'thinktime', 'task', 'limit'].map((one) => nearest(one, words))).toEqual([
      'stages',
      'thinkTime',
      'tasks',
      'limits',
    ]);
    expect(nearest('colour', words)).toBeNull();
    expect(nearest('x', [])).toBeNull();
  });
});
