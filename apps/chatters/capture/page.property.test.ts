import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Chatter, afterPage, afterRefusal, firstPlace, newsOf, type Place } from './page.ts';

const id = fc.integer({ min: 1, max: 12 }).map(String);
const login = fc.constantFrom('ada', 'bob', 'cyd');
const chatter: fc.Arbitrary<Chatter> = fc.record({ id, login, displayName: login });

describe('newsOf()', () => {
  it('stores each chatter of a list once, however its pages overlap, and counts the new accounts once', () => {
    fc.assert(
      fc.property(fc.array(fc.array(chatter, { maxLength: 8 }), { maxLength: 8 }), (pages) => {
        const logins = new Map<string, string>([['1', 'ada']]);
        const present = new Set<string>();
        let stored = 0;
        let newAccounts = 0;
        for (const page of pages) {
          const news = newsOf(page, logins, present);
          expect(news.accounts.map((one) => one.id)).toEqual([...new Set(page.map((one) => one.id))].toSorted());
          for (const one of news.named) expect(logins.get(one.id)).not.toBe(one.login);
          for (const one of news.accounts) logins.set(one.id, one.login);
          for (const one of news.fresh) present.add(one);
          stored += news.fresh.length;
          newAccounts += news.newAccounts;
        }
        const met = new Set(pages.flat().map((one) => one.id));
        expect(stored).toBe(met.size);
        expect(newAccounts).toBe([...met].filter((one) => one !== '1').length);
      }),
    );
  });
});

describe('afterPage()', () => {
  it('goes on while there is a cursor, and never takes an empty list for a capture', () => {
    fc.assert(
      fc.property(fc.option(fc.string()), fc.nat(9), fc.nat(9), fc.nat(100), (cursor, total, stored, pages) => {
        const place: Place = { ...firstPlace, pages };
        const after = afterPage(place, { chatters: [], cursor, total }, stored);
        const more = { next: 'page', place: { ...place, cursor, pages: pages + 1 } };
        const last = { next: stored > 0 ? 'enrich' : total > 0 ? 'empty' : 'nobody' };
        expect(after).toEqual(cursor === null ? last : more);
      }),
    );
  });

  it('ends a list that has no end', () => {
    const last = { ...firstPlace, pages: 2999 };
    expect(afterPage(last, { chatters: [], cursor: 'more', total: 1 }, 1).next).toBe('enrich');
  });
});

describe('afterRefusal()', () => {
  it('begins at the first page again ten times; a refusal of the first page is for people', () => {
    expect(afterRefusal(firstPlace).next).toBe('fail');
    let place: Place = { ...firstPlace, cursor: 'old' };
    for (let again = 1; again <= 10; again++) {
      const after = afterRefusal(place);
      expect(after).toEqual({ next: 'page', place: { cursor: null, pages: 0, begunAgain: again } });
      if (after.next === 'page') place = { ...after.place, cursor: 'old' };
    }
    expect(afterRefusal(place).next).toBe('fail');
  });
});
