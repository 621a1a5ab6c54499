import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TwitchAccount } from '../twitch-api/routes.ts';
import { answerNews, callsFor, type KnownAccount } from './answers.ts';

const dayMs = 86_400_000;
const nowMs = 10 * dayMs;

describe('callsFor()', () => {
  it('asks once for whom nobody asked within a day, at most a hundred a call', () => {
    const at = fc.option(fc.integer({ min: 0, max: nowMs }));
    fc.assert(
      fc.property(fc.array(at, { maxLength: 350 }), (times) => {
        const accounts: KnownAccount[] = times.map((fetched_at, i) => ({ id: String(i), login: 'x', fetched_at }));
        const calls = callsFor(accounts, nowMs);
        const wanted = accounts.filter(({ fetched_at }) => fetched_at === null || fetched_at < nowMs - dayMs);
        expect(calls.flat()).toEqual(wanted.map(({ id }) => id));
        for (const [place, ids] of calls.entries()) {
          expect(ids.length).toBe(place < calls.length - 1 ? 100 : wanted.length - 100 * place);
        }
      }),
    );
  });
});

describe('answerNews()', () => {
  it('calls gone who was asked for and not told, and names who is told with another login', () => {
    const account = fc.record({ id: fc.nat(9).map(String), login: fc.constantFrom('ada', 'bob') }).map(
      ({ id, login }): TwitchAccount => ({
        id,
        login,
        displayName: login,
        createdMs: 0,
        type: '',
        broadcasterType: '',
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.nat(9).map(String)), fc.array(account), (asked, answered) => {
        const logins = new Map([['1', 'ada']]);
        const { told, gone, named } = answerNews(asked, answered, logins);
        expect([...told.map(({ id }) => id), ...gone].toSorted()).toEqual([...new Set(asked)].toSorted());
        for (const id of gone) expect(answered.some((one) => one.id === id)).toBe(false);
        for (const one of told) expect(named.includes(one)).toBe(one.id !== '1' || one.login !== 'ada');
      }),
    );
  });
});
