import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { summarise } from './summary.ts';

const account = fc.record({
  id: fc.uuid(),
  login: fc.stringMatching(/^[a-z]{3,10}$/),
  createdMs: fc.option(fc.integer({ min: Date.UTC(2010, 0), max: Date.UTC(2026, 0) })),
  renames: fc.nat(5),
});

describe('summarise()', () => {
  it('counts each account that can be dated in one month, without a gap between the months', () => {
    fc.assert(
      fc.property(fc.array(account, { maxLength: 50 }), (seen) => {
        const { months } = summarise(seen, [], 0);
        const dated = seen.flatMap(({ createdMs }) => createdMs ?? []);
        expect(months.reduce((sum, { count }) => sum + count, 0)).toBe(dated.length);
        for (const { month, count } of months) {
          expect(count).toBe(dated.filter((atMs) => new Date(atMs).toISOString().startsWith(month)).length);
        }
        const numbers = months.map(({ month }) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5)));
        for (const [place, number] of numbers.entries()) expect(number).toBe((numbers[0] as number) + place);
      }),
    );
  });

  it('shows the hours around a cluster, and the cluster in them', () => {
    const fromMs = Date.UTC(2024, 4, 14, 2, 10);
    const people = Array.from({ length: 2000 }, (_, i) => Date.UTC(2012, 0) + i * 60 * 3_600_000);
    const planted = Array.from({ length: 60 }, (_, i) => fromMs + i * 60_000);
    const seen = [...people, ...planted].map((createdMs, i) => ({
      id: String(i),
      login: `${i}name`,
      createdMs,
      renames: 0,
    }));
    const { clusters, suspects, suspected } = summarise(seen, [], 0);
    expect(clusters).toHaveLength(1);
    const { hours, hoursFromMs } = clusters[0] as (typeof clusters)[0];
    const place = (Date.UTC(2024, 4, 14, 2) - hoursFromMs) / 3_600_000;
    expect([hours[place], hours[place + 1]]).toEqual([50, 10]);
    expect(suspected).toBeGreaterThanOrEqual(60);
    // Once with the reason that all of them have, in the order in which they were opened.
    expect(suspects.map(({ reasons, accounts }) => [reasons.map(({ kind }) => kind), accounts.length])).toEqual([
      [['opened-together'], suspected],
    ]);
    const opened = suspects[0]?.accounts.map(({ createdMs }) => createdMs ?? 0) ?? [];
    expect(opened).toEqual(opened.toSorted((a, b) => a - b));
  });
});
