import fc from 'fast-check';
import { expect, test } from 'vitest';
import { releaseName } from './naming.ts';

const group = fc.stringMatching(/^[A-Z0-9]{2,100}$/);
const day = fc.date({ min: new Date(0), max: new Date('2100-01-01T00:00:00Z'), noInvalidDate: true });

test('A name is Title-GROUP-YYYYMMDD', () => {
  expect(releaseName('Élégant Café: a "Story"', 'ABC', '2026-01-02T03:04:05.678Z')).toBe(
    'Elegant-Cafe-a-Story-ABC-20260102',
  );
  expect(releaseName('日本', 'ABC', '2026-01-02T03:04:05.678Z')).toBe('Untitled-ABC-20260102');
});

test('Whatever the title, the name is at most 255 of letters, digits and dashes, and ends in group and day', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), group, day, (title, group, day) => {
      const iso = day.toISOString();
      const name = releaseName(title, group, iso);
      expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9-]*$/);
      expect(name.length).toBeLessThanOrEqual(255);
      expect(name.endsWith(`-${group}-${iso.slice(0, 10).replaceAll('-', '')}`)).toBe(true);
      expect(name).not.toContain('--');
    }),
  );
});
