import { systemEntropy } from '@palier/base/entropy';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSeal } from './seal.ts';

const seal = openSeal('a secret of the installation of 32+', systemEntropy());

describe('openSeal()', () => {
  it('opens what it closed, for that user and secret alone, and nothing that was changed', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.nat(), (userId, other, text, at) => {
        const closed = seal.close(userId, text);
        expect(seal.open(userId, closed)).toBe(text);
        expect(seal.open(other, closed)).toBe(other === userId ? text : null);
        expect(openSeal('another secret of the installation', systemEntropy()).open(userId, closed)).toBeNull();
        const bytes = Buffer.from(closed, 'base64url');
        const place = at % bytes.length;
        bytes[place] = (bytes[place] as number) ^ 1;
        expect(seal.open(userId, bytes.toString('base64url'))).toBeNull();
        expect(seal.open(userId, closed.slice(0, 10))).toBeNull();
      }),
    );
  });
});
